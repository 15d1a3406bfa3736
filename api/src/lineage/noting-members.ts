import type { ApiDeps } from '../deps.ts';

type Aliases = Pick<ApiDeps['aliases'], 'people' | 'setsWith'>;

/**
 * Aliases that note who is linked with whom as a reading is told of it. Asked again afterwards, the store would answer of
 * another moment, and minutes may have passed.
 *
 * @returns `membersOf`: all subjects that were a person at any time while the reading went on, sorted
 */
export function notingMembers(aliases: Aliases): {
  readonly aliases: Aliases;
  readonly membersOf: (subjectId: string) => readonly string[];
} {
  const noted = new Map<string, ReadonlySet<string>>();
  return {
    aliases: {
      async people(tenant, subjectIds) {
        const found = await aliases.people(tenant, subjectIds);
        for (const { subjectId, members } of found) {
          noted.set(subjectId, new Set([...(noted.get(subjectId) ?? []), ...members]));
        }
        return found;
      },
      setsWith: (...asked) => aliases.setsWith(...asked),
    },
    membersOf: (subjectId) => [...(noted.get(subjectId) ?? [subjectId])].sort(),
  };
}
