import { TenantId } from '@vestige/core/ids';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { SubjectCache } from '../ingest/subject-cache.ts';
import { resolveRecords } from './resolve-records.ts';

const tenant = TenantId.parse(7);

/** Resolves one set at the given instants. @param since from when on each member is one */
async function membersAt(instants: readonly number[], since: readonly number[]) {
  let asked = 0;
  const membersOf = (atMs: number) =>
    since.length === 0 ? null : since.flatMap((fromMs, member) => (atMs >= fromMs ? [`member-${member}`] : []));
  const aliases = {
    resolve: async () => [],
    async subjectsOfSet(_tenant: TenantId, _set: string, atMs: number) {
      asked += 1;
      return membersOf(atMs);
    },
  };
  const sets = instants.map((atMs) => ({ setId: 'set_a', atMs }));
  const record = { tenant, spans: sets.length, wanted: [], sightings: () => [], tags: 0, sets };
  const { membersOf: answer } = await resolveRecords(aliases, new SubjectCache(10), [record], new Map());
  const answers = instants.map((atMs) => answer(tenant, 'set_a', atMs));
  return { answers, expected: instants.map(membersOf), asked };
}

test('the members of a set are those of each instant, however many were erased between', async () => {
  const instant = fc.integer({ min: 0, max: 60 });
  await fc.assert(
    fc.asyncProperty(fc.array(instant, { minLength: 1 }), fc.array(instant), async (instants, since) => {
      const { answers, expected } = await membersAt(instants, since);
      expect(answers).toEqual(expected);
    }),
  );
});

test('a set that is named at ten thousand instants is not asked for at each, also when a member is erased between', async () => {
  const instants = Array.from({ length: 10_000 }, (_, index) => index);
  const { asked } = await membersAt(instants, [0, 5_000]);
  expect(asked).toBeLessThan(20);
});
