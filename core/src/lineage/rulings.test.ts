import { describe, expect, test } from 'vitest';
import { directory } from './directory.ts';
import { answerOf, flowsOf, ms, NOW_US, residencyOf, world } from './testing/world.ts';

/** One small scenario for each ruling of design 09 that concerns lineage. */

const AGENT = 'agent:desk/triage';
const TOOL = 'tool:desk/lookup';
const CRM = 'store:crm';

describe('ruling 1: what a read says about the store', () => {
  const read = (drawn: object) => residencyOf(world({ 't/read': { at: [0, 10], does: [`read ${CRM}`], ...drawn } }));

  test('a declared read proves that the store holds the person', () => {
    expect(read({ person: 'declared' })).toEqual([`${CRM}: held declared`]);
    expect(
      answerOf(world({ 't/read': { at: [0, 10], person: 'declared', does: [`read ${CRM}`] } })).residency[0],
    ).toMatchObject({
      lastWrite: null,
    });
  });
  test('so does a tagged read that names records, with the confidence of the read', () =>
    expect(read({ person: 'ambient', recordRefs: [`${CRM}#r`] })).toEqual([`${CRM}: held ambient 1`]));
  test('an ambient read without records makes it possible', () =>
    expect(read({ person: 'ambient' })).toEqual([`${CRM}: held possible`]));
  test('a read that found nothing says nothing', () =>
    expect(read({ person: 'declared', recordCount: 0 })).toEqual([]));
  test('a failed read says nothing', () => expect(read({ person: 'declared', outcome: 'failed' })).toEqual([]));
});

describe('ruling 2: stores, memories and queues hold data', () => {
  test('all three kinds are in the residency, models and recipients are not', () => {
    const w = world({
      't/all': {
        at: [0, 10],
        person: 'declared',
        does: [
          `write ${CRM}`,
          'write memory:desk/m',
          'write queue:q',
          'share model:openai/gpt',
          'share recipient:x.example',
        ],
      },
    });
    expect(residencyOf(w)).toEqual(['memory:desk/m: held declared', 'queue:q: held declared', `${CRM}: held declared`]);
  });
  test('a queue without known retention is unknown once it was consumed', () => {
    const send = { at: [0, 10], kind: 'producer', person: 'declared', does: ['write queue:q'] } as const;
    const receive = { at: [20, 30], kind: 'consumer', person: 'link', does: ['read queue:q'] } as const;
    expect(residencyOf(world({ 'p/send': send, 'c/receive': receive }))).toEqual(['queue:q: unknown declared']);
    const kept = { ...send, retentionUntilMs: NOW_US / 1000 + 5 };
    expect(residencyOf(world({ 'p/send': kept, 'c/receive': receive }))).toEqual(['queue:q: held declared']);
    const expired = { ...send, retentionUntilMs: ms(500) / 1000 };
    expect(residencyOf(world({ 'p/send': expired, 'c/receive': receive }))).toEqual(['queue:q: expired declared']);
  });
  test('retention is taken from the registry where the span does not say', () => {
    const stores = [{ id: 'store:*', partyId: null, retentionDays: 1 }];
    const w = world({ 't/write': { at: [0, 10], person: 'declared', does: [`write ${CRM}`] } });
    const later = { directory: directory({ stores }), nowUs: ms(0) + 2 * 86_400_000_000 };
    expect(residencyOf(w, later)).toEqual([`${CRM}: expired declared`]);
    expect(residencyOf(w, { directory: directory({ stores }) })).toEqual([`${CRM}: held declared`]);
  });
});

test('ruling 3: what was derived from a record of the person is a flow', () => {
  const w = world({
    'a/write': { at: [0, 10], person: 'declared', does: [`write ${CRM}`], recordRefs: [`${CRM}#r`] },
    'b/embed': {
      at: [100, 110],
      does: ['write store:vectors'],
      derivedFrom: [`${CRM}#r`],
      recordRefs: ['store:vectors#v'],
    },
    'c/read': {
      at: [200, 210],
      service: 'service:other',
      does: ['read store:vectors'],
      recordRefs: ['store:vectors#v'],
    },
  });
  expect(flowsOf(w)).toEqual([
    `service:desk -> ${CRM}: write declared`,
    'service:desk -> store:vectors: write inferred',
    'store:vectors -> service:other: read inferred',
  ]);
});

