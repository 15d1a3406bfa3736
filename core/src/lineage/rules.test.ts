import { describe, expect, test } from 'vitest';
import { answerOf, flowsOf, ms, residencyOf, world } from './testing/world.ts';

/**
 * One small scenario for each propagation rule of design 04, readable as its documentation. Times are milliseconds; the
 * person is tagged on a span with `person`, somebody else with `others`.
 */

const AGENT = 'agent:desk/triage';
const TOOL = 'tool:desk/lookup';

describe('rule 1: declared and ambient', () => {
  test('the touch of a tagged span is a flow of the confidence of its tag', () => {
    const w = world({
      't/declared': { at: [0, 10], person: 'declared', does: ['write store:crm'] },
      't/ambient': { at: [20, 30], person: 'ambient', does: ['read store:faq'] },
    });
    expect(flowsOf(w)).toEqual([
      'service:desk -> store:crm: write declared',
      'store:faq -> service:desk: read ambient',
    ]);
  });

  test('a span without tags inherits from its nearest tagged ancestor as ambient', () => {
    const w = world({
      't/request': { at: [0, 100], person: 'declared' },
      't/step < request': { at: [10, 90] },
      't/mail < step': { at: [20, 30], does: ['share recipient:mail.example'] },
    });
    expect(flowsOf(w)).toEqual(['service:desk -> recipient:mail.example: share ambient']);
  });

  test('a tag of somebody else in between stops the inheritance, but not what the holder already had', () => {
    const w = world({
      't/request': { at: [0, 100], person: 'ambient' },
      't/other < request': { at: [10, 90], others: 'ambient' },
      't/mail < other': { at: [20, 30], does: ['share recipient:mail.example'] },
    });
    expect(flowsOf(w)).toEqual(['service:desk -> recipient:mail.example: share inferred']);
  });

  test('a later call of the same holder is inferred; an earlier one is none', () => {
    const w = world({
      't/root': { at: [0, 100], kind: 'server' },
      't/early < root': { at: [5, 8], does: ['share recipient:early.example'] },
      't/read < root': { at: [10, 20], person: 'declared', does: ['read store:crm'] },
      't/late < root': { at: [30, 40], does: ['share recipient:late.example'] },
    });
    expect(flowsOf(w)).toEqual([
      'store:crm -> service:desk: read declared',
      'service:desk -> recipient:late.example: share inferred',
    ]);
  });

  test('what a holder reads without a tag is not known to be of the person', () => {
    const w = world({
      't/root': { at: [0, 100], kind: 'server' },
      't/tagged < root': { at: [10, 20], person: 'declared', does: ['write store:crm'] },
      't/faq < root': { at: [30, 40], does: ['read store:faq'] },
    });
    expect(flowsOf(w)).toEqual(['service:desk -> store:crm: write declared']);
  });
});

describe('rule 2: what a read returns is there when the read has ended', () => {
  const reading = (shareAt: number) =>
    world({
      'first/write': { at: [0, 5], person: 'declared', does: ['write store:crm'], recordRefs: ['store:crm#r'] },
      't/root': { at: [100, 200], kind: 'server' },
      't/read < root': { at: [110, 120], does: ['read store:crm'], recordRefs: ['store:crm#r'] },
      't/mail < root': { at: [shareAt, 190], does: ['share recipient:mail.example'] },
    });

  test('a call that starts after the read carries it on', () => {
    expect(flowsOf(reading(120))).toContain('service:desk -> recipient:mail.example: share inferred');
  });

  test('a call that started while the read was running does not', () => {
    expect(flowsOf(reading(119))).not.toContain('service:desk -> recipient:mail.example: share inferred');
  });
});

