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
    const sightings = () => own.flatMap((record) => record.sightings());
    subjects.set(tenant, await resolveTokens(aliases, cache, tenant, version, wanted, sightings));
    members.set(tenant, await resolveSets(aliases, tenant, own));
  }
  return {
    subjectOf: (tenant, token, atMs) => subjects.get(tenant)?.(token, atMs) ?? 'suppressed',
    membersOf: (tenant, setId, atMs) => members.get(tenant)?.(setId, atMs) ?? null,
  };
}

/** Members of every set at every instant it is named at. */
async function resolveSets(aliases: Aliases, tenant: TenantId, records: readonly DrainRecord[]): Promise<MembersOf> {
  const known = new Map<string, readonly string[] | null>();
  const named = Map.groupBy(
    records.flatMap(({ sets }) => sets),
    ({ setId }) => setId,
  );
  for (const [setId, uses] of named) {
    const instants = [...new Set(uses.map(({ atMs }) => atMs))].sort((a, b) => a - b);
    const members = await membersAt(instants, (atMs) => aliases.subjectsOfSet(tenant, setId, atMs));
    for (const [index, atMs] of instants.entries()) known.set(`${setId} ${atMs}`, members[index] ?? null);
  }
  return (setId, atMs) => known.get(`${setId} ${atMs}`) ?? null;
}

type Members = readonly string[] | null;

/**
 * Who is a member at an instant is one at every later one (suppression is bounded by event time), so where two instants
 * agree all between them do: an import that names one set on ten thousand spans asks twice, and when a member is erased
 * in its midst, some fifteen times and not ten thousand.
 *
 * @param instants ascending
 */
async function membersAt(instants: readonly number[], ask: (atMs: number) => Promise<Members>): Promise<Members[]> {
  const members: Members[] = [];
  const askAt = async (index: number): Promise<Members> => ask(instants[index] as number);
  const fill = async (from: number, to: number): Promise<void> => {
    const [first = null, last = null] = [members[from], members[to]];
    if (first?.length === last?.length) {
      members.fill(last, from, to);
      return;
    }
    if (to - from < 2) return;
    const middle = (from + to) >>> 1;
    members[middle] = await askAt(middle);
    await fill(from, middle);
    await fill(middle, to);
  };
  const last = instants.length - 1;
  members.length = instants.length;
  members[0] = await askAt(0);
  if (last > 0) members[last] = await askAt(last);
  await fill(0, last);
  return members;
}