describe('ruling 4: a CLIENT span and the SERVER span under it are one call between their services', () => {
  const hop = {
    'a/root': { at: [0, 200], kind: 'server' },
    'a/tagged < root': { at: [1, 2], person: 'declared', does: [`read ${CRM}`] },
    'a/http < root': {
      at: [10, 100],
      kind: 'client',
      does: ['share service:billing http.client', 'receive service:billing http.client'],
    },
    'a/serve < http': {
      at: [20, 90],
      kind: 'server',
      service: 'service:billing',
      does: ['receive client:billing http.server'],
    },
    'a/put < serve': { at: [30, 40], service: 'service:billing', does: ['write store:invoices'] },
  } as const;
  test('the hop is drawn once, between the services, there and back', () =>
    expect(flowsOf(world(hop))).toEqual([
      `${CRM} -> service:desk: read declared`,
      'service:desk -> service:billing: share inferred',
      'service:billing -> store:invoices: write inferred',
      'service:billing -> service:desk: receive inferred',
    ]));
  test('a host that looked foreign is inside when it answered with a span of ours', () => {
    const w = world({
      ...hop,
      'a/http < root': { ...hop['a/http < root'], does: ['share recipient:pay.example http.client'] },
    });
    expect(answerOf(w).recipients).toEqual([]);
  });
  test('what a declared wrapper says of the call makes the hop declared', () => {
    const w = world({
      'a/root': { at: [0, 200], kind: 'server' },
      'a/wrap < root': { at: [5, 110], person: 'declared', does: ['share service:billing'] },
      'a/http < wrap': { at: [10, 100], kind: 'client', does: ['share service:billing http.client'] },
      'a/serve < http': { at: [20, 90], kind: 'server', service: 'service:billing' },
    });
    expect(flowsOf(w)).toEqual([
      'service:desk -> service:billing: share declared',
      'service:billing -> service:desk: receive inferred',
    ]);
  });
});

describe('ruling 5: vestige.owner', () => {
  test('an untagged span whose nesting is lost joins the holder of its owner', () => {
    const w = world({
      't/agent': { at: [0, 100], self: AGENT },
      't/read < agent': { at: [10, 20], person: 'declared', does: [`read ${CRM}`] },
      't/lost': { at: [30, 40], owner: AGENT, does: ['share model:openai/gpt'] },
    });
    expect(flowsOf(w)).toEqual([`${CRM} -> ${AGENT}: read declared`, `${AGENT} -> model:openai/gpt: share inferred`]);
  });
  test('in another trace only its own tags count', () => {
    const w = world({
      't/agent': { at: [0, 100], self: AGENT, person: 'declared' },
      'u/lost': { at: [30, 40], owner: AGENT, does: ['share model:openai/gpt'] },
      'u/tagged': { at: [50, 60], owner: AGENT, person: 'ambient', does: ['share recipient:x.example'] },
    });
    expect(flowsOf(w)).toEqual([`${AGENT} -> recipient:x.example: share ambient`]);
  });
  test('a span that a framework hung under the agent belongs to the tool that really ran it', () => {
    const w = world({
      't/agent': { at: [0, 100], self: AGENT },
      't/tool < agent': { at: [10, 50], self: TOOL },
      't/read < tool': { at: [12, 20], person: 'declared', does: [`read ${CRM}`] },
      't/http < agent': { at: [30, 40], owner: TOOL, does: ['share recipient:x.example'] },
    });
    expect(flowsOf(w)).toContain(`${TOOL} -> recipient:x.example: share inferred`);
  });
  test('an agent that a tool of its own calls again is another execution, though the nesting does not show the tool', () => {
    const w = world({
      't/agent': { at: [0, 100], self: AGENT },
      't/tool < agent': { at: [10, 50], self: TOOL },
      't/call < agent': { at: [20, 40], owner: TOOL },
      't/again < call': { at: [22, 30], self: AGENT, person: 'declared' },
      't/http < agent': { at: [32, 35], owner: TOOL, does: ['share recipient:x.example'] },
    });
    expect(flowsOf(w)).toContain(`${AGENT} -> ${TOOL}: receive inferred`);
    expect(flowsOf(w)).toContain(`${TOOL} -> recipient:x.example: share inferred`);
    expect(flowsOf(w).join()).not.toContain('service:');
  });
});

