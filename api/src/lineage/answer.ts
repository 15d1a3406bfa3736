import type { Confidence, LineageAnswer } from '@vestige/core/lineage/answer';
import type { Closure } from '@vestige/core/lineage/closure';
import { completenessOf } from '@vestige/core/lineage/completeness';
import type { Directory } from '@vestige/core/lineage/directory';
import type { SubjectTag } from '@vestige/core/lineage/facts';
import type { Flow } from '@vestige/core/lineage/flow';
import { isoOfUs } from '@vestige/core/lineage/time';
import type { Tenant } from '@vestige/store/control/tenant-store';
import type { ApiDeps } from '../deps.ts';
import { knownPerson } from '../subjects/routes.ts';
import { tenantDirectory } from './directory.ts';
import { followPerson, followRounds, GROWING, type LineageLimits, personTags } from './follow-person.ts';

export type LineageDeps = Pick<ApiDeps, 'events' | 'aliases' | 'registry' | 'now' | 'skew'>;
type TenantRef = Pick<Tenant, 'id'>;

/** Microseconds since the epoch; absent and null are open. */
export interface LineageOptions {
  /** Inclusive. Narrows what is shown; the path is followed from the person's first span all the same. */
  readonly fromUs?: number | null;
  /** Exclusive. */
  readonly toUs?: number | null;
  /** Answer as of this past instant. */
  readonly asOfUs?: number | null;
  readonly minConfidence?: Confidence;
  readonly limits?: Partial<LineageLimits>;
}

interface Person {
  readonly subjectId: string;
  readonly members: readonly string[];
}

export interface PersonPath {
  readonly answer: LineageAnswer;
  /** Record refs by store node, deleted ones left out: what a plan hands to its tasks. */
  readonly refsByStore: Map<string, string[]>;
  /** In time order; the answer's edges are made of these. */
  readonly flows: readonly Flow[];
}

/**
 * One person's lineage (design 04, 07). Linked subjects answer as one, under the canonical id (ruling 29).
 *
 * @throws VestigeError `not_found` for an unknown or foreign subject (ruling 34); `store_unavailable`
 */
export async function lineageOf(
  deps: LineageDeps,
  tenant: TenantRef,
  subjectId: string,
  options: LineageOptions = {},
): Promise<LineageAnswer> {
  return (await lineageWithRefs(deps, tenant, subjectId, options)).answer;
}

/** The same with what plans, timelines and explanations are made from. */
export async function lineageWithRefs(
  deps: LineageDeps,
  tenant: TenantRef,
  subjectId: string,
  options: LineageOptions = {},
): Promise<PersonPath> {
  return pathOf(deps, tenant, await knownPerson(deps, tenant.id, subjectId), options);
}

/** The same for somebody who was looked up already. */
export async function pathOf(
  deps: LineageDeps,
  tenant: TenantRef,
  person: Person,
  options: LineageOptions = {},
): Promise<PersonPath> {
  const begun = await begin(deps, tenant, person, options);
  const [closure, known] = await Promise.all([
    followPerson(deps, tenant, person.members, begun.tags, begun.follow),
    begun.gaps,
  ]);
  return tell(person.subjectId, closure, known, options, begun.follow.directory);
}

/** The person's answer after this many traces, and again whenever there are so many times more. */
const FIRST_TOLD_TRACES = 300;
const TOLD_AGAIN = 4;

/**
 * A heavy person's answer as it grows: each says `truncated` but the last, which is as complete as it can be, however long
 * that takes. Each is told only while the person is still known.
 *
 * @param signal nobody listens any more
 * @throws VestigeError `not_found` also when the person's erasure has begun meanwhile; `store_unavailable`
 */