describe('rule 3: call and return', () => {
  test('a tainted holder hands the data to the agent that it calls, and gets it back at the end', () => {
    const w = world({
      't/root': { at: [0, 100], kind: 'server' },
      't/tagged < root': { at: [5, 10], person: 'declared', does: ['read store:crm'] },
      't/agent < root': { at: [20, 60], self: AGENT },
      't/llm < agent': { at: [30, 40], does: ['share model:openai/gpt'] },
    });
    expect(flowsOf(w)).toEqual([
      'store:crm -> service:desk: read declared',
      `service:desk -> ${AGENT}: share inferred`,
      `${AGENT} -> model:openai/gpt: share inferred`,
      `${AGENT} -> service:desk: receive inferred`,
    ]);
  });

  test('what a tool found comes to its caller only when the tool ends', () => {
    const w = world({
      't/agent': { at: [0, 100], self: AGENT },
      't/tool < agent': { at: [10, 50], self: TOOL },
      't/read < tool': { at: [20, 30], person: 'declared', does: ['read store:crm'] },
      't/during < agent': { at: [40, 45], does: ['share recipient:during.example'] },
      't/after < agent': { at: [60, 65], does: ['share recipient:after.example'] },
    });
    expect(flowsOf(w)).toEqual([
      `store:crm -> ${TOOL}: read declared`,
      `${TOOL} -> ${AGENT}: receive inferred`,
      `${AGENT} -> recipient:after.example: share inferred`,
    ]);
  });

  test('a callee that names the person got the data from its caller, and gave it back, by inference', () => {
    const w = world({
      't/agent': { at: [0, 100], self: AGENT },
      't/tool < agent': { at: [10, 50], self: TOOL, person: 'declared' },
    });
    expect(flowsOf(w)).toEqual([`${AGENT} -> ${TOOL}: share inferred`, `${TOOL} -> ${AGENT}: receive inferred`]);
  });

  test('what a model was told comes back in its answer, as inferred', () => {
    const w = world({
      't/agent': { at: [0, 100], self: AGENT },
      't/read < agent': { at: [1, 2], person: 'declared', does: ['read store:crm'] },
      't/chat < agent': { at: [10, 50], kind: 'client', does: ['share model:a/b', 'receive model:a/b'] },
      't/other < agent': { at: [60, 70], kind: 'client', does: ['receive recipient:x.example'] },
    });
    expect(flowsOf(w)).toEqual([
      `store:crm -> ${AGENT}: read declared`,
      `${AGENT} -> model:a/b: share inferred`,
      `model:a/b -> ${AGENT}: receive inferred`,
    ]);
  });

  test('what a SERVER gives back in the end is not what it was asked in the beginning', () => {
    const w = world({
      't/serve': {
        at: [0, 100],
        kind: 'server',
        does: ['receive client:desk http.server', 'share client:desk http.server'],
      },
      't/read < serve': { at: [1, 2], person: 'declared', does: ['read store:crm'] },
    });
    expect(flowsOf(w).slice(1)).toEqual(['service:desk -> client:desk: share inferred']);
  });

  test('a caller whose clock of whole milliseconds ends it before its callee gets back what the callee had', () => {
    const at = ms(0);
    const w = world({
      't/agent': { at: [0, 0], startUs: at, endUs: at + 20_147, self: AGENT },
      't/tool < agent': { at: [0, 0], startUs: at + 2_000, endUs: at + 20_010, self: TOOL },
      't/read < tool': {
        at: [0, 0],
        startUs: at + 3_000,
        endUs: at + 20_489,
        person: 'ambient',
        recordRefs: ['store:crm#r'],
        does: ['read store:crm'],
      },
      'u/write': { at: [-9, -8], person: 'declared', recordRefs: ['store:crm#r'], does: ['write store:crm'] },
    });
    const untagged = { ...w, tags: w.tags.filter(({ traceId }) => traceId === 'u') };
    expect(flowsOf(untagged)).toContain(`${TOOL} -> ${AGENT}: receive inferred`);
  });

  test('an agent that calls itself passes on what it has, also where its nesting was lost', () => {
    const w = world({
      't/outer': { at: [0, 100], self: AGENT },
      't/inner': { at: [10, 50], self: AGENT, owner: AGENT },
      't/read < inner': { at: [20, 30], person: 'declared', does: ['read store:crm'] },
      't/mail < outer': { at: [60, 70], does: ['share recipient:x.example'] },
    });
    expect(flowsOf(w)).toContain(`${AGENT} -> recipient:x.example: share inferred`);
  });
});