describe('ruling 6: a declaration is the whole truth about its span', () => {
  test('nobody else is inherited or inferred onto it, but the holder keeps what it had', () => {
    const w = world({
      't/root': { at: [0, 100], person: 'ambient', kind: 'server' },
      't/other < root': { at: [10, 20], others: 'declared', does: ['share recipient:other.example'] },
      't/later < root': { at: [30, 40], others: 'ambient', does: ['share recipient:later.example'] },
    });
    expect(flowsOf(w)).toEqual(['service:desk -> recipient:later.example: share inferred']);
  });
  test('a call about somebody else carries nothing in and nothing back', () => {
    const w = world({
      't/agent': { at: [0, 100], self: AGENT },
      't/mine < agent': { at: [1, 2], person: 'declared', does: [`read ${CRM}`] },
      't/tool < agent': { at: [10, 50], self: TOOL, others: 'declared' },
      't/mail < tool': { at: [20, 30], does: ['share recipient:x.example'] },
    });
    expect(flowsOf(w)).toEqual([`${CRM} -> ${AGENT}: read declared`]);
  });
  test('what instrumentation stamped on the inside of a declared call adds nobody', () => {
    const w = world({
      't/root': { at: [0, 100], person: 'ambient', kind: 'server' },
      't/other < root': { at: [10, 20], others: 'declared', does: [`write ${CRM}`] },
      't/pg < other': { at: [12, 18], person: 'ambient', kind: 'client', does: [`write ${CRM} db.sql.insert`] },
    });
    expect(flowsOf(w)).toEqual([]);
  });
});

describe('ruling 7: deletes end taint', () => {
  const written = {
    'a/write': { at: [0, 10], person: 'declared', does: [`write ${CRM}`], recordRefs: [`${CRM}#r`] },
  } as const;
  const reads = (at: number) =>
    ({
      'c/read': { at: [at, at + 5], service: 'service:c', does: [`read ${CRM}`], recordRefs: [`${CRM}#r`] },
    }) as const;
  const deleted = { 'b/delete': { at: [100, 110], does: [`delete ${CRM}`], recordRefs: [`${CRM}#r`] } } as const;

  test('a later read of a deleted record has nothing, an earlier one had', () => {
    expect(flowsOf(world({ ...written, ...deleted, ...reads(210) }))).toEqual([
      `service:desk -> ${CRM}: write declared`,
    ]);
    expect(flowsOf(world({ ...written, ...deleted, ...reads(50) }))).toContain(`${CRM} -> service:c: read inferred`);
  });
  test('a reader whose clock may be behind that of the deleter may have had it', () =>
    expect(flowsOf(world({ ...written, ...deleted, ...reads(209) }))).toContain(`${CRM} -> service:c: read inferred`));
  test('a delete by a clock that may be ahead of the writer’s leaves the record where it is', () => {
    const by = (at: number) =>
      ({
        'b/delete': { at: [at, at + 5], service: 'service:c', does: [`delete ${CRM}`], recordRefs: [`${CRM}#r`] },
      }) as const;
    expect(residencyOf(world({ ...written, ...by(109) }))).toEqual([`${CRM}: held declared 1`]);
    expect(residencyOf(world({ ...written, ...by(110) }))).toEqual([`${CRM}: deleted declared 1`]);
  });
  test('what is written again is there again', () => {
    const again = {
      'd/write': { at: [150, 160], person: 'declared', does: [`write ${CRM}`], recordRefs: [`${CRM}#r`] },
    } as const;
    const w = world({ ...written, ...deleted, ...again, ...reads(200) });
    expect(flowsOf(w)).toContain(`${CRM} -> service:c: read inferred`);
    expect(residencyOf(w)).toEqual([`${CRM}: held declared 1`]);
  });
  test.each(['truncate', 'drop'] as const)('%s ends the residency of a dataset for later runs', (lifecycle) => {
    const w = world(written, [
      { run: 'end', at: [1000, 1100], to: [CRM], lifecycle },
      { run: 'copy', at: [2000, 2100], from: [CRM], to: ['store:warehouse'] },
    ]);
    expect(residencyOf(w)).toEqual([`${CRM}: deleted declared 1`]);
  });
  test('an overwrite does too, unless an input of the same run holds the person', () => {
    const copied = { run: 'first', at: [1000, 1100], from: [CRM], to: ['store:warehouse'] } as const;
    const overwrite = (from: string) =>
      ({ run: 'again', at: [2000, 2100], from: [from], to: ['store:warehouse'], lifecycle: 'overwrite' }) as const;
    expect(residencyOf(world(written, [copied, overwrite('store:other')]))).toContain(
      'store:warehouse: deleted possible',
    );
    expect(residencyOf(world(written, [copied, overwrite(CRM)]))).toContain('store:warehouse: held possible');
  });
  test('what was declared to lie there is as sure after an overwrite that may have put it there again', () => {
    const put = { 'd/put': { at: [500, 510], person: 'declared', does: ['write store:warehouse'] } } as const;
    const overwrite = { run: 'again', at: [2000, 2100], to: ['store:warehouse'], lifecycle: 'overwrite' } as const;
    const after = (from: string) => residencyOf(world({ ...written, ...put }, [{ ...overwrite, from: [from] }]));
    expect(after(CRM)).toContain('store:warehouse: held declared');
    expect(after('store:other')).toContain('store:warehouse: deleted declared');
  });
  test('a run that only deletes names the dataset as its input', () => {
    const w = world(written, [{ run: 'end', at: [1000, 1100], from: [CRM], lifecycle: 'drop' }]);
    expect(residencyOf(w)).toEqual([`${CRM}: deleted declared 1`]);
  });
});

