import type { ReadContext } from '@vestige/core/recognise/read-context';
import type { RuleTable } from '@vestige/core/recognise/registry';
import { type Rederived, rereadSpan } from '@vestige/core/recognise/reread-span';
import type { AliasStore } from '@vestige/store/control/alias-store';
import type { Tenant } from '@vestige/store/control/tenant-store';
import type { Window } from '@vestige/store/events/event-store';
import { jumpKeys } from '@vestige/store/events/jump-keys';
import type { LeftSpan, NewTouches, ReclassifyStore, SpanAt } from '@vestige/store/events/reclassify-store';
import type { SuppressionWatch } from '../ingest/suppression-watch.ts';
import type { TenantContexts } from '../ingest/tenant-contexts.ts';
import { underOneVersion } from '../ingest/under-one-version.ts';

/** Spans of one page: 2 to 3 MiB with their attributes, a part of fair size when written again. */
const PAGE_SPANS = 1_000;
/** People on the spans of one page; an import may tag one span with 100,000, so such a page is halved. */
const SUBJECTS_MAX = 150_000;

export interface ReclassifyDeps {
  readonly spans: ReclassifyStore;
  readonly aliases: Pick<AliasStore, 'livingSubjects'>;
  readonly contexts: Pick<TenantContexts, 'of'>;
  readonly watch: SuppressionWatch;
  readonly table: RuleTable;
  /** Milliseconds of a clock that never goes back. */
  readonly nowMs: () => number;
  readonly sleep: (ms: number) => Promise<unknown>;
}

export interface ReclassifyOptions extends Window {
  /** Null for as fast as it goes. */
  readonly spansPerSecond: number | null;
  readonly onProgress?: (progress: ReclassifyProgress) => void;
}

export interface ReclassifyReport {
  /** Spans that were below the rule set of the table. */
  readonly read: number;
  /** Of these, spans of which the newer rules say something else. */
  readonly changed: number;
  /** Spans that a rule tripped over; they stay as they are, and are met again by the next run. */
  readonly failed: number;
}

export interface ReclassifyProgress extends ReclassifyReport {
  readonly day: string;
  readonly total: number;
  /** By the pace so far; null before there is one. */
  readonly remainingMs: number | null;
}

/**
 * Derives again what rules say about the stored spans of a tenant, day by day, where rules that concern them have changed, and
 * calls their stores by the names of today.
 *
 * Its progress is what is left: a span's own row is written last, under the new rule set, so a run that is killed is
 * taken up by the next one, and what it had begun is done once more to the same effect.
 *
 * Beside a collector: rows of the new rule set replace older ones by their keys, whichever arrives first.
 *
 * Beside an erasure it must bring nobody back. Touches are copied under a version of the suppression list that is fixed
 * before it is asked whose they are (`underOneVersion`):
 * - who was suppressed under that version or before has no living alias by then and is not among those copied, even
 *   where an erasure has not deleted her rows yet, or a replica still shows them;
 * - only rows of those named are copied, so rows that another collector writes meanwhile are not picked up;
 * - who is suppressed afterwards is deleted only when every living collector has acknowledged that version, which this
 *   process does not before its copy has ended; her erasure then finds the copied rows too.
 *
 * @throws VestigeError `store_unavailable`; what was written until then holds
 */
