import { setTimeout as sleep } from 'node:timers/promises';
import type { Directory } from '@vestige/core/lineage/directory';
import type { ExposureQuestion as CoreQuestion } from '@vestige/core/lineage/exposure';
import type { Tenant } from '@vestige/store/control/tenant-store';
import type { ApiDeps } from '../deps.ts';
import { tenantDirectory } from './directory.ts';
import { toldByTraces } from './exposure-alone.ts';
import { type Exposure, ExposureFindings, type Growing } from './exposure-findings.ts';
import { type Candidates, candidatesFor, LONG_SEARCH, SEARCH, type SearchLimits } from './exposure-reach.ts';
import { canonicalTarget, type ExposureTarget, isTargetNode, touchesTarget } from './exposure-target.ts';
import { type ExposureEvents, tracesAtTarget } from './exposure-traces.ts';
import { type Followed, followTogether, type TogetherLimits, UNHURRIED } from './follow-together.ts';

/** All that an exposure reads, but for the names of nodes. */
export interface ExposureDeps extends Pick<ApiDeps, 'skew'> {
  readonly events: ExposureEvents;
  readonly aliases: Pick<ApiDeps['aliases'], 'people' | 'setsWith'>;
  readonly now: ApiDeps['now'];
}

/** Microseconds since the epoch; `toUs` exclusive. */
export interface ExposureQuestion {
  readonly target: ExposureTarget;
  readonly fromUs: number;
  readonly toUs: number;
  readonly categories: readonly string[] | null;
  readonly includeDownstream: boolean;
}

/** Since the question, in ms. */
export interface Pace {
  /** Who may have been affected is followed until then. */
  readonly whoMsMax: number;
  /** And until then where it went on from there, which may be as long as the years since. */
  readonly whereMsMax: number;
  /** What is known is told after this time, and then whenever about as much has passed again; null: only in the end. */
  readonly tellAfterMs: number | null;
  readonly search: SearchLimits;
  readonly limits?: Partial<TogetherLimits>;
}

/** It leaves room before the API gives a call up. */
const IN_ONE_CALL: Pace = { search: SEARCH, whoMsMax: 22_000, whereMsMax: 10_000, tellAfterMs: null };
/** What takes minutes is given as it grows; nobody waits for it in silence. */
export const WHILE_LISTENING: Pace = {
  search: LONG_SEARCH,
  whoMsMax: 300_000,
  whereMsMax: 600_000,
  tellAfterMs: 1_000,
  limits: UNHURRIED,
};
/** Told at least so often. */
const TELL_AFTER_MS_MAX = 15_000;

/**
 * Who was affected by a node, an edge or a party in a window (design 04, reverse), exactly or as a lower bound that says so
 * (docs/adr/0080-exposure-from-the-traces-at-the-target.md).
 *
 * Most people are settled by the traces at the target themselves. Whom those leave open is followed through all of their
 * traces, many at once; and then, as far as time allows, everybody who was affected, for where it went on.
 */
export async function exposure(
  deps: ExposureDeps & Pick<ApiDeps, 'registry'> & { readonly events: Pick<ApiDeps['events'], 'services'> },
  tenant: Pick<Tenant, 'id'>,
  question: ExposureQuestion,
): Promise<Exposure> {
  return exposureByNames(deps, tenant, await tenantDirectory(deps, tenant), question);
}

/** The same under names that are known already. */
export async function exposureByNames(
  deps: ExposureDeps,
  tenant: Pick<Tenant, 'id'>,
  names: Directory,
  question: ExposureQuestion,
  pace: Pace = IN_ONE_CALL,
): Promise<Exposure> {
  const answers = growingExposure(deps, tenant, names, question, { pace });
  for (;;) {
    const { done, value } = await answers.next();
    if (done) return value;
  }
}

/**
 * The same as it grows: each is a lower bound of the next, and the one returned is as exact as it can be.
 *
 * @param signal nobody listens any more
 */
export async function* growingExposure(
  deps: ExposureDeps,
  tenant: Pick<Tenant, 'id'>,
  names: Directory,
  question: ExposureQuestion,
  { pace, signal }: { readonly pace: Pace; readonly signal?: AbortSignal },
): AsyncGenerator<Exposure & { readonly growing: Growing }, Exposure> {
  const startedMs = deps.now().getTime();
  const target = canonicalTarget(question.target, names);
  const asked: CoreQuestion = {
    ...question,
    touches: touchesTarget(target, names),
    isTarget: isTargetNode(target, names),
  };
  const [at, cutSpans, olderReadings] = await Promise.all([
    tracesAtTarget(deps, tenant, names, target, question),
    // What came in before the window may be what was passed on in it.
    deps.events.cutSpans(tenant.id, { fromUs: null, toUs: question.toUs }),
    deps.events.holdsOlderReadings(tenant.id),
  ]);
  const from = [...at.direct, ...at.turns, ...at.sources];
  const candidates = await candidatesFor(deps, tenant, names, from, question.toUs, pace.search);
  const told = await toldByTraces(deps, tenant, names, at, candidates);
  const findings = new ExposureFindings(asked, names, at, candidates, told, { cutSpans, olderReadings });

  async function* followed(people: readonly string[], untilMs: number) {
    let isLeft = false;
    const isLate = () => isLeft || signal?.aborted === true || deps.now().getTime() >= untilMs;
    if (people.length === 0 || isLate()) return;
    const follow = async () =>
      followTogether(deps, tenant, names, await weighed(deps, tenant, candidates, people), {
        isLate,
        nowUs: startedMs * 1000,
        told: (subjectId, result) => findings.follow(subjectId, result),
        ...(pace.limits && { limits: pace.limits }),
      });
    try {
      for await (const growing of whileRunning(follow(), pace.tellAfterMs, () => findings.growing)) {
        yield { ...findings.exposure(), growing };
      }
    } finally {
      isLeft = true;
    }
  }
  yield* followed(findings.undecided(), startedMs + pace.whoMsMax);
  yield* followed(findings.unfinished(), startedMs + pace.whereMsMax);
  return findings.exposure();
}

/** Tells after a time, and whenever about as much has passed again, until the work is done. */
async function* whileRunning<T>(work: Promise<void>, afterMs: number | null, tell: () => T): AsyncGenerator<T> {
  if (afterMs === null) return work;
  let isDone = false;
  const done = new AbortController();
  const end = work.finally(() => {
    isDone = true;
    done.abort();
  });
  // It is awaited in the end: until then its failure is not an unhandled one.
  end.catch(() => undefined);
  for (let pauseMs = afterMs; !isDone; pauseMs = Math.min(pauseMs * 2, TELL_AFTER_MS_MAX)) {
    await sleep(pauseMs, undefined, { signal: done.signal }).catch(() => undefined);
    if (!isDone) yield tell();
  }
  await end;
}

/** How many spans each is tagged on: whoever has few is done before those who have many. */
async function weighed(
  { events }: Pick<ExposureDeps, 'events'>,
  tenant: Pick<Tenant, 'id'>,
  { people }: Candidates,
  subjectIds: readonly string[],
): Promise<Followed[]> {
  const found = subjectIds.map((subjectId) => ({ subjectId, members: people.get(subjectId) ?? [subjectId] }));
  const spans = await events.taggedSpans(
    tenant.id,
    found.flatMap(({ members }) => members),
  );
  return found.map((person) => ({
    ...person,
    spans: person.members.reduce((sum, member) => sum + (spans.get(member) ?? 0), 0),
  }));
}
