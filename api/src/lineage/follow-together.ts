import { setImmediate } from 'node:timers/promises';
import type { ClosureLimits } from '@vestige/core/lineage/asking';
import { Closure, type ClosureResult, isEmpty } from '@vestige/core/lineage/closure';
import type { Directory } from '@vestige/core/lineage/directory';
import type { Needs, PersonTag, SubjectTag } from '@vestige/core/lineage/facts';
import { compareText } from '@vestige/core/lineage/flow';
import { joinedNeeds, SharedFacts, SharedTraces } from '@vestige/core/lineage/together';
import type { Tenant } from '@vestige/store/control/tenant-store';
import type { ApiDeps } from '../deps.ts';
import { withStatedPerson } from './follow-person.ts';

export interface TogetherDeps extends Pick<ApiDeps, 'skew'> {
  readonly events: Pick<ApiDeps['events'], 'facts' | 'tagsOfSubjects'>;
  readonly aliases: Pick<ApiDeps['aliases'], 'setsWith'>;
}

/** Somebody to follow, and about how many spans they are tagged on. */
export interface Followed {
  readonly subjectId: string;
  readonly members: readonly string[];
  readonly spans: number;
}

export interface TogetherLimits {
  /** Of one person: whoever has more of these is followed by a question of their own. */
  readonly tracesPerPersonMax: number;
  readonly tagsPerPersonMax: number;
  /** Of one group. Whoever is heavier by themselves is a group of one. */
  readonly peoplePerGroup: number;
  readonly tagsPerGroupMax: number;
  /** In memory at once for one group; whoever wants more when there are so many is followed no further. */
  readonly spansHeldMax: number;
  readonly spansPerRoundMax: number;
  /**
   * Spans that the people of one group look at, each counted for everybody who does. They share the spans, but what follows
   * from them about each, some hundred bytes a span, is their own: whoever would exceed this is followed no further.
   */
  readonly looksMax: number;
  readonly hitsPerKeyMax: number;
  readonly roundsMax: number;
}

const LIMITS: TogetherLimits = {
  tracesPerPersonMax: 5_000,
  tagsPerPersonMax: 50_000,
  peoplePerGroup: 500,
  tagsPerGroupMax: 40_000,
  spansHeldMax: 150_000,
  spansPerRoundMax: 150_000,
  looksMax: 600_000,
  hitsPerKeyMax: 10_000,
  roundsMax: 100,
};

/** What may take minutes, because nobody waits for it in silence. */
export const UNHURRIED: Partial<TogetherLimits> = {
  tracesPerPersonMax: 20_000,
  tagsPerPersonMax: 200_000,
  spansPerRoundMax: 250_000,
};

/** Small groups first, so that something is known early, and then larger ones, whose reads share more. */
const TAGS_PER_FIRST_GROUP = 4_000;
/** While one is read for, another one is concluded about. */
const GROUPS_AT_ONCE = 2;

export type Told = (subjectId: string, found: Pick<ClosureResult, 'flows' | 'truncated' | 'clocks'>) => void;

export interface TogetherOptions {
  /** Of one who was followed to the end, or as far as the limits allow, which is then said. */
  readonly told: Told;
  /** When nobody further is begun, and those begun are given up without being told of. */
  readonly isLate: () => boolean;
  /** For what is kept no longer than this instant. */
  readonly nowUs: number;
  readonly limits?: Partial<TogetherLimits>;
}

/**
 * Follows many people at once, each by a closure of their own, so that each answer is the one they would get if they were
 * asked about alone; what several need, and what lies side by side, is read and understood once. Those with the fewest
 * spans come first.
 */
export async function followTogether(
  deps: TogetherDeps,
  tenant: Pick<Tenant, 'id'>,
  names: Directory,
  people: readonly Followed[],
  options: TogetherOptions,
): Promise<void> {
  const limits = { ...LIMITS, ...options.limits };
  const light = people
    .filter(({ spans }) => spans <= limits.tagsPerPersonMax)
    .sort((a, b) => a.spans - b.spans || compareText(a.subjectId, b.subjectId));
  const groups = groupsOf(light, limits);
  const work = async () => {
    for (const group of groups) {
      if (options.isLate()) return;
      await followGroup(deps, tenant, names, group, { ...options, limits });
    }
  };
  await Promise.all(Array.from({ length: GROUPS_AT_ONCE }, work));
}