export async function reclassify(
  deps: ReclassifyDeps,
  tenant: Tenant,
  options: ReclassifyOptions,
): Promise<ReclassifyReport> {
  const { spans: store, table } = deps;
  const startedMs = deps.nowMs();
  const days = await store.days(tenant.id, options, table.version);
  const total = days.reduce((sum, day) => sum + day.spans, 0);
  let [read, changed, failed] = [0, 0, 0];
  for (const { day } of days) {
    for (let after: SpanAt | null = null; ; ) {
      const page: LeftSpan[] = await store.page(tenant.id, day, options, table.version, after, PAGE_SPANS);
      const last = page.at(-1);
      if (last === undefined) break;
      after = last;
      const sorted = sortedOut(page, await deps.contexts.of(tenant), table);
      await write(sorted.changed);
      await store.stampSpans(tenant.id, table.version, sorted.unchanged);
      read += page.length;
      changed += sorted.changed.length;
      failed += sorted.failed;
      const passedMs = deps.nowMs() - startedMs;
      const remainingMs = read < total ? (passedMs / read) * (total - read) : 0;
      options.onProgress?.({ read, changed, failed, day, total, remainingMs });
      if (options.spansPerSecond !== null) {
        const dueMs = (read / options.spansPerSecond) * 1000;
        if (dueMs > passedMs) await deps.sleep(dueMs - passedMs);
      }
    }
  }
  return { read, changed, failed };

  async function write(changes: readonly Change[]): Promise<void> {
    if (changes.length === 0) return;
    const retouched = changes.filter(({ touches }) => touches !== null);
    const subjects = await store.subjectsOf(tenant.id, retouched.map(at), SUBJECTS_MAX + 1);
    if (subjects.length > SUBJECTS_MAX && changes.length > 1) {
      const half = Math.ceil(changes.length / 2);
      await write(changes.slice(0, half));
      await write(changes.slice(half));
      return;
    }
    await underOneVersion(
      deps.watch,
      tenant.id,
      () => deps.aliases.livingSubjects(tenant.id, subjects),
      async (living) => {
        const touches = retouched.flatMap((change) => change.touches ?? []);
        await store.replaceTouches(tenant.id, table.version, touches, [...living]);
        await store.addJumps(tenant.id, changes.map(newJumps));
        // Last: from here on the span is no longer left.
        await store.replaceSpans(
          tenant.id,
          table.version,
          changes.map(({ span, now }) => ({ ...at({ span }), ...now })),
        );
      },
    );
  }
}

interface Change {
  readonly span: LeftSpan;
  readonly now: Rederived;
  /** Null when the span did the same as before. */
  readonly touches: NewTouches | null;
}

const at = ({ span: { traceId, spanId, startNs } }: Pick<Change, 'span'>): SpanAt => ({ traceId, spanId, startNs });

function sortedOut(page: readonly LeftSpan[], context: ReadContext, table: RuleTable) {
  const changed: Change[] = [];
  const unchanged: LeftSpan[] = [];
  let failed = 0;
  for (const span of page) {
    try {
      const now = rereadSpan(span, context, table);
      if (now === null || saysTheSame(span, now)) unchanged.push(span);
      else changed.push({ span, now, touches: newTouches(span, now) });
    } catch {
      failed += 1;
    }
  }
  return { changed, unchanged, failed };
}

function saysTheSame(span: LeftSpan, now: Rederived): boolean {
  return JSON.stringify(sorted(span)) === JSON.stringify(sorted(now));
}

/** Keys in one order; touches in theirs, for their numbers go by it. */
function sorted(said: Omit<Rederived, 'ruleSet'>) {
  const { name, self, owner, touches, recordRefs, derivedFrom, recipientHost, conversation } = said;
  const rows = touches.map(({ peer, action, rule }) => [peer, action, rule]);
  return [name, self, owner, rows, recordRefs, derivedFrom, recipientHost, conversation];
}

/**
 * A row for each touch, from 1 on, or the row 0 of a span that touched nothing, as `touches` has them. A row that the span
 * has no more keeps its place without a peer: it says that the span carries the person, which is still so, and nothing
 * else.
 */
function newTouches(span: LeftSpan, now: Rederived): NewTouches | null {
  const peersAndActions = (touches: Rederived['touches']) => JSON.stringify(touches.map((t) => [t.peer, t.action]));
  if (peersAndActions(span.touches) === peersAndActions(now.touches)) return null;
  const rows = new Map<number, NewTouches['rows'][number]>();
  const blank = (touchNo: number) => rows.set(touchNo, { touchNo, peer: '', action: 'none' });
  if (span.touches.length === 0 || now.touches.length === 0) blank(0);
  for (let touchNo = 1; touchNo <= span.touches.length; touchNo++) blank(touchNo);
  for (const [index, { peer, action }] of now.touches.entries()) {
    rows.set(index + 1, { touchNo: index + 1, peer, action });
  }
  return { ...at({ span }), rows: [...rows.values()] };
}

/**
 * Jumps that the span had not. Those it has no more stay: a jump only says where to look, and what is found there is
 * judged by the span's own row.
 */
function newJumps({ span, now }: Change) {
  const keyOf = ({ key, action }: { key: string; action: string }) => `${action} ${key}`;
  const had = new Set(jumpKeys(span).map(keyOf));
  return { ...at({ span }), jumps: jumpKeys({ ...span, ...now }).filter((jump) => !had.has(keyOf(jump))) };
}