describe('ruling 8: roles', () => {
  test('the actor’s own lineage says so, and counts in neither recipients nor residency, nor do untagged children', () => {
    const w = world({
      't/root': { at: [0, 100], person: 'ambient actor', kind: 'server' },
      't/write < root': { at: [10, 20], does: [`write ${CRM}`] },
      't/mail < root': { at: [30, 40], person: 'actor', does: ['share recipient:x.example'] },
    });
    expect(flowsOf(w)).toEqual([
      `service:desk -> ${CRM}: write ambient (actor)`,
      'service:desk -> recipient:x.example: share declared (actor)',
    ]);
    const { residency, recipients, edges } = answerOf(w);
    expect(residency).toEqual([]);
    expect(recipients).toEqual([]);
    expect(edges.map(({ role }) => role)).toEqual(['actor', 'actor']);
  });
  test('to declare who acted is to say nothing of whose data it was', () => {
    const w = world({
      't/root': { at: [0, 100], kind: 'server', others: 'declared', role: 'actor' },
      't/read < root': { at: [10, 20], person: 'declared', does: [`read ${CRM}`] },
      't/mail < root': { at: [30, 40], others: 'declared', role: 'actor', does: ['share recipient:x.example'] },
      't/note < root': { at: [50, 60], others: 'declared', does: ['share recipient:y.example'] },
    });
    expect(flowsOf(w)).toEqual([
      `${CRM} -> service:desk: read declared`,
      'service:desk -> recipient:x.example: share inferred',
    ]);
  });
  test('who is subject and actor in one trace keeps the two apart', () => {
    const w = world({
      't/root': { at: [0, 100], kind: 'server' },
      't/act < root': { at: [10, 20], person: 'actor', does: ['read store:tickets'] },
      't/mine < root': { at: [30, 40], person: 'declared', does: [`write ${CRM}`] },
      't/later < root': { at: [50, 60], does: ['share recipient:x.example'] },
    });
    expect(flowsOf(w)).toEqual([
      'store:tickets -> service:desk: read declared (actor)',
      `service:desk -> ${CRM}: write declared`,
      'service:desk -> recipient:x.example: share inferred',
    ]);
  });
});

test('ruling 9: taint by a record begins at the end of the read', () => {
  const w = world({
    'a/write': { at: [0, 10], person: 'declared', does: [`write ${CRM}`], recordRefs: [`${CRM}#r`] },
    'b/root': { at: [100, 200], kind: 'server' },
    'b/read < root': { at: [110, 150], does: [`read ${CRM}`], recordRefs: [`${CRM}#r`] },
    'b/during < root': { at: [120, 130], does: ['share recipient:during.example'] },
    'b/after < root': { at: [150, 160], does: ['share recipient:after.example'] },
  });
  expect(flowsOf(w).filter((flow) => flow.includes('recipient'))).toEqual([
    'service:desk -> recipient:after.example: share inferred',
  ]);
});

test('ruling 10: a model call without an agent around it is a turn of its conversation', () => {
  const w = world({
    'a/chat': {
      at: [0, 10],
      kind: 'client',
      person: 'declared',
      conversation: 'c',
      does: ['share model:openai/gpt genai.chat'],
    },
    'b/chat': { at: [100, 110], kind: 'client', conversation: 'c', does: ['share model:openai/gpt genai.chat'] },
  });
  expect(flowsOf(w)).toEqual([
    'service:desk -> model:openai/gpt: share declared',
    'service:desk -> model:openai/gpt: share inferred',
  ]);
});