describe('rule 4: queues and links', () => {
  const consumer = {
    at: [500, 600],
    kind: 'consumer',
    service: 'service:mailer',
    does: ['read queue:kafka://k:9092/t'],
  } as const;

  test('a consumer that links to a tainted publish has the data: as inferred', () => {
    const w = world({
      'p/root': { at: [0, 100], kind: 'server' },
      'p/tagged < root': { at: [1, 2], person: 'declared' },
      'p/send < root': { at: [10, 20], kind: 'producer', does: ['write queue:kafka://k:9092/t'] },
      'c/process': { ...consumer, linksTo: ['p/send'] },
      'c/mail < process': { at: [510, 520], service: 'service:mailer', does: ['share recipient:mail.example'] },
    });
    expect(flowsOf(w)).toEqual([
      'service:desk -> queue:kafka://k:9092/t: write inferred',
      'queue:kafka://k:9092/t -> service:mailer: read inferred',
      'service:mailer -> recipient:mail.example: share inferred',
    ]);
  });

  test('a message that carried the tag gives the consumer its confidence', () => {
    const w = world({
      'c/process': { ...consumer, person: 'link', linksTo: ['p/send'] },
      'c/mail < process': { at: [510, 520], service: 'service:mailer', does: ['share recipient:mail.example'] },
    });
    expect(flowsOf(w)).toEqual([
      'queue:kafka://k:9092/t -> service:mailer: read ambient',
      'service:mailer -> recipient:mail.example: share ambient',
    ]);
  });

  test('a consumer under its producer got the message too, and gives nothing back', () => {
    const w = world({
      'p/root': { at: [0, 100], kind: 'server' },
      'p/tagged < root': { at: [1, 2], person: 'declared' },
      'p/send < root': { at: [10, 20], kind: 'producer', does: ['write queue:kafka://k:9092/t'] },
      'p/process < send': { ...consumer, at: [30, 40] },
      'p/found < process': {
        at: [32, 34],
        service: 'service:mailer',
        does: ['share recipient:mail.example'],
      },
      'q/root': { at: [0, 1] },
    });
    expect(flowsOf(w)).toEqual([
      'service:desk -> queue:kafka://k:9092/t: write inferred',
      'queue:kafka://k:9092/t -> service:mailer: read inferred',
      'service:mailer -> recipient:mail.example: share inferred',
    ]);
  });

  test('a consumer under a producer that declares others got nothing of the person', () => {
    const w = world({
      'p/root': { at: [0, 100], kind: 'server' },
      'p/tagged < root': { at: [1, 2], person: 'declared' },
      'p/send < root': { at: [10, 20], kind: 'producer', others: 'declared', does: ['write queue:kafka://k:9092/t'] },
      'p/process < send': { ...consumer, at: [30, 40] },
    });
    expect(flowsOf(w)).toEqual([]);
  });

  test('a poll that began before the message was sent has it at its end', () => {
    const w = world({
      'p/send': { at: [400, 410], kind: 'producer', person: 'declared', does: ['write queue:sqs'] },
      'c/root': { at: [0, 900], service: 'service:mailer', kind: 'internal' },
      'c/poll < root': {
        at: [10, 500],
        kind: 'client',
        service: 'service:mailer',
        does: ['read queue:sqs'],
        linksTo: ['p/send'],
      },
      'c/early < root': { at: [450, 460], service: 'service:mailer', does: ['share recipient:early.example'] },
      'c/late < root': { at: [510, 520], service: 'service:mailer', does: ['share recipient:late.example'] },
    });
    expect(flowsOf(w)).toEqual([
      'service:desk -> queue:sqs: write declared',
      'queue:sqs -> service:mailer: read inferred',
      'service:mailer -> recipient:late.example: share inferred',
    ]);
  });

  test('a message that was sent later brings nothing', () => {
    const w = world({
      'p/send': { at: [900, 910], kind: 'producer', person: 'declared', does: ['write queue:sqs'] },
      'c/process': { ...consumer, linksTo: ['p/send'] },
    });
    expect(flowsOf(w)).toEqual(['service:desk -> queue:sqs: write declared']);
  });
});

