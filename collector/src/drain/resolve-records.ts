import type { TenantId } from '@vestige/core/ids';
import type { AliasStore } from '@vestige/store/control/alias-store';
import { resolveTokens, type SubjectOf } from '../ingest/resolve-tokens.ts';
import type { SubjectCache } from '../ingest/subject-cache.ts';
import type { DrainRecord, Resolution } from './drain-record.ts';

type Aliases = Pick<AliasStore, 'resolve' | 'subjectsOfSet'>;
type MembersOf = (setId: string, atMs: number) => readonly string[] | null;

/**
 * Asks the alias store what some records must know before they can be written.
 *
 * @param versions of the suppression list, by tenant, that the answers are to stand for
 * @throws VestigeError `store_unavailable`
 */
export async function resolveRecords(
  aliases: Aliases,
  cache: SubjectCache,
  records: readonly DrainRecord[],
  versions: ReadonlyMap<TenantId, number>,
): Promise<Resolution> {
  const subjects = new Map<TenantId, SubjectOf>();
  const members = new Map<TenantId, MembersOf>();
  for (const [tenant, own] of Map.groupBy(records, (record) => record.tenant)) {
    const version = versions.get(tenant) ?? 0;
    const wanted = own.flatMap((record) => record.wanted);
    subjects.set(tenant, await resolveTokens(aliases, cache, tenant, version, wanted));
    members.set(tenant, await resolveSets(aliases, tenant, own));
  }
  return {
    subjectOf: (tenant, token, atMs) => subjects.get(tenant)?.(token, atMs) ?? 'suppressed',
    membersOf: (tenant, setId, atMs) => members.get(tenant)?.(setId, atMs) ?? null,
  };
}

/**
 * Members of every set at every instant it is named at. Who is a member at an instant is one at every later one
 * (suppression is bounded by event time), so where the first and the last instant agree all between them do, and an
 * import that names one set on ten thousand spans asks twice.
 */
async function resolveSets(aliases: Aliases, tenant: TenantId, records: readonly DrainRecord[]): Promise<MembersOf> {
  const known = new Map<string, readonly string[] | null>();
  const named = Map.groupBy(
    records.flatMap(({ sets }) => sets),
    ({ setId }) => setId,
  );
  for (const [setId, uses] of named) {
    const ask = (atMs: number) => aliases.subjectsOfSet(tenant, setId, atMs);
    const instants = [...new Set(uses.map(({ atMs }) => atMs))].sort((a, b) => a - b);
    const [first = 0, last = first] = [instants[0], instants.at(-1)];
    const earliest = await ask(first);
    const latest = first === last ? earliest : await ask(last);
    const isConstant = earliest?.length === latest?.length;
    for (const atMs of instants) {
      known.set(`${setId} ${atMs}`, isConstant || atMs === last ? latest : atMs === first ? earliest : await ask(atMs));
    }
  }
  return (setId, atMs) => known.get(`${setId} ${atMs}`) ?? null;
}
