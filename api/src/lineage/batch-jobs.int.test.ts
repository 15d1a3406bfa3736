import { randomUUID } from 'node:crypto';
import { readLineageEvent } from '@vestige/core/openlineage/read-event';
import { aSpan, ns } from '@vestige/store/events/testing/spans';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openTestApi, type TestApi } from '../testing/open-test-api.ts';
import { lineageOf } from './answer.ts';

/** OpenLineage events in real engines, followed to where one person's data rests. */

let api: TestApi;
let ada: string;
const ADA = `ps1.k1.${'a'.repeat(22)}`;
const BOB = `ps1.k1.${'b'.repeat(22)}`;
const USERS = 'store:postgres://db:5432/shop.public.users';
const table = (name: string, change?: string) => ({
  namespace: 'postgres://db:5432',
  name: `shop.public.${name}`,
  facets: change === undefined ? {} : { lifecycleStateChange: { lifecycleStateChange: change } },
});
const node = (name: string) => `store:postgres://db:5432/shop.public.${name}`;

beforeAll(async () => {
  api = await openTestApi();
  const [id] = await api.deps.aliases.resolve(api.acme.id, [{ token: ADA, atMs: Date.now() }]);
  if (!id || id === 'suppressed') throw new Error('no subject');
  ada = id;
  const touches = [{ action: 'write', peer: USERS, rule: 'db.sql.insert' }] as const;
  await api.deps.events.append(api.acme.id, {
    spans: [
      {
        span: aSpan({ startNs: ns(0), endNs: ns(1), kind: 'client', attribution: 'declared', touches }),
        subjectIds: [ada],
        linkSubjectIds: [],
      },
    ],
  });
});
afterAll(() => api.close());

async function tell(second: number, eventType: string, more: object): Promise<void> {
  const reading = readLineageEvent({
    eventType,
    eventTime: new Date(Number(ns(second) / 1_000_000n)).toISOString(),
    run: { runId: randomUUID() },
    job: { namespace: 'nightly', name: 'copy' },
    ...more,
  });
  if ('rejected' in reading) throw new Error(reading.rejected);
  await api.deps.events.appendLineageEvents(api.acme.id, [reading.event]);
}

async function restsIn(name: string): Promise<string> {
  const { residency } = await lineageOf(api.deps, api.acme, ada, {});
  const row = residency.find(({ store }) => store === node(name));
  return row === undefined ? 'nothing' : `${row.state} ${row.confidence}`;
}

test('a run that names a set of people concerns these; a set that nobody made leaves nobody out', async () => {
  const [withAda, without] = await Promise.all(
    [[ADA, BOB], [BOB]].map((tokens) => api.deps.aliases.createSet(api.acme.id, tokens)),
  );
  const sets = { named: withAda?.id, others: without?.id, misspelt: 'set_nobody-made-this' };
  for (const [name, set] of Object.entries(sets)) {
    const run = { runId: randomUUID(), facets: { vestige_subjects: { set } } };
    await tell(10, 'COMPLETE', { run, inputs: [table('users')], outputs: [table(name)] });
  }
  expect(await Promise.all(Object.keys(sets).map(restsIn))).toEqual(['held inferred', 'nothing', 'held possible']);
});

test('what a failed run emptied is there, what a completed one emptied is not', async () => {
  for (const name of ['kept', 'emptied']) {
    await tell(20, 'COMPLETE', { inputs: [table('users')], outputs: [table(name)] });
  }
  const run = { runId: randomUUID() };
  await tell(30, 'START', { run, outputs: [table('kept', 'TRUNCATE')] });
  await tell(31, 'FAIL', { run });
  await tell(30, 'COMPLETE', { outputs: [table('emptied', 'TRUNCATE')] });
  expect([await restsIn('kept'), await restsIn('emptied')]).toEqual(['held possible', 'deleted possible']);
});

test('events that come late, twice and backwards tell the same of a run', async () => {
  const run = { runId: randomUUID() };
  const inputs = [table('users')];
  const events = [
    [40, 'START', { run, inputs }],
    [41, 'RUNNING', { run }],
    [42, 'COMPLETE', { run, outputs: [table('late')] }],
  ] as const;
  expect(await restsIn('late')).toBe('nothing');
  for (const [second, type, more] of [...events.toReversed(), ...events]) await tell(second, type, more);
  expect(await restsIn('late')).toBe('held possible');
});

test('a job that names the store otherwise is followed while the names are one, and no longer when they are two again', async () => {
  const audit = { type: 'node_alias.registered', actor: 'key:test', object: { kind: 'node', id: '-' } };
  const pooler = { namespace: 'postgres://10.0.0.5:6432', name: 'shop.public.users' };
  await tell(50, 'COMPLETE', { inputs: [pooler], outputs: [table('pooled')] });
  expect(await restsIn('pooled')).toBe('nothing');
  const alias = 'store:postgres://10.0.0.5:6432/*';
  await api.deps.registry.putNodeAlias(api.acme.id, alias, 'store:postgres://db:5432/*', audit);
  expect(await restsIn('pooled')).toBe('held possible');
  await api.deps.registry.removeNodeAlias(api.acme.id, alias, audit);
  expect(await restsIn('pooled')).toBe('nothing');
});
