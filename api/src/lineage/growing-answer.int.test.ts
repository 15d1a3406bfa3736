import { VestigeError } from '@vestige/core/errors';
import { LineageAnswer } from '@vestige/core/lineage/answer';
import type { EventStore, ResolvedSpan } from '@vestige/store/events/event-store';
import { aSpan, newTraceId, ns } from '@vestige/store/events/testing/spans';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createApp } from '../app.ts';
import { Problem } from '../http/problem.ts';
import { openTestApi, type TestApi } from '../testing/open-test-api.ts';

/** Somebody with more traces than a first answer follows, each with one call to an outside model. */

const TRACES = 700;
const FIRST = 300;

let api: TestApi;
let ada: string;

beforeAll(async () => {
  api = await openTestApi();
  const [subject] = await api.deps.aliases.resolve(api.acme.id, [{ token: `ps1.k1.${'a'.repeat(22)}`, atMs: 0 }]);
  ada = subject ?? '';
  const spans = Array.from({ length: TRACES }, (_, index): ResolvedSpan => {
    const touches = [{ peer: 'model:openai/gpt-5@api.openai.com', action: 'share', rule: 'gen_ai.chat' }] as const;
    const span = aSpan({
      traceId: newTraceId(),
      startNs: ns(index),
      endNs: ns(index + 1),
      touches,
      attribution: 'declared',
    });
    return { span, subjectIds: [ada], linkSubjectIds: [] };
  });
  await api.deps.events.append(api.acme.id, { spans });
});
afterAll(() => api.close());

async function get(query: string, events: EventStore = api.deps.events): Promise<Response> {
  const headers = { authorization: `Bearer ${await api.bearer(api.acme)}`, 'vestige-purpose': 'access request' };
  return createApp({ ...api.deps, events }).request(`/v1/subjects/${ada}/lineage${query}`, { headers });
}

const linesOf = async (answer: Response) =>
  (await answer.text())
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));

test('an answer that grows is told when there is a first part of it, and at last as it is when nobody hurries it', async () => {
  const [growing, whole] = [await get('?format=ndjson'), await get('')];
  expect(growing.headers.get('content-type')).toBe('application/x-ndjson');
  expect(growing.headers.get('cache-control')).toBe('no-store');
  const lines = (await linesOf(growing)).map((line) => LineageAnswer.parse(line));
  const told = lines.map(({ edges, completeness: { truncated, cut } }) => [edges[0]?.count, truncated, cut]);
  expect(told).toEqual([
    [FIRST, true, { tracesFollowed: FIRST, tracesKnown: TRACES }],
    [TRACES, false, undefined],
  ]);
  expect(lines.at(-1)).toEqual(await whole.json());
});

test('the officer sees it grow in the officer’s view, and somebody with few traces has one line', async () => {
  const lines = await linesOf(await get('?format=ndjson&view=officer&tracesMax=5'));
  expect(lines).toHaveLength(1);
  expect(LineageAnswer.parse(lines[0])).toMatchObject({
    completeness: { cut: { tracesFollowed: 5, tracesKnown: 250 } },
  });
});

test('what fails on the way is the last line, so that no part is taken for the whole', async () => {
  let rounds = 0;
  const events: EventStore = {
    ...api.deps.events,
    facts: async (...asked) => {
      if (rounds++ > 1) throw new VestigeError('store_unavailable', 'ClickHouse 10.0.0.7 refused');
      return api.deps.events.facts(...asked);
    },
  };
  const lines = await linesOf(await get('?format=ndjson', events));
  expect(lines).toHaveLength(2);
  expect(LineageAnswer.parse(lines[0]).completeness.truncated).toBe(true);
  expect(Problem.parse(lines[1])).toMatchObject({ code: 'store_unavailable', retryable: true });
  expect(JSON.stringify(lines[1])).not.toContain('10.0.0.7');
});

test('what fails before anything is known is an answer of its own', async () => {
  const events: EventStore = {
    ...api.deps.events,
    subjectTags: () => Promise.reject(new VestigeError('store_unavailable', 'ClickHouse is away')),
  };
  const answer = await get('?format=ndjson', events);
  expect(answer.status).toBe(503);
  expect(Problem.parse(await answer.json()).code).toBe('store_unavailable');
});

test('no more answers of a tenant grow at once than it has places, others wait for one, and how many is counted', async () => {
  const free = Promise.withResolvers<void>();
  const begun = Promise.withResolvers<void>();
  let reading = 0;
  const events: EventStore = {
    ...api.deps.events,
    facts: async (...asked) => {
      reading += 1;
      if (reading === 4) begun.resolve();
      await free.promise;
      return api.deps.events.facts(...asked);
    },
  };
  const app = createApp({ ...api.deps, events });
  const headers = { authorization: `Bearer ${await api.bearer(api.acme)}`, 'vestige-purpose': 'access request' };
  // A place is left when the last line was read.
  const grow = async () => {
    const answer = await app.request(`/v1/subjects/${ada}/lineage?format=ndjson&tracesMax=5`, { headers });
    return { status: answer.status, lines: await linesOf(answer) };
  };
  const metrics = async () => (await app.request('/metrics')).text();
  const growing = Array.from({ length: 4 }, grow);
  await begun.promise;
  growing.push(grow());
  // It comes as far as the fifth, and further: what does not grow needs no place.
  expect((await app.request(`/v1/subjects/${ada}`, { headers })).status).toBe(200);
  expect(reading).toBe(4);
  expect(await metrics()).toContain('\nvestige_growing_answers 4\n');
  free.resolve();
  for (const { status, lines } of await Promise.all(growing)) {
    expect(status).toBe(200);
    expect(lines).toHaveLength(1);
  }
  expect(await metrics()).toContain('\nvestige_growing_answers 0\n');
});

test('nothing more is told of somebody who was forgotten while their answer grew', async () => {
  let rounds = 0;
  const events: EventStore = {
    ...api.deps.events,
    facts: async (...asked) => {
      if (rounds++ === 1) await api.deps.aliases.forget(api.acme.id, [ada]);
      return api.deps.events.facts(...asked);
    },
  };
  const lines = await linesOf(await get('?format=ndjson', events));
  expect(lines).toHaveLength(2);
  expect(LineageAnswer.parse(lines[0]).completeness.truncated).toBe(true);
  expect(Problem.parse(lines[1])).toMatchObject({ code: 'not_found' });
});
