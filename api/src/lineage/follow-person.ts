import type { ClosureLimits } from '@vestige/core/lineage/asking';
import { Closure, isEmpty } from '@vestige/core/lineage/closure';
import type { Directory } from '@vestige/core/lineage/directory';
import type { Facts, SubjectTag } from '@vestige/core/lineage/facts';
import type { Tenant } from '@vestige/store/control/tenant-store';
import type { Bounded } from '@vestige/store/events/event-store';
import type { ApiDeps } from '../deps.ts';

export type FollowDeps = Pick<ApiDeps, 'events' | 'aliases' | 'now' | 'skew'>;

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

/** What takes minutes is given as it grows; nobody waits for it in silence. */
export const GROWING: Partial<LineageLimits> = { tracesPerRound: 300, roundsMax: 10_000, elapsedMsMax: 600_000 };

/** Tagged spans read for each trace that is to be followed: more than nearly any trace has. */
const TAGS_PER_TRACE = 50;

/** Limits for following the oldest traces of somebody only, whose tags would be too many to read for a first answer. */
export function firstTraces(tracesMax: number): Partial<LineageLimits> {
  return { tracesMax, tagsMax: Math.min(LIMITS.tagsMax, tracesMax * TAGS_PER_TRACE) };
}

/** The spans tagged with the person, oldest first: where following begins. */
export function personTags(
  deps: Pick<FollowDeps, 'events'>,
  tenant: Pick<Tenant, 'id'>,
  members: readonly string[],
  { asOfUs, limits }: { readonly asOfUs: number | null; readonly limits?: Partial<LineageLimits> },
): Promise<Bounded<SubjectTag>> {
  return deps.events.subjectTags(tenant.id, {
    subjectIds: members,
    fromUs: null,
    toUs: asOfUs === null ? null : asOfUs + 1,
    limit: limits?.tagsMax ?? LIMITS.tagsMax,
  });
}

export interface FollowOptions {
  readonly asOfUs: number | null;
  readonly directory: Directory;
  readonly limits?: Partial<LineageLimits>;
}

/**
 * Follows one person's data from the spans tagged with them, round by round, until nothing more is needed or a limit is
 * reached, which the closure then says.
 *
 * @param members all subject ids that are this person
 */
export async function followPerson(
  deps: FollowDeps,
  tenant: Pick<Tenant, 'id'>,
  members: readonly string[],
  tags: Bounded<SubjectTag>,
  options: FollowOptions,
): Promise<Closure> {
  const rounds = followRounds(deps, tenant, members, tags, options);
  for (;;) {
    const { done, value } = await rounds.next();
    if (done) return value;
  }
}

/** The same closure after each round; it is done when the rounds are. */
export async function* followRounds(
  deps: FollowDeps,
  tenant: Pick<Tenant, 'id'>,
  members: readonly string[],
  tags: Bounded<SubjectTag>,
  options: FollowOptions,
): AsyncGenerator<Closure, Closure> {
  const { asOfUs, directory, limits: given = {} } = options;
  const limits = { ...LIMITS, ...given };
  const startedMs = deps.now().getTime();
  const closure = new Closure(tags.rows, {
    nowUs: startedMs * 1000,
    asOfUs,
    directory,
    limits: given,
    ...(deps.skew && { skew: deps.skew }),
  });
  if (tags.cut) closure.truncate();
  const { spansPerRoundMax: spansMax, hitsPerKeyMax } = limits;
  for (let round = 0; ; round++) {
    const needs = closure.needs();
    if (isEmpty(needs)) return closure;
    if (round >= limits.roundsMax || deps.now().getTime() - startedMs > limits.elapsedMsMax) {
      closure.truncate();
      return closure;
    }
    const facts = await deps.events.facts(tenant.id, needs, { spansMax, hitsPerKeyMax });
    closure.add(await withStatedPerson(deps, tenant, members, facts));
    yield closure;
  }
}

/**
 * A job run that states a set of people says for each of them whether it worked on their data (rule 7). One that names a set
 * which nobody made, misspelt or another tenant's, has not said whom it left out.
 */
export async function withStatedPerson(
  deps: { readonly aliases: Pick<ApiDeps['aliases'], 'setsWith'> },
  tenant: Pick<Tenant, 'id'>,
  members: readonly string[],
  facts: Facts,
): Promise<Facts> {
  const sets = [...new Set(facts.datasets.flatMap(({ subjectSets = [] }) => subjectSets))];
  if (sets.length === 0) return facts;
  const known = await deps.aliases.setsWith(tenant.id, sets, members);
  return {
    ...facts,
    datasets: facts.datasets.map((edge) => {
      const said = edge.subjectSets?.map((set) => known.get(set)) ?? [undefined];
      if (said.includes(true)) return { ...edge, statesPerson: true };
      return said.includes(undefined) ? edge : { ...edge, statesPerson: false };
    }),
  };
}