export async function* growingAnswers(
  deps: LineageDeps,
  tenant: TenantRef,
  subjectId: string,
  options: LineageOptions,
  signal: AbortSignal,
): AsyncGenerator<LineageAnswer> {
  const person = await knownPerson(deps, tenant.id, subjectId);
  const begun = await begin(deps, tenant, person, { ...options, limits: { ...GROWING, ...options.limits } });
  const known = await begun.gaps;
  const rounds = followRounds(deps, tenant, person.members, begun.tags, begun.follow);
  let tellAt = FIRST_TOLD_TRACES;
  for (;;) {
    const { done, value: closure } = await rounds.next();
    if (signal.aborted) return;
    if (!done && closure.traces.followed < tellAt) continue;
    await knownPerson(deps, tenant.id, subjectId);
    const { answer } = tell(person.subjectId, closure, known, options, begun.follow.directory, !done);
    yield answer;
    if (done) return;
    tellAt = closure.traces.followed * TOLD_AGAIN;
  }
}

/** What every answer starts from; what nobody knows is looked up beside the following. */
async function begin(deps: LineageDeps, tenant: TenantRef, person: Person, options: LineageOptions) {
  const { asOfUs = null, limits = {} } = options;
  const [names, tags] = await Promise.all([
    tenantDirectory(deps, tenant),
    personTags(deps, tenant, person.members, { asOfUs, limits }),
  ]);
  const gaps = knownGaps(deps, tenant, tags.rows, options);
  // It is awaited later: until then its failure is not an unhandled one.
  gaps.catch(() => undefined);
  return { tags, gaps, follow: { asOfUs, directory: names, limits } };
}

/** @param more the following goes on */
function tell(
  subjectId: string,
  closure: Closure,
  known: Awaited<ReturnType<typeof knownGaps>>,
  { fromUs = null, toUs = null, asOfUs = null, minConfidence = 'possible' }: LineageOptions,
  names: Directory,
  more = false,
): PersonPath {
  const result = closure.result({ fromUs, toUs, minConfidence });
  const answer: LineageAnswer = {
    subjectId,
    window: { from: isoOrNull(fromUs), to: isoOrNull(toUs), asOf: isoOrNull(asOfUs) },
    nodes: [...result.nodes],
    edges: [...result.edges],
    residency: [...result.residency],
    recipients: [...result.recipients],
    completeness: completenessOf({
      ...known,
      orphanSpans: result.orphanSpans,
      unclearRuns: result.unclearRuns,
      clocks: result.clocks,
      servicesCut: names.servicesCut,
      truncated: result.truncated || more,
      traces: result.traces,
      unregisteredStores: result.residency.map(({ store }) => store).filter((store) => !names.registered(store)),
    }),
  };
  const refsByStore = new Map([...result.refsByStore].map(([store, refs]) => [store, [...refs]]));
  return { answer, refsByStore, flows: result.flows };
}

/**
 * Where no window was asked for, it is the time since the person was first seen, from midnight on: whole days are summed
 * up beforehand, and everybody's spans need not be read for an answer about one person.
 */
async function knownGaps(deps: LineageDeps, tenant: TenantRef, tags: readonly SubjectTag[], options: LineageOptions) {
  const firstUs = tags[0]?.startUs;
  const sinceUs = firstUs === undefined ? null : firstUs - (firstUs % DAY_US);
  const window = {
    fromUs: options.fromUs ?? sinceUs,
    toUs: options.toUs ?? (options.asOfUs == null ? null : options.asOfUs + 1),
  };
  const [watermarks, gaps, cutSpans, olderReadings] = await Promise.all([
    deps.events.watermarks(tenant.id, window),
    deps.events.gaps(tenant.id, window),
    // Whoever was on a link that was cut before the window would have been followed into it.
    deps.events.cutSpans(tenant.id, { ...window, fromUs: sinceUs }),
    deps.events.holdsOlderReadings(tenant.id),
  ]);
  return { watermarks, cutSpans, olderReadings, ...gaps };
}

const DAY_US = 86_400_000_000;

const isoOrNull = (us: number | null) => (us === null ? null : isoOfUs(us));