test('ruling 10: a model call inside an agent’s turn is no turn of its own', () => {
  const w = world({
    'a/turn': { at: [0, 1000], self: AGENT, conversation: 'c', person: 'declared' },
    'a/chat < turn': { at: [10, 20], kind: 'client', conversation: 'c', does: ['share model:openai/gpt genai.chat'] },
    'b/chat': { at: [500, 510], kind: 'client', conversation: 'c', does: ['share model:openai/b genai.chat'] },
    'c/chat': { at: [2000, 2010], kind: 'client', conversation: 'c', does: ['share model:openai/c genai.chat'] },
  });
  expect(flowsOf(w).filter((flow) => flow.includes('share'))).toEqual([
    `${AGENT} -> model:openai/gpt: share ambient`,
    `${AGENT} -> service:desk: share inferred`,
    'service:desk -> model:openai/c: share inferred',
  ]);
});

describe('ruling 11: clock skew', () => {
  const apart = (serverStart: number) =>
    flowsOf(
      world({
        't/http': { at: [1000, 2000], kind: 'client', person: 'declared' },
        't/serve < http': { at: [serverStart, 1900], kind: 'server', service: 'service:billing' },
        't/put < serve': { at: [1500, 1510], service: 'service:billing', others: 'ambient', does: ['write store:x'] },
      }),
    );
  test('100 ms between services are tolerated, and shown', () => {
    expect(apart(900)[0]).toBe('service:desk -> service:billing: share declared (skew 100 ms)');
    expect(apart(900)).toContain('service:billing -> store:x: write inferred');
    expect(apart(1000)[0]).toBe('service:desk -> service:billing: share declared');
  });
  test('more contradicts time', () => expect(apart(899).filter((flow) => flow.includes('share'))).toEqual([]));
  test('within one service nothing is tolerated', () => {
    const w = world({
      't/root': { at: [0, 100], kind: 'server' },
      't/early < root': { at: [9, 20], does: ['share recipient:x.example'] },
      't/tagged < root': { at: [10, 20], person: 'declared' },
    });
    expect(flowsOf(w)).toEqual([]);
  });
  test('the bounds can be set', () => {
    const w = world({
      'a/write': { at: [1000, 1010], person: 'declared', does: [`write ${CRM}`], recordRefs: [`${CRM}#r`] },
      'b/read': { at: [690, 700], service: 'service:b', does: [`read ${CRM}`], recordRefs: [`${CRM}#r`] },
    });
    expect(flowsOf(w)).toHaveLength(1);
    const skew = { betweenServicesUs: 300_000, withinServiceUs: 0 };
    expect(flowsOf(w, { skew })).toContain(`${CRM} -> service:b: read inferred (skew 300 ms)`);
  });
  test('an edge that also holds without tolerance does not show it', () => {
    const read = { service: 'service:b', does: [`read ${CRM}`], recordRefs: [`${CRM}#r`] };
    const w = world({
      'a/write': { at: [1000, 1010], person: 'declared', does: [`write ${CRM}`], recordRefs: [`${CRM}#r`] },
      'b/read': { at: [950, 960], ...read },
      'c/read': { at: [2000, 2010], ...read },
    });
    const edge = answerOf(w).edges.find(({ to }) => to === 'service:b');
    expect(edge).toMatchObject({ count: 2 });
    expect(edge).not.toHaveProperty('skewMs');
  });
});