function* groupsOf(
  people: readonly Followed[],
  { peoplePerGroup, tagsPerGroupMax }: TogetherLimits,
): Generator<readonly Followed[]> {
  let tagsMax = Math.min(TAGS_PER_FIRST_GROUP, tagsPerGroupMax);
  let group: Followed[] = [];
  let tags = 0;
  for (const person of people) {
    if (group.length > 0 && (tags + person.spans > tagsMax || group.length >= peoplePerGroup)) {
      yield group;
      group = [];
      tags = 0;
      tagsMax = Math.min(tagsPerGroupMax, tagsMax * 2);
    }
    group.push(person);
    tags += person.spans;
  }
  if (group.length > 0) yield group;
}

interface Open {
  readonly person: Followed;
  readonly closure: Closure;
}

async function followGroup(
  deps: TogetherDeps,
  tenant: Pick<Tenant, 'id'>,
  names: Directory,
  group: readonly Followed[],
  { told, isLate, nowUs, limits }: TogetherOptions & { readonly limits: TogetherLimits },
): Promise<void> {
  const { spansHeldMax, spansPerRoundMax, looksMax, hitsPerKeyMax, roundsMax } = limits;
  let open = await begun(deps, tenant, names, group, nowUs, limits);
  const finish = ({ person, closure }: Open) => told(person.subjectId, closure.ownFlows());
  const giveUp = (one: Open) => {
    one.closure.truncate();
    finish(one);
  };
  const traces = new SharedTraces(names.canonical);
  for (let round = 0; open.length > 0; round += 1) {
    const asking: (Open & { readonly needs: Needs })[] = [];
    for (const one of open) {
      // What follows from many spans takes its time: others are served in between.
      await setImmediate();
      if (isLate()) return;
      const needs = one.closure.needs();
      if (isEmpty(needs)) finish(one);
      else if (round >= roundsMax) giveUp(one);
      else if (traces.spanCount >= spansHeldMax && traces.missing(needs.traces).length > 0) giveUp(one);
      else asking.push({ ...one, needs });
    }
    if (asking.length === 0) return;
    const wanted = joinedNeeds(asking.map(({ needs }) => needs));
    const missing = traces.missing(wanted.traces);
    const facts = await deps.events.facts(
      tenant.id,
      { ...wanted, traces: missing },
      { spansMax: spansPerRoundMax, hitsPerKeyMax },
    );
    traces.add(missing, facts.spans, facts.cut);
    const shared = new SharedFacts(facts);
    open = [];
    let looks = asking.reduce((sum, { closure }) => sum + closure.spanCount, 0);
    for (const { person, closure, needs } of asking) {
      const own = traces.of(needs.traces);
      const more = own.traces.reduce((sum, { spans }) => sum + spans.size, 0);
      if (looks + more > looksMax) {
        looks -= closure.spanCount;
        giveUp({ person, closure });
        continue;
      }
      looks += more;
      if (own.cut) closure.truncate();
      closure.add(await withStatedPerson(deps, tenant, person.members, shared.for(needs)), own.traces);
      open.push({ person, closure });
    }
  }
}

async function begun(
  { events, skew }: TogetherDeps,
  tenant: Pick<Tenant, 'id'>,
  directory: Directory,
  group: readonly Followed[],
  nowUs: number,
  { tagsPerGroupMax, tagsPerPersonMax, tracesPerPersonMax }: TogetherLimits,
): Promise<Open[]> {
  const subjects = group.flatMap(({ members }) => members);
  const tags = await events.tagsOfSubjects(tenant.id, subjects, tagsPerGroupMax + tagsPerPersonMax);
  const bySubject = Map.groupBy(tags.rows, ({ subjectId }) => subjectId);
  const limits: Partial<ClosureLimits> = { tracesMax: tracesPerPersonMax, tracesPerRound: tracesPerPersonMax };
  return group.map((person) => {
    const own = tagsOfOne(person.members.flatMap((member) => bySubject.get(member) ?? []));
    const closure = new Closure(own, { nowUs, directory, limits, ...(skew && { skew }) });
    if (tags.cut) closure.truncate();
    return { person, closure };
  });
}

/** As `subject tags` answers them: oldest first, of several tags of one span the first, its own before one on a link. */
function tagsOfOne(tags: readonly PersonTag[]): SubjectTag[] {
  const sorted = tags.toSorted(
    (a, b) =>
      a.startUs - b.startUs ||
      compareText(a.traceId, b.traceId) ||
      compareText(a.spanId, b.spanId) ||
      Number(a.viaLink) - Number(b.viaLink),
  );
  return sorted.filter((tag, i) => tag.spanId !== sorted[i - 1]?.spanId || tag.traceId !== sorted[i - 1]?.traceId);
}