describe('rule 5: records', () => {
  const write = { at: [10, 20], person: 'declared', does: ['write store:crm'], recordRefs: ['store:crm#r'] } as const;

  test('whoever reads the record afterwards, in whatever trace, has the data', () => {
    const w = world({
      'w/write': write,
      'r/job': { at: [1000, 1100], service: 'service:report', kind: 'consumer' },
      'r/read < job': {
        at: [1010, 1020],
        service: 'service:report',
        does: ['read store:crm'],
        recordRefs: ['store:crm#r'],
      },
      'r/put < job': { at: [1030, 1040], service: 'service:report', does: ['write store:sheet'] },
    });
    expect(flowsOf(w)).toEqual([
      'service:desk -> store:crm: write declared',
      'store:crm -> service:report: read inferred',
      'service:report -> store:sheet: write inferred',
    ]);
  });

  test('a read that was running when the record was written may have seen it', () => {
    const w = world({
      'a/write': { at: [10, 20], person: 'declared', does: ['write store:crm'], recordRefs: ['store:crm#r'] },
      'b/read': { at: [5, 30], does: ['read store:crm'], recordRefs: ['store:crm#r'] },
    });
    expect(flowsOf(w)).toContain('store:crm -> service:desk: read inferred');
  });

  test('who read it before has not', () => {
    const w = world({
      'w/write': write,
      'r/read': { at: [0, 5], does: ['read store:crm'], recordRefs: ['store:crm#r'] },
    });
    expect(flowsOf(w)).toEqual(['service:desk -> store:crm: write declared']);
  });

  test('a reader of another record of the store has not', () => {
    const w = world({
      'w/write': write,
      'r/read': { at: [50, 60], does: ['read store:crm'], recordRefs: ['store:crm#other'] },
    });
    expect(flowsOf(w)).toEqual(['service:desk -> store:crm: write declared']);
  });

  test('a declared read tells whose the record is as well as a write does; an ambient one does not', () => {
    const reader = {
      at: [100, 110],
      service: 'service:report',
      does: ['read store:crm'],
      recordRefs: ['store:crm#r'],
    } as const;
    const seen = (person: 'declared' | 'ambient') =>
      flowsOf(
        world({
          'a/read': { at: [0, 10], person, does: ['read store:crm'], recordRefs: ['store:crm#r'] },
          'b/read': reader,
        }),
      );
    expect(seen('declared')).toContain('store:crm -> service:report: read inferred');
    expect(seen('ambient')).toEqual(['store:crm -> service:desk: read ambient']);
  });

  test('the chain goes on: a record that was made from the data taints its readers in turn', () => {
    const w = world({
      'a/write': write,
      'b/root': { at: [100, 200], kind: 'server', service: 'service:b' },
      'b/read < root': { at: [110, 120], service: 'service:b', does: ['read store:crm'], recordRefs: ['store:crm#r'] },
      'b/put < root': { at: [130, 140], service: 'service:b', does: ['write store:b'], recordRefs: ['store:b#x'] },
      'c/read': { at: [300, 310], service: 'service:c', does: ['read store:b'], recordRefs: ['store:b#x'] },
    });
    expect(flowsOf(w).at(-1)).toBe('store:b -> service:c: read inferred');
    expect(residencyOf(w)).toEqual(['store:b: held inferred 1', 'store:crm: held declared 1']);
  });
});

