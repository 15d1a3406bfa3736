import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type BenchEngine, startBenchEngine } from '../ingest/engine.ts';
import { loadOurTables, peopleIn } from './installation.ts';

const SPANS = 20_000;
let engine: BenchEngine;

beforeAll(async () => {
  engine = await startBenchEngine();
  const people = Array.from({ length: peopleIn(SPANS) }, () => randomUUID());
  await loadOurTables(engine, { tenant: 1, spans: SPANS, days: 2, people }, () => undefined);
});
afterAll(() => engine.stop());

/** Of each trace that follows up on another: whether that one has the span, and is about the same people. */
const FOLLOW_UPS = `
SELECT count(), countIf(sent.name = 'send tickets'), countIf(after.people = before.people)
FROM (SELECT trace_id, link_trace_id[1] AS linked_trace, link_span_id[1] AS linked_span FROM spans WHERE notEmpty(link_trace_id)) AS follow_up
LEFT JOIN spans AS sent ON sent.trace_id = linked_trace AND sent.span_id = linked_span
LEFT JOIN (SELECT trace_id, groupUniqArray(subject_id) AS people FROM touches GROUP BY trace_id) AS after ON after.trace_id = follow_up.trace_id
LEFT JOIN (SELECT trace_id, groupUniqArray(subject_id) AS people FROM touches GROUP BY trace_id) AS before ON before.trace_id = linked_trace`;

test('every follow-up links to a message that was sent in a trace of the same person', async () => {
  const [links, found, same] = (await engine.ask(FOLLOW_UPS)).split('\t').map(Number);
  expect(links).toBe(SPANS / 100);
  expect(found).toBe(links);
  expect(same).toBe(links);
});