describe('ruling 12: the scope of a delete', () => {
  const records = {
    'a/one': { at: [0, 10], person: 'declared', does: [`write ${CRM}`], recordRefs: [`${CRM}#1`] },
    'a/two': { at: [0, 10], person: 'declared', does: [`write ${CRM}`], recordRefs: [`${CRM}#2`] },
  } as const;
  const after = (drawn: object) =>
    residencyOf(world({ ...records, 'd/delete': { at: [100, 110], does: [`delete ${CRM}`], ...drawn } }));

  test('with records: those', () => expect(after({ recordRefs: [`${CRM}#1`] })).toEqual([`${CRM}: held declared 1`]));
  test('declared without records: everything of the person in the node', () =>
    expect(after({ person: 'declared' })).toEqual([`${CRM}: deleted declared 2`]));
  test('ambient without records: nothing', () =>
    expect(after({ person: 'ambient' })).toEqual([`${CRM}: held declared 2`]));
  test('declared for somebody else: nothing', () =>
    expect(after({ others: 'declared' })).toEqual([`${CRM}: held declared 2`]));
  test('a failed delete deletes nothing', () =>
    expect(after({ person: 'declared', outcome: 'failed' })).toEqual([`${CRM}: held declared 2`]));
  test('a wrapper that swallowed the error of the delete under it deletes nothing', () => {
    const w = world({
      ...records,
      'd/wrap': { at: [100, 120], person: 'declared', does: [`delete ${CRM}`] },
      'd/pg < wrap': { at: [105, 110], kind: 'client', outcome: 'failed', does: [`delete ${CRM} db.sql.delete`] },
    });
    expect(residencyOf(w)).toEqual([`${CRM}: held declared 2`]);
  });
});

describe('ruling 13: failed calls', () => {
  const failed = (action: string, outcome: 'failed' | 'no_effect') =>
    flowsOf(
      world({
        't/call': {
          at: [0, 10],
          person: 'declared',
          outcome,
          does: [`${action} ${action === 'share' ? 'recipient:x.example' : CRM}`],
        },
      }),
    );
  test('what was shared may have left', () => {
    expect(failed('share', 'failed')).toEqual(['service:desk -> recipient:x.example: share declared']);
  });
  test('what reached nobody has not', () => expect(failed('share', 'no_effect')).toEqual([]));
  test('a write stays as possible, unless the error proves that it had no effect', () => {
    expect(failed('write', 'failed')).toEqual([`service:desk -> ${CRM}: write possible`]);
    expect(failed('write', 'no_effect')).toEqual([]);
  });
  test('a read brought nothing', () => expect(failed('read', 'failed')).toEqual([]));
  test('what follows from a failed write is possible', () => {
    const w = world({
      'a/write': {
        at: [0, 10],
        person: 'declared',
        outcome: 'failed',
        does: [`write ${CRM}`],
        recordRefs: [`${CRM}#r`],
      },
      'b/root': { at: [100, 200], kind: 'server' },
      'b/read < root': { at: [110, 120], does: [`read ${CRM}`], recordRefs: [`${CRM}#r`] },
      'b/mail < root': { at: [130, 140], does: ['share recipient:x.example'] },
    });
    expect(flowsOf(w).slice(1)).toEqual([
      `${CRM} -> service:desk: read possible`,
      'service:desk -> recipient:x.example: share possible',
    ]);
  });
  test('a consumer that broke had the message, and put it on before it broke', () => {
    const w = world({
      'p/send': { at: [0, 10], kind: 'producer', person: 'declared', does: ['write queue:q'] },
      'c/process': {
        at: [100, 200],
        kind: 'consumer',
        service: 'service:mailer',
        outcome: 'failed',
        does: ['read queue:q'],
        linksTo: ['p/send'],
      },
      'c/mail < process': { at: [110, 120], service: 'service:mailer', does: ['share recipient:x.example'] },
    });
    expect(flowsOf(w).slice(1)).toEqual([
      'queue:q -> service:mailer: read inferred',
      'service:mailer -> recipient:x.example: share inferred',
    ]);
    expect(residencyOf(w), 'the message is not known to be consumed').toEqual(['queue:q: held declared']);
  });
  test('what was asked of a service had come, also where the service broke', () => {
    const w = world({
      't/serve': {
        at: [0, 10],
        kind: 'server',
        person: 'declared',
        outcome: 'failed',
        does: ['receive client:desk http.server'],
      },
    });
    expect(flowsOf(w)).toEqual(['client:desk -> service:desk: receive declared']);
  });
  test('a failed tool hands nothing back', () => {
    const w = world({
      't/agent': { at: [0, 100], self: AGENT },
      't/tool < agent': { at: [10, 50], self: TOOL, outcome: 'failed' },
      't/read < tool': { at: [20, 30], person: 'declared', does: [`read ${CRM}`] },
      't/after < agent': { at: [60, 65], does: ['share recipient:after.example'] },
    });
    expect(flowsOf(w)).toEqual([`${CRM} -> ${TOOL}: read declared`]);
  });
});