describe('rule 6: conversations and memory', () => {
  test('a later turn of the conversation starts with what an earlier one ended with', () => {
    const w = world({
      'a/turn': { at: [0, 100], self: AGENT, conversation: 'c1' },
      'a/read < turn': { at: [10, 20], person: 'declared', does: ['read store:crm'] },
      'b/turn': { at: [500, 600], self: AGENT, conversation: 'c1' },
      'b/llm < turn': { at: [510, 520], does: ['share model:openai/gpt'] },
      'c/turn': { at: [700, 800], self: AGENT, conversation: 'c2' },
      'c/llm < turn': { at: [710, 720], does: ['share model:openai/other'] },
    });
    expect(flowsOf(w)).toEqual([
      `store:crm -> ${AGENT}: read declared`,
      `${AGENT} -> model:openai/gpt: share inferred`,
    ]);
  });

  test('a turn that began before the other one had ended does not', () => {
    const w = world({
      'a/turn': { at: [0, 100], self: AGENT, conversation: 'c1', person: 'declared' },
      'b/turn': { at: [50, 600], self: AGENT, conversation: 'c1' },
      'b/llm < turn': { at: [110, 120], does: ['share model:openai/gpt'] },
    });
    expect(flowsOf(w)).toEqual([]);
  });

  test('when another agent takes the conversation over, the conversation is the way', () => {
    const w = world({
      'a/turn': { at: [0, 100], self: AGENT, conversation: 'c1', person: 'declared' },
      'b/turn': { at: [500, 600], self: 'agent:desk/billing', conversation: 'c1' },
    });
    expect(flowsOf(w)).toEqual([`${AGENT} -> agent:desk/billing: share inferred`]);
  });

  test('a write to a memory taints its later reads', () => {
    const w = world({
      'a/put': { at: [0, 10], person: 'declared', does: ['write memory:desk/notes'] },
      'b/agent': { at: [100, 200], self: AGENT },
      'b/search < agent': { at: [110, 120], does: ['read memory:desk/notes'] },
      'b/llm < agent': { at: [130, 140], does: ['share model:openai/gpt'] },
    });
    expect(flowsOf(w)).toEqual([
      'service:desk -> memory:desk/notes: write declared',
      `memory:desk/notes -> ${AGENT}: read inferred`,
      `${AGENT} -> model:openai/gpt: share inferred`,
    ]);
  });

  test('where both sides name their records, the records decide', () => {
    const put = {
      at: [0, 10],
      person: 'declared',
      does: ['write memory:desk/notes'],
      recordRefs: ['memory:desk/notes#r'],
    } as const;
    const search = (refs: string[], count: number) =>
      world({
        'a/put': put,
        'b/search': { at: [100, 110], does: ['read memory:desk/notes'], recordRefs: refs, recordCount: count },
      });
    const found = 'memory:desk/notes -> service:desk: read inferred';
    expect(flowsOf(search(['memory:desk/notes#r'], 1))).toContain(found);
    expect(flowsOf(search(['memory:desk/notes#x'], 1))).not.toContain(found);
    expect(flowsOf(search(['memory:desk/notes#x'], 3)), 'it returned more than it named').toContain(found);
  });
});

