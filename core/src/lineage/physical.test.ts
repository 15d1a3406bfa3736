import { describe, expect, test } from 'vitest';
import { answerOf, flowsOf, world } from './testing/world.ts';

/** One physical call is one touch (otel §7.4), however many spans of however many libraries report it. */

const GPT = 'model:openai/gpt';
const GPT_AT = 'model:openai/gpt@api.openai.com';
const http = (peer: string) => [`share ${peer} http.client`, `receive ${peer} http.client`];

describe('two libraries that tell of one model call side by side', () => {
  const beside = (first: readonly [number, number], second: readonly [number, number], hosts = [GPT, GPT_AT]) =>
    world({
      't/run': { at: [0, 100], person: 'ambient' },
      ...Object.fromEntries(
        [first, second].map((at, i) => [
          `t/call${i} < run`,
          { at, kind: 'client' as const, does: [`share ${hosts[i]} genai.chat`, `receive ${hosts[i]} genai.chat`] },
        ]),
      ),
    });
  const ONE = [`service:desk -> ${GPT_AT}: share ambient`, `${GPT_AT} -> service:desk: receive ambient`];

  test('are one call where one lies within the other and one of them knows the host', () => {
    expect(flowsOf(beside([10, 90], [20, 80]))).toEqual(ONE);
    expect(flowsOf(beside([20, 80], [10, 90]))).toEqual(ONE);
  });
  test('are two calls where one follows the other', () => {
    expect(flowsOf(beside([10, 40], [50, 90]))).toHaveLength(4);
  });
  test('are two calls of two models', () => {
    const other = 'model:openai/gpt-mini@api.openai.com';
    expect(flowsOf(beside([10, 90], [20, 80], [GPT, other]))).toHaveLength(4);
  });
});

describe('a transport span under a richer call', () => {
  test('lends a model call its host, and is no flow of its own', () => {
    const w = world({
      't/chat': {
        at: [0, 100],
        kind: 'client',
        person: 'ambient',
        does: [`share ${GPT} genai.chat`, `receive ${GPT} genai.chat`],
      },
      't/post < chat': {
        at: [5, 90],
        kind: 'client',
        person: 'ambient',
        does: http('recipient:openai.com'),
        recipientHost: 'api.openai.com',
        recipientCountry: 'US',
      },
    });
    expect(flowsOf(w)).toEqual([`service:desk -> ${GPT}: share ambient`, `${GPT} -> service:desk: receive ambient`]);
    expect(answerOf(w).recipients).toMatchObject([{ party: 'api.openai.com', node: GPT, country: 'US', count: 1 }]);
  });
  test.each([
    'store:qdrant://q:6333/notes db.vector.upsert',
    'queue:arn:aws:sqs:eu:1/q messaging.send',
    'memory:desk/m genai.memory',
    'mcp_server:tools mcp.call',
  ])('adds nothing to %s', (peer) => {
    const w = world({
      't/call': { at: [0, 100], kind: 'client', person: 'declared', does: [`write ${peer}`] },
      't/post < call': { at: [5, 90], kind: 'client', does: http('recipient:cloud.example') },
    });
    expect(flowsOf(w)).toHaveLength(1);
  });
  test('is a flow of its own under the CONSUMER span that only encloses what is done with the message', () => {
    const w = world({
      't/process': { at: [0, 100], kind: 'consumer', person: 'ambient', does: ['read queue:q messaging.receive'] },
      't/post < process': { at: [5, 90], kind: 'client', does: http('recipient:mail.example') },
    });
    expect(answerOf(w).recipients).toMatchObject([{ node: 'recipient:mail.example' }]);
  });
  test('is part of a call of which only the provider’s name was known', () => {
    const w = world({
      't/chat': {
        at: [0, 100],
        kind: 'client',
        person: 'ambient',
        does: [`share ${GPT} genai.chat`],
        recipientHost: 'openai',
      },
      't/post < chat': {
        at: [5, 90],
        kind: 'client',
        does: http('recipient:openai.com'),
        recipientHost: 'api.openai.com',
      },
    });
    expect(flowsOf(w)).toEqual([`service:desk -> ${GPT}: share ambient`]);
    expect(answerOf(w).recipients).toMatchObject([{ party: 'api.openai.com' }]);
  });
  test('to another host is a call of its own', () => {
    const w = world({
      't/chat': {
        at: [0, 100],
        kind: 'client',
        person: 'declared',
        does: [`share ${GPT_AT} genai.chat`],
        recipientHost: 'api.openai.com',
      },
      't/post < chat': {
        at: [5, 90],
        kind: 'client',
        does: ['share recipient:log.example http.client'],
        recipientHost: 'log.example',
      },
    });
    expect(flowsOf(w)).toEqual([
      `service:desk -> ${GPT_AT}: share declared`,
      'service:desk -> recipient:log.example: share ambient',
    ]);
  });
  test('under a tool is the tool’s own call', () => {
    const w = world({
      't/tool': { at: [0, 100], self: 'tool:desk/mail', person: 'declared' },
      't/post < tool': { at: [5, 90], kind: 'client', does: ['share recipient:mail.example http.client'] },
    });
    expect(flowsOf(w)).toEqual(['tool:desk/mail -> recipient:mail.example: share ambient']);
  });
  test('that outlives the call above it in time is not inside it', () => {
    const w = world({
      't/chat': { at: [0, 100], kind: 'client', person: 'declared', does: [`share ${GPT} genai.chat`] },
      't/later < chat': { at: [150, 200], kind: 'client', does: ['share recipient:log.example http.client'] },
    });
    expect(flowsOf(w)).toHaveLength(2);
  });
});