test('ruling 14: our own erasure work is no flow, but ends residency, and so does what runs under it', () => {
  const w = world({
    'a/write': { at: [0, 10], person: 'declared', does: [`write ${CRM}`, 'write store:b'], recordRefs: ['store:b#r'] },
    'e/task': { at: [100, 200], requestId: 'req', person: 'declared', does: [`delete ${CRM}`] },
    'e/sql < task': {
      at: [110, 120],
      kind: 'client',
      does: ['read store:b', 'delete store:b'],
      recordRefs: ['store:b#r'],
    },
    'e/late < task': { at: [130, 140], does: ['share recipient:x.example'] },
  });
  expect(flowsOf(w).filter((flow) => !flow.includes('write'))).toEqual([]);
  expect(residencyOf(w).filter((row) => row.includes('held'))).toEqual([]);
});

test('ruling 16: tokens on a link taint the holder from its start, and the span itself as ambient', () => {
  const w = world({
    't/batch': { at: [0, 100], kind: 'consumer', person: 'link', others: 'declared', does: ['read queue:q'] },
    't/put < batch': { at: [10, 20], others: 'ambient', does: [`write ${CRM}`] },
  });
  expect(flowsOf(w)).toEqual([`service:desk -> ${CRM}: write inferred`]);
});

describe('ruling 22: outside is told by the registry', () => {
  const w = world({
    't/write': {
      at: [0, 10],
      person: 'declared',
      does: ['write store:qdrant://eu.qdrant.example:6333/notes'],
      recipientHost: 'eu.qdrant.example',
    },
  });
  const parties = [
    { id: 'qdrant', legalName: 'Qdrant Example Ltd', role: 'processor', country: 'DE', hosts: ['qdrant.example'] },
  ];
  test('a hosted store is a store, and among the recipients once a party stands behind it', () => {
    expect(answerOf(w).recipients).toEqual([]);
    const answer = answerOf(w, { directory: directory({ parties }) });
    expect(answer.recipients).toMatchObject([
      { party: 'qdrant', country: 'DE', node: 'store:qdrant://eu.qdrant.example:6333/notes' },
    ]);
    expect(answer.nodes.find(({ kind }) => kind === 'store')?.party).toMatchObject({
      id: 'qdrant',
      legalName: 'Qdrant Example Ltd',
    });
  });
});

describe('ruling 22: a service that is named like a public host', () => {
  const call = {
    't/root': { at: [0, 100], kind: 'server', person: 'declared' },
    't/http < root': {
      at: [10, 50],
      kind: 'client',
      does: ['share service:api.mail.example http.client'],
      recipientHost: 'api.mail.example',
    },
  } as const;
  test('is a recipient where nobody of that name answered', () =>
    expect(answerOf(world(call)).recipients).toMatchObject([
      { party: 'api.mail.example', node: 'service:api.mail.example' },
    ]));
  test('is inside where it answered with a span of its own', () => {
    const answered = { at: [20, 40], kind: 'server', service: 'service:api.mail.example' } as const;
    expect(answerOf(world({ ...call, 't/serve < http': answered })).recipients).toEqual([]);
  });
});

describe('ruling 23: recipients', () => {
  const call = (peer: string, host: string) =>
    world({
      't/call': {
        at: [0, 10],
        person: 'declared',
        does: [`share ${peer}`],
        recipientHost: host,
        recipientCountry: host === '' ? '' : 'US',
      },
    });
  test('one row for each host and node while nobody is registered', () =>
    expect(answerOf(call('recipient:mail.example', 'api.mail.example')).recipients).toMatchObject([
      { party: 'api.mail.example', node: 'recipient:mail.example', country: 'US', count: 1, via: ['service:desk'] },
    ]));
  test('for a model call the node is the model', () =>
    expect(answerOf(call('model:openai/gpt@api.openai.com', 'api.openai.com')).recipients).toMatchObject([
      { party: 'api.openai.com', node: 'model:openai/gpt@api.openai.com' },
    ]));
  test('a provider whose host nobody saw is still a recipient', () =>
    expect(answerOf(call('model:openai/gpt', '')).recipients).toMatchObject([
      { party: 'openai', node: 'model:openai/gpt' },
    ]));
  test('a model on a host of ours is none', () =>
    expect(answerOf(call('model:ollama/llama@gpu', '')).recipients).toEqual([]));
  test('what came back from a recipient is no disclosure', () => {
    const w = world({ 't/get': { at: [0, 10], person: 'declared', does: ['receive recipient:mail.example'] } });
    expect(answerOf(w).recipients).toEqual([]);
  });
});
