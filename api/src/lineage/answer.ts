import type { Confidence, LineageAnswer } from '@vestige/core/lineage/answer';
import type { ClosureLimits } from '@vestige/core/lineage/asking';
import { Closure, isEmpty } from '@vestige/core/lineage/closure';
import { completenessOf } from '@vestige/core/lineage/completeness';
import type { SubjectTag } from '@vestige/core/lineage/facts';
import type { Flow } from '@vestige/core/lineage/flow';
import { isoOfUs } from '@vestige/core/lineage/time';
import type { Tenant } from '@vestige/store/control/tenant-store';
import type { ApiDeps } from '../deps.ts';
import { knownPerson } from '../subjects/routes.ts';
import { tenantDirectory } from './directory.ts';

export type LineageDeps = Pick<ApiDeps, 'events' | 'aliases' | 'registry' | 'now'>;
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

export interface LineageLimits extends ClosureLimits {
  /** Tagged spans of the person. */
  readonly tagsMax: number;
  /** Round trips to the event store, and the time after which no further one is started. */
  readonly roundsMax: number;
  readonly elapsedMsMax: number;
  /** Rows of one round. */
  readonly spansPerRoundMax: number;
  readonly hitsPerKeyMax: number;
}

/** An answer that reaches one of these says `truncated`. The time leaves room before the API gives a call up. */
const LIMITS = {
  tagsMax: 200_000,
  roundsMax: 500,
  elapsedMsMax: 25_000,
  spansPerRoundMax: 200_000,
  hitsPerKeyMax: 10_000,
} as const;

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
  const person = await knownPerson(deps, tenant.id, subjectId);
  const limits = { ...LIMITS, ...options.limits };
  const [names, tags] = await Promise.all([
    tenantDirectory(deps, tenant),
    deps.events.subjectTags(tenant.id, {
      subjectIds: person.members,
      fromUs: null,
      toUs: options.asOfUs == null ? null : options.asOfUs + 1,
      limit: limits.tagsMax,
    }),
  ]);
  const closure = new Closure(tags.rows, {
    nowUs: deps.now().getTime() * 1000,
    asOfUs: options.asOfUs ?? null,
    directory: names,
    limits: options.limits ?? {},
  });
  if (tags.cut) closure.truncate();
  const [, known] = await Promise.all([
    fetchAll(deps, tenant, closure, limits),
    knownGaps(deps, tenant, tags.rows, options),
  ]);

  const { fromUs = null, toUs = null, asOfUs = null, minConfidence = 'possible' } = options;
  const result = closure.result({ fromUs, toUs, minConfidence });
  const answer: LineageAnswer = {
    subjectId: person.subjectId,
    window: { from: isoOrNull(fromUs), to: isoOrNull(toUs), asOf: isoOrNull(asOfUs) },
    nodes: [...result.nodes],
    edges: [...result.edges],
    residency: [...result.residency],
    recipients: [...result.recipients],
    completeness: completenessOf({
      ...known,
      orphanSpans: result.orphanSpans,
      truncated: result.truncated,
      unregisteredStores: result.residency.map(({ store }) => store).filter((store) => !names.registered(store)),
    }),
  };
  const refsByStore = new Map([...result.refsByStore].map(([store, refs]) => [store, [...refs]]));
  return { answer, refsByStore, flows: result.flows };
}

async function fetchAll(deps: LineageDeps, tenant: TenantRef, closure: Closure, limits: LineageLimitsGiven) {
  const startedMs = deps.now().getTime();
  for (let round = 0; ; round++) {
    const needs = closure.needs();
    if (isEmpty(needs)) return;
    if (round >= limits.roundsMax || deps.now().getTime() - startedMs > limits.elapsedMsMax) {
      closure.truncate();
      return;
    }
    const { spansPerRoundMax: spansMax, hitsPerKeyMax } = limits;
    closure.add(await deps.events.facts(tenant.id, needs, { spansMax, hitsPerKeyMax }));
  }
}

type LineageLimitsGiven = Pick<LineageLimits, keyof typeof LIMITS>;

/** Where no window was asked for, it is the time since the person was first seen. */
async function knownGaps(deps: LineageDeps, tenant: TenantRef, tags: readonly SubjectTag[], options: LineageOptions) {
  const window = {
    fromUs: options.fromUs ?? tags[0]?.startUs ?? null,
    toUs: options.toUs ?? (options.asOfUs == null ? null : options.asOfUs + 1),
  };
  const [watermarks, gaps] = await Promise.all([
    deps.events.watermarks(tenant.id, window),
    deps.events.gaps(tenant.id, window),
  ]);
  return { watermarks, ...gaps };
}

const isoOrNull = (us: number | null) => (us === null ? null : isoOfUs(us));
