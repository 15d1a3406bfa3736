import { T0_NS, tagged, untagged } from '@vestige/store/events/testing/spans';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openTestApi, type TestApi } from '../testing/open-test-api.ts';
import { lineageOf } from './answer.ts';
import { exposure } from './exposure.ts';

let api: TestApi;
beforeAll(async () => {
  api = await openTestApi();
});
afterAll(() => api?.close());

const STORE = 'store:postgres://db:5432/shop.public.users';
const MS = 1_000_000n;

/** Ruling 11: how far clocks may be apart is the operator's to say. */
test('answers tolerate what the operator says of the clocks, of one person and of everybody', async () => {
  const { id: tenant } = api.acme;
  const sighting = { token: `ps1.k1.${'s'.repeat(22)}`, atMs: Date.now() };
  const [subjectId = ''] = await api.deps.aliases.resolve(tenant, [sighting]);
  const at = (n: number, ms: bigint, service: string) => ({
    service,
    traceId: `${n}`.padStart(32, 'a'),
    spanId: `${n}${ms}`.padStart(16, 'b'),
    startNs: T0_NS + ms * MS,
    endNs: T0_NS + (ms + 1n) * MS,
  });
  const does = (peer: string, action: 'read' | 'write' | 'share', recordRefs: readonly string[]) => ({
    touches: [{ peer, action, rule: 'test' }],
    recordRefs,
  });
  const ref = [`${STORE}#${'r'.repeat(22)}`];
  await api.deps.events.append(tenant, {
    spans: [
      tagged([subjectId], { ...at(1, 1_000n, 'service:desk'), ...does(STORE, 'write', ref) }),
      // By a clock that is 300 ms behind: the reader has what was written.
      untagged({ ...at(2, 700n, 'service:billing'), ...does(STORE, 'read', ref) }),
      untagged({ ...at(2, 1_400n, 'service:billing'), ...does('recipient:mail.example', 'share', []) }),
    ],
  });
  const mailed = async (deps: TestApi['deps']) => {
    const { edges } = await lineageOf(deps, api.acme, subjectId);
    return edges.filter(({ to }) => to === 'recipient:mail.example').length;
  };
  const affected = async (deps: TestApi['deps']) => {
    const fromUs = Number(T0_NS / 1_000n);
    const window = { fromUs, toUs: fromUs + 60_000_000, categories: null, includeDownstream: false };
    return (await exposure(deps, api.acme, { ...window, target: { node: 'recipient:mail.example' } })).people.length;
  };
  const patient = { ...api.deps, skew: { betweenServicesUs: 500_000, withinServiceUs: 0 } };
  expect(await mailed(api.deps)).toBe(0);
  expect(await affected(api.deps)).toBe(0);
  expect(await mailed(patient)).toBe(1);
  expect(await affected(patient)).toBe(1);
});
