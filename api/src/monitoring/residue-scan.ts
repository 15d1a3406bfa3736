import { isVestigeError } from '@vestige/core/errors';
import type { ResidueScan } from '@vestige/store/control/erasure-watch-store';
import { SUBJECT_TABLES } from '@vestige/store/events/subject-tables';
import { MONITOR, type Monitored } from './deps.ts';
import { eraseAgain } from './erase-again.ts';

/**
 * The daily scan (research/compliance.md §3.5 V4, E6): everybody who is stored, joined with everybody who was erased.
 *
 * By pages in the order of the ids, each page noted, so that a process that dies loses one page. Who came back is written
 * down, erased at once and verified: once erased, nobody would find them again. The requests are reopened, because a person
 * has to ask where it came from and what else came with it; then the scan's end writes the findings and answers the looks
 * that were due. A process that dies in between may count a row twice, and loses none.
 */
const SUBJECTS_PER_PAGE = 10_000;
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
export const SCAN_EVERY_MS = 24 * 3_600_000;

/** @returns the scan's state after one page, `ended`, or null when none is due */
export async function scanStep(
  monitored: Monitored,
  { pageSize = SUBJECTS_PER_PAGE, everyMs = SCAN_EVERY_MS }: ScanOptions = {},
): Promise<ResidueScan | 'ended' | null> {
  const { deps, tenant } = monitored;
  const scan = await deps.erasureWatch.takeScan(tenant.id, { now: deps.now(), everyMs });
  if (scan === null) return null;
  const table = SUBJECT_TABLES.find((name) => name === scan.table) ?? SUBJECT_TABLES[0];
  const page = await deps.verifier.subjectsIn(tenant.id, table, scan.position, pageSize);
  const found = await residueOf(monitored, page, async (resurfaced) => {
    await deps.erasureWatch.noteScan(tenant.id, { ...scan, resurfaced: added(scan.resurfaced, resurfaced) });
  });
  const after: ResidueScan = {
    ...scan,
    table,
    position: page.at(-1) ?? scan.position,
    seen: scan.seen + page.length,
    resurfaced: added(scan.resurfaced, found.resurfaced),
    unknown: scan.unknown + found.unknown,
  };
  const next = page.length < pageSize ? SUBJECT_TABLES[SUBJECT_TABLES.indexOf(table) + 1] : table;
  if (next === undefined) {
    await reopen(monitored, Object.keys(await deps.erasureWatch.noteScan(tenant.id, after)));
    await deps.erasureWatch.endScan(tenant.id, after, deps.now());
    return 'ended';
  }
  const noted = next === table ? after : { ...after, table: next, position: null };
  await deps.erasureWatch.noteScan(tenant.id, noted);
  return noted;
}

export interface ScanOptions {
  readonly pageSize?: number;
  /** A new scan is due when the last began this long ago; 0: now. */
  readonly everyMs?: number;
}

interface Residue {
  /** Rows that were there again and are erased, by request. */
  readonly resurfaced: Readonly<Record<string, number>>;
  /** People nobody leads to and no erasure explains. */
  readonly unknown: number;
}

/**
 * Erases those of the people who had been erased before.
 *
 * @param write keeps what was found, before it is gone
 */
async function residueOf(
  monitored: Monitored,
  subjectIds: readonly string[],
  write: (resurfaced: Residue['resurfaced']) => Promise<void>,
): Promise<Residue> {
  const { deps, tenant } = monitored;
  if (subjectIds.length === 0) return { resurfaced: {}, unknown: 0 };
  const erased = await deps.erasureWatch.erasedAmong(tenant.id, subjectIds);
  const unknown = await deps.erasureWatch.unknownAmong(tenant.id, subjectIds);
  const resurfaced: Record<string, number> = {};
  const back: string[] = [];
  for (const { subjectId, requestId } of erased) {
    // Whose erasure ended between the page and this question is gone by now.
    const rows = await deps.verifier.countSubject(tenant.id, [subjectId]);
    if (rows === 0) continue;
    back.push(subjectId);
    resurfaced[requestId] = (resurfaced[requestId] ?? 0) + rows;
  }
  if (back.length > 0) {
    await write(resurfaced);
    const { rows } = await eraseAgain(monitored, back);
    deps.log?.error({ people: back.length, rows }, 'people who were erased had come back; they are erased again');
  }
  return { resurfaced, unknown: unknown.length };
}

async function reopen({ deps, tenant }: Monitored, requestIds: readonly string[]): Promise<void> {
  const by = { actor: MONITOR, now: deps.now() };
  for (const id of requestIds) {
    // A canary is nobody's request.
    if (!UUID.test(id)) continue;
    try {
      await deps.requests.reopen(tenant.id, id, { identifiers: [], tokens: [] }, 'resurfaced', by);
    } catch (error) {
      // Already open again, or gone: the finding says what happened.
      if (!isVestigeError(error, 'illegal_transition') && !isVestigeError(error, 'not_found')) throw error;
    }
  }
}

function added(one: Readonly<Record<string, number>>, other: Readonly<Record<string, number>>): Record<string, number> {
  const sum: Record<string, number> = { ...one };
  for (const [key, rows] of Object.entries(other)) sum[key] = (sum[key] ?? 0) + rows;
  return sum;
}
