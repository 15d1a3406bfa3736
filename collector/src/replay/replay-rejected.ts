import type { ReadSpan } from '@vestige/core/model/span';
import type { AliasStore } from '@vestige/store/control/alias-store';
import type { Tenant } from '@vestige/store/control/tenant-store';
import type { EventStore, ResolvedSpan } from '@vestige/store/events/event-store';
import type { RejectedFilter, RejectedStore, StoredRejected } from '@vestige/store/events/rejected-store';
import type { SuppressionWatch } from '../ingest/suppression-watch.ts';
import type { TenantContexts } from '../ingest/tenant-contexts.ts';
import { underOneVersion } from '../ingest/under-one-version.ts';
import { readKept } from './read-kept.ts';

/** Spans of one page: at most 16 KiB and 1,000 subjects each. */
const PAGE_SPANS = 200;

export interface ReplayDeps {
  readonly rejected: Pick<RejectedStore, 'days' | 'page' | 'markReplayed'>;
  readonly events: Pick<EventStore, 'append'>;
  readonly aliases: Pick<AliasStore, 'livingSubjects'>;
  readonly contexts: Pick<TenantContexts, 'of'>;
  readonly watch: SuppressionWatch;
  readonly nowMs: () => number;
}

export interface ReplayOptions extends RejectedFilter {
  /** Reads and counts, and changes nothing. */
  readonly dryRun: boolean;
  readonly onProgress?: (counts: ReplayCounts, total: number) => void;
}

/** By the reason for which the spans were rejected. */
export type ReplayCounts = Readonly<Record<string, ReplayCount>>;
export interface ReplayCount {
  /** Understood now, stored, and no longer counted as rejected. With `dryRun`: would be. */
  readonly replayed: number;
  /** Still rejected. */
  readonly kept: number;
  /** All of its people are being erased or were: left for the erasure. */
  readonly erased: number;
}

/**
 * Reads the rejected spans of a tenant again and stores what is understood now.
 *
 * May be stopped at any moment and run again: a span is appended before it is marked, and appending twice is appending
 * once. Beside an erasure it is safe by the same means as a batch of the collector, see `underOneVersion`: the people of
 * a span are looked up after the version is fixed, and whoever is being erased under that version is not written; who is
 * suppressed after it is erased only once this process has let go of the version.
 *
 * @throws VestigeError `store_unavailable`; what was replayed until then stays replayed
 */
export async function replayRejected(deps: ReplayDeps, tenant: Tenant, options: ReplayOptions): Promise<ReplayCounts> {
  const counts: Record<string, { -readonly [Key in keyof ReplayCount]: number }> = {};
  const count = (reason: string, what: keyof ReplayCount) => {
    counts[reason] ??= { replayed: 0, kept: 0, erased: 0 };
    counts[reason][what] += 1;
  };
  const days = await deps.rejected.days(tenant.id, options);
  const total = days.reduce((sum, { spans }) => sum + spans, 0);
  for (const day of new Set(days.map((each) => each.day))) {
    for (let after = ''; ; ) {
      const page = await deps.rejected.page(tenant.id, day, options, after, PAGE_SPANS);
      const last = page.at(-1);
      if (last === undefined) break;
      after = last.spanKey;
      const understood = await readPage(page);
      const { erased } = await store(understood);
      for (const { row } of understood) count(row.reason, erased.has(row) ? 'erased' : 'replayed');
      options.onProgress?.(counts, total);
    }
  }
  return counts;

  async function readPage(page: readonly StoredRejected[]): Promise<Understood[]> {
    const context = await deps.contexts.of(tenant);
    const understood: Understood[] = [];
    for (const row of page) {
      const read = readKept(row.span, context, deps.nowMs());
      if ('span' in read) understood.push({ row, span: read.span });
      else count(row.reason, 'kept');
    }
    return understood;
  }

  async function store(understood: readonly Understood[]): Promise<{ erased: ReadonlySet<StoredRejected> }> {
    const who = () => withLiving(deps.aliases, tenant, understood);
    if (options.dryRun || understood.length === 0) return who();
    const resolved = await underOneVersion(deps.watch, tenant.id, who, ({ spans }) =>
      deps.events.append(tenant.id, { spans }),
    );
    await deps.rejected.markReplayed(
      tenant.id,
      understood.map(({ row }) => row).filter((row) => !resolved.erased.has(row)),
    );
    return resolved;
  }
}

interface Understood {
  readonly row: StoredRejected;
  readonly span: ReadSpan;
}

/** Tags of people who are being erased or were go; a span that had people and has none left goes whole. */
async function withLiving(
  aliases: ReplayDeps['aliases'],
  tenant: Tenant,
  understood: readonly Understood[],
): Promise<{ spans: ResolvedSpan[]; erased: Set<StoredRejected> }> {
  const everybody = understood.flatMap(({ row }) => [...row.subjectIds, ...row.linkSubjectIds]);
  const living = await aliases.livingSubjects(tenant.id, [...new Set(everybody)]);
  const spans: ResolvedSpan[] = [];
  const erased = new Set<StoredRejected>();
  for (const { row, span } of understood) {
    const subjectIds = row.subjectIds.filter((subject) => living.has(subject));
    const linkSubjectIds = row.linkSubjectIds.filter((subject) => living.has(subject));
    const wasSomebody = row.subjectIds.length + row.linkSubjectIds.length > 0;
    if (wasSomebody && subjectIds.length + linkSubjectIds.length === 0) erased.add(row);
    else spans.push({ span, subjectIds, linkSubjectIds });
  }
  return { spans, erased };
}