describe('two reports of one call', () => {
  test('by a framework and the provider under it count once, under the name that knows the host', () => {
    const w = world({
      't/framework': { at: [0, 100], person: 'ambient', does: [`share ${GPT} genai.embeddings`] },
      't/provider < framework': {
        at: [5, 90],
        kind: 'client',
        person: 'ambient',
        does: [`share ${GPT_AT} genai.embeddings`],
        recipientHost: 'api.openai.com',
      },
      't/post < provider': {
        at: [6, 89],
        kind: 'client',
        does: http('recipient:openai.com'),
        recipientHost: 'api.openai.com',
      },
    });
    expect(flowsOf(w)).toEqual([`service:desk -> ${GPT_AT}: share ambient`]);
  });
  test('by our wrapper and an instrumented driver are as declared as the wrapper says, with the records of both', () => {
    const w = world({
      't/wrap': { at: [0, 100], person: 'declared', does: ['write store:crm'], recordRefs: ['store:crm#1'] },
      't/pg < wrap': {
        at: [5, 90],
        kind: 'client',
        person: 'ambient',
        does: ['write store:crm db.sql.insert'],
        recordRefs: ['store:crm#2'],
      },
    });
    expect(flowsOf(w)).toEqual(['service:desk -> store:crm: write declared']);
    expect(answerOf(w).refsByStore).toEqual(new Map([['store:crm', ['store:crm#1', 'store:crm#2']]]));
  });
  test('a share inside a long call is found by the time of the span that really sent it', () => {
    const w = world({
      'a/put': { at: [0, 5], person: 'declared', does: ['write memory:desk/m'] },
      't/agent': { at: [100, 300], self: 'agent:desk/a' },
      't/framework < agent': { at: [110, 290], does: [`share ${GPT} genai.chat`] },
      't/recall < framework': { at: [120, 130], does: ['read memory:desk/m genai.memory'] },
      't/provider < framework': { at: [140, 280], kind: 'client', does: [`share ${GPT} genai.chat`] },
    });
    expect(flowsOf(w).at(-1)).toBe(`agent:desk/a -> ${GPT}: share inferred`);
    expect(answerOf(w).flows.at(-1)).toMatchObject({ spanId: 'provider' });
  });
  test('siblings are two calls', () => {
    const call = { kind: 'client', does: [`share ${GPT} genai.chat`] } as const;
    const w = world({
      't/agent': { at: [0, 100], self: 'agent:desk/a', person: 'ambient' },
      't/one < agent': { at: [10, 20], ...call },
      't/two < agent': { at: [30, 40], ...call },
    });
    expect(answerOf(w).edges).toMatchObject([{ to: GPT, count: 2, evidenceTotal: 2 }]);
  });
  test('what a consumer fetches while it processes other messages of the queue is a read of its own', () => {
    const put = { kind: 'producer', person: 'declared', does: ['write queue:q messaging.send'] } as const;
    const read = { does: ['read queue:q messaging.receive'] } as const;
    const w = world({
      'a/put': { at: [0, 5], ...put },
      'b/put': { at: [0, 5], ...put },
      't/process': { at: [50, 100], kind: 'consumer', linksTo: ['a/put'], ...read },
      't/more < process': { at: [80, 90], kind: 'client', linksTo: ['b/put'], ...read },
      't/same < process': { at: [92, 95], kind: 'client', linksTo: ['a/put'], ...read },
    });
    const reads = answerOf(w).flows.filter(({ action }) => action === 'read');
    expect(reads.map(({ spanId }) => spanId)).toEqual(['process', 'more']);
  });
  test('an execution that a framework and a provider both report is one holder', () => {
    const w = world({
      't/outer': { at: [0, 100], self: 'agent:desk/a', person: 'declared' },
      't/inner < outer': { at: [5, 90], self: 'agent:desk/a' },
      't/chat < inner': { at: [10, 20], does: [`share ${GPT} genai.chat`] },
    });
    expect(flowsOf(w)).toEqual([`agent:desk/a -> ${GPT}: share ambient`]);
  });
});

describe('people at the door', () => {
  test('a root SERVER span takes data from its client and gives some back at its end', () => {
    const w = world({
      'w/put': { at: [0, 5], person: 'declared', does: ['write store:crm'], recordRefs: ['store:crm#r'] },
      't/get': { at: [100, 200], kind: 'server', service: 'service:web', does: ['share client:web http.server'] },
      't/read < get': {
        at: [110, 120],
        kind: 'client',
        service: 'service:web',
        does: ['read store:crm db.sql.select'],
        recordRefs: ['store:crm#r'],
      },
    });
    expect(flowsOf(w)).toEqual([
      'service:desk -> store:crm: write declared',
      'store:crm -> service:web: read inferred',
      'service:web -> client:web: share inferred',
    ]);
    expect(answerOf(w).recipients).toEqual([]);
  });
});