describe('rule 7: batch jobs', () => {
  const stored = { 'w/write': { at: [100, 110], person: 'declared', does: ['write store:crm'] } } as const;

  test('a run that reads the dataset afterwards makes what it writes possible, and so on in time order', () => {
    const w = world(stored, [
      { run: 'r1', at: [2000, 3000], from: ['store:crm'], to: ['store:warehouse'] },
      { run: 'r2', at: [4000, 5000], from: ['store:warehouse'], to: ['store:mart'] },
      { run: 'r0', at: [1000, 1500], from: ['store:warehouse'], to: ['store:early'] },
    ]);
    expect(flowsOf(w)).toEqual([
      'service:desk -> store:crm: write declared',
      'store:crm -> job:batch/nightly: read possible',
      'job:batch/nightly -> store:warehouse: write possible',
      'store:warehouse -> job:batch/nightly: read possible',
      'job:batch/nightly -> store:mart: write possible',
    ]);
    expect(residencyOf(w)).toEqual([
      'store:crm: held declared',
      'store:mart: held possible',
      'store:warehouse: held possible',
    ]);
  });

  test('a run that had ended before the person was there copied nothing', () => {
    const w = world(stored, [{ run: 'r', at: [-500, -200], from: ['store:crm'], to: ['store:warehouse'] }]);
    expect(flowsOf(w)).toEqual(['service:desk -> store:crm: write declared']);
  });

  test('an earlier run of one job read nothing that a later one wrote; of another job its clock may be ahead', () => {
    const ran = (job: string) =>
      world(stored, [
        { run: 'r1', at: [1000, 1100], from: ['store:crm'], to: ['store:w'] },
        { run: 'r0', at: [900, 950], from: ['store:w'], to: ['store:x'], job },
      ]);
    expect(residencyOf(ran('nightly'))).not.toContain('store:x: held possible');
    expect(residencyOf(ran('weekly'))).toContain('store:x: held possible');
    expect(flowsOf(ran('weekly'))).toContain('store:w -> job:batch/weekly: read possible (skew 50 ms)');
  });

  test('a job of an answer says which job starts it, whatever run said so', () => {
    const read = { from: ['store:crm'], to: ['store:warehouse'] };
    const told = { run: 'tuesday', at: [400, 500], ...read, parentJob: 'job:airflow/night' } as const;
    const w = world({ 't/a': { at: [0, 10], person: 'declared', does: ['write store:crm'] } }, [
      { run: 'monday', at: [100, 200], ...read },
      told,
    ]);
    const { nodes } = answerOf(w);
    expect(nodes.flatMap(({ id, partOf }) => (partOf ? [`${id} < ${partOf}`] : []))).toEqual([
      'job:batch/nightly < job:airflow/night',
    ]);
    const before = answerOf(w, { asOfUs: ms(300) });
    expect(before.nodes.some(({ id }) => id === 'job:batch/nightly')).toBe(true);
    expect(
      before.nodes.filter(({ partOf }) => partOf),
      'as of an instant at which nobody had said so',
    ).toEqual([]);
  });

  test('jobs that feed each other in a circle come to an end', () => {
    const w = world(stored, [
      { run: 'r1', at: [200, 300], from: ['store:crm'], to: ['store:a'] },
      { run: 'r2', at: [200, 900], from: ['store:a'], to: ['store:b'] },
      { run: 'r3', at: [200, 900], from: ['store:b'], to: ['store:a', 'store:crm'] },
    ]);
    expect(residencyOf(w)).toEqual(['store:a: held possible', 'store:b: held possible', 'store:crm: held declared']);
  });
});

