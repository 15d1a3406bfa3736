import { afterAll, beforeAll, expect, test } from 'vitest';
import { openTestApi, type TestApi } from '../testing/open-test-api.ts';
import { subjectKeyStep } from './subject-key-step.ts';

let api: TestApi;
beforeAll(async () => {
  api = await openTestApi();
});
afterAll(() => api.close());

test('the ids of the keys a process holds are noted, and are all that is noted; a tenant it has no keys of is left alone', async () => {
  const { deps, acme, rival } = api;
  await subjectKeyStep({ deps, tenant: acme });
  await subjectKeyStep({ deps, tenant: rival });
  expect(await deps.subjectKeys.keys(acme.id)).toEqual([{ kid: 'k1', since: expect.any(Date), goneAt: null }]);
  expect(await deps.subjectKeys.keys(rival.id)).toEqual([]);
  await deps.auditLog.sequence(acme.id);
  const entries = await deps.audit.entries(acme.id, { afterIndex: -1, limit: 100 });
  expect(entries.filter(({ type }) => type.startsWith('subject_key.'))).toMatchObject([
    { type: 'subject_key.added', object: { kind: 'subject_key', id: 'k1' } },
  ]);
  // What another process with other deps passes on, such as a command after a restore, may hold none.
  const { keyring: _, ...without } = deps;
  await subjectKeyStep({ deps: without, tenant: acme });
  expect(await deps.subjectKeys.keys(acme.id)).toHaveLength(1);
});