describe('rule 7: what sharpens a batch job', () => {
  const WAREHOUSE = 'store:warehouse';
  const written = { 'a/write': { at: [0, 10], person: 'declared', does: ['write store:crm'] } } as const;
  const copy = { run: 'copy', at: [1000, 1100], from: ['store:crm'], to: [WAREHOUSE] } as const;
  const found = { 'b/read': { at: [2000, 2010], person: 'declared', does: [`read ${WAREHOUSE}`] } } as const;
  const copied = (how: string) => [
    `store:crm -> job:batch/nightly: read ${how}`,
    `job:batch/nightly -> ${WAREHOUSE}: write ${how}`,
  ];

  test.each(['shaped', 'none'] as const)('by column lineage an input that is %s did not fill the output', (how) => {
    const w = world(written, [{ ...copy, columns: { 'store:crm': how } }]);
    expect(flowsOf(w).slice(1)).toEqual(['store:crm -> job:batch/nightly: read possible']);
    expect(residencyOf(w)).toEqual(['store:crm: held declared']);
  });
  test.each(['copied', 'masked'] as const)('by column lineage an input that is %s may have', (how) => {
    const w = world(written, [{ ...copy, columns: { 'store:crm': how } }]);
    expect(flowsOf(w).slice(1)).toEqual(copied('possible'));
  });
  test('an overwrite ends the residency where no column is made of an input with the person', () => {
    const again = { ...copy, run: 'again', at: [3000, 3100], lifecycle: 'overwrite' } as const;
    expect(residencyOf(world(written, [copy, { ...again, columns: {} }]))).toContain(`${WAREHOUSE}: deleted possible`);
    expect(residencyOf(world(written, [copy, again]))).toContain(`${WAREHOUSE}: held possible`);
  });
  test('a run that names the person among those it worked on is inferred', () =>
    expect(flowsOf(world(written, [{ ...copy, statesPerson: true }])).slice(1)).toEqual(copied('inferred')));
  test('a run that names only others touched nothing of the person', () =>
    expect(flowsOf(world(written, [{ ...copy, statesPerson: false }]))).toHaveLength(1));

  test('a dataset that is found to hold the person got them from the only job that can have brought them', () => {
    const w = world({ ...written, ...found }, [copy]);
    expect(flowsOf(w).slice(1, 3)).toEqual(copied('inferred'));
  });
  test('a renamed table goes straight to its new name, by no job', () => {
    const w = world(written, [{ run: 'event', at: [1000, 1000], from: ['store:crm'], to: ['store:people'], job: '' }]);
    expect(flowsOf(w).slice(1)).toEqual(['store:crm -> store:people: write possible']);
  });
  test('of two jobs that can have brought them, neither is sure', () => {
    const w = world({ ...written, ...found }, [copy, { ...copy, run: 'other', job: 'weekly' }]);
    expect(flowsOf(w).filter((flow) => flow.includes('job:') && !flow.endsWith('possible'))).toEqual([]);
  });
  test('of two inputs that can have filled it, neither is sure', () => {
    const more = { 'c/write': { at: [0, 10], person: 'declared', does: ['write store:sheet'] } } as const;
    const w = world({ ...written, ...more, ...found }, [{ ...copy, from: ['store:crm', 'store:sheet'] }]);
    expect(flowsOf(w).filter((flow) => flow.includes('job:'))).toEqual([
      'store:crm -> job:batch/nightly: read possible',
      'store:sheet -> job:batch/nightly: read possible',
      `job:batch/nightly -> ${WAREHOUSE}: write inferred`,
    ]);
  });
  test('a proof says nothing of a job that ran later, nor where a span wrote the person there', () => {
    const later = world({ ...written, ...found }, [{ ...copy, at: [3000, 3100] }]);
    expect(flowsOf(later).filter((flow) => flow.includes('job:'))).toEqual(copied('possible'));
    const put = { 'c/write': { at: [500, 510], person: 'declared', does: [`write ${WAREHOUSE}`] } } as const;
    const explained = world({ ...written, ...put, ...found }, [copy]);
    expect(flowsOf(explained).filter((flow) => flow.includes('job:'))).toEqual(copied('possible'));
  });
});

describe('rule 8: never', () => {
  test('not sideways between concurrent siblings', () => {
    const w = world({
      't/root': { at: [0, 100], self: AGENT },
      't/one < root': { at: [10, 50], self: TOOL },
      't/read < one': { at: [15, 20], person: 'declared', does: ['read store:crm'] },
      't/two < root': { at: [12, 60], self: 'tool:desk/mail' },
      't/mail < two': { at: [30, 40], does: ['share recipient:mail.example'] },
    });
    expect(flowsOf(w).filter((flow) => flow.includes('mail'))).toEqual([]);
  });

  test('not through a store without record refs', () => {
    const w = world({
      'a/write': { at: [0, 10], person: 'declared', does: ['write store:crm'] },
      'b/read': { at: [100, 110], service: 'service:report', does: ['read store:crm'] },
    });
    expect(flowsOf(w)).toEqual(['service:desk -> store:crm: write declared']);
  });
});

test('an unclear call of no length on a record of the person is explained by who wrote it, not by itself', () => {
  const w = world({
    'a/put': { at: [0, 10], person: 'declared', does: ['write store:crm'], recordRefs: ['store:crm#1'] },
    'b/root': { at: [100, 200], kind: 'server' },
    'b/odd < root': { at: [120, 120], kind: 'client', does: ['unknown store:crm'], recordRefs: ['store:crm#1'] },
  });
  const [flow] = answerOf(w).flows.filter(({ traceId }) => traceId === 'b');
  expect(flow).toMatchObject({ action: 'unknown', because: { rule: 5, traceId: 'a', spanId: 'put' } });
});
