import { setImmediate } from 'node:timers/promises';
import type { ClosureLimits } from '@vestige/core/lineage/asking';
import { Closure, type ClosureResult, isEmpty } from '@vestige/core/lineage/closure';
import type { Directory } from '@vestige/core/lineage/directory';
import type { Needs, PersonTag, SubjectTag } from '@vestige/core/lineage/facts';
import { compareText } from '@vestige/core/lineage/flow';
import { joinedNeeds, SharedFacts } from '@vestige/core/lineage/together';
import type { Tenant } from '@vestige/store/control/tenant-store';
import type { ApiDeps } from '../deps.ts';
import { withStatedPerson } from './follow-person.ts';

export interface TogetherDeps {
  readonly events: Pick<ApiDeps['events'], 'facts' | 'tagsOfSubjects'>;
  readonly aliases: Pick<ApiDeps['aliases'], 'setsWith'>;
  readonly now: ApiDeps['now'];
}

/** Somebody to follow, and about how many spans they are tagged on. */
export interface Followed {
  readonly subjectId: string;
  readonly members: readonly string[];
  readonly spans: number;
}

/** Of one person: whoever has more traces than these is followed by a question of their own. */
const PERSON_LIMITS: Partial<ClosureLimits> = { tracesMax: 5_000, tracesPerRound: 5_000 };
const TAGS_PER_PERSON_MAX = 50_000;
/**
 * Of one group, whose spans are in memory at once, and which is given up as a whole when the time is over: small ones first,
 * so that something is known early, and then larger ones, which share more.
 */
const PEOPLE_PER_GROUP = 250;
const TAGS_PER_FIRST_GROUP = 2_000;
const TAGS_PER_GROUP_MAX = 20_000;
const SPANS_PER_ROUND_MAX = 250_000;
/** Everybody keeps a span that several need once more, about a kilobyte each: whoever would make it more than these is cut off. */
const COPIES_MAX = 600_000;
const HITS_PER_KEY_MAX = 10_000;
const ROUNDS_MAX = 100;

/**
 * Follows many people at once, each by a closure of their own, so that each answer is the one they would get if they were
 * asked about alone; what several need, and what lies side by side, is read once. Those with the fewest spans come first.
 *
 * @param told of one who was followed to the end, or as far as the limits allow, which the result then says
 * @param untilMs when nobody further is begun, and those begun are given up without being told of
 * @returns who was not followed to the end
 */
export async function followTogether(
  deps: TogetherDeps,
  tenant: Pick<Tenant, 'id'>,
  names: Directory,
  people: readonly Followed[],
  untilMs: number,
  told: (subjectId: string, result: ClosureResult) => void,
): Promise<Set<string>> {
  const left = new Set(people.filter(({ spans }) => spans > TAGS_PER_PERSON_MAX).map(({ subjectId }) => subjectId));
  const light = people
    .filter(({ subjectId }) => !left.has(subjectId))
    .sort((a, b) => a.spans - b.spans || compareText(a.subjectId, b.subjectId));
  let tagsMax = TAGS_PER_FIRST_GROUP;
  for (let at = 0; at < light.length; ) {
    const group: Followed[] = [];
    let spans = 0;
    for (const person of light.slice(at, at + PEOPLE_PER_GROUP)) {
      if (group.length > 0 && spans + person.spans > tagsMax) break;
      group.push(person);
      spans += person.spans;
    }
    at += group.length;
    tagsMax = Math.min(TAGS_PER_GROUP_MAX, tagsMax * 2);
    const late = deps.now().getTime() >= untilMs;
    const cut = late
      ? group.map(({ subjectId }) => subjectId)
      : await followGroup(deps, tenant, names, group, untilMs, told);
    for (const subjectId of cut) left.add(subjectId);
  }
  return left;
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
  untilMs: number,
  told: (subjectId: string, result: ClosureResult) => void,
): Promise<string[]> {
  const subjects = group.flatMap(({ members }) => members);
  const tags = await deps.events.tagsOfSubjects(tenant.id, subjects, TAGS_PER_GROUP_MAX + TAGS_PER_PERSON_MAX);
  const bySubject = Map.groupBy(tags.rows, ({ subjectId }) => subjectId);
  const nowUs = deps.now().getTime() * 1000;
  let open: Open[] = group.map((person) => {
    const own = tagsOfOne(person.members.flatMap((member) => bySubject.get(member) ?? []));
    const closure = new Closure(own, { nowUs, directory: names, limits: PERSON_LIMITS });
    if (tags.cut) closure.truncate();
    return { person, closure };
  });
  const cut: string[] = [];
  const finish = ({ person, closure }: Open) => {
    const result = closure.result();
    if (result.truncated) cut.push(person.subjectId);
    told(person.subjectId, result);
  };
  const giveUp = (one: Open) => {
    one.closure.truncate();
    finish(one);
  };
  const isLate = () => deps.now().getTime() >= untilMs;
  let copies = 0;
  for (let round = 0; open.length > 0; round += 1) {
    const asking: (Open & { readonly needs: Needs })[] = [];
    for (const one of open) {
      // What follows from many spans takes its time: others are served in between.
      await setImmediate();
      if (isLate()) {
        cut.push(one.person.subjectId);
        continue;
      }
      const needs = one.closure.needs();
      if (isEmpty(needs)) finish(one);
      else asking.push({ ...one, needs });
    }
    open = [];
    if (asking.length === 0) break;
    if (round >= ROUNDS_MAX) {
      for (const one of asking) giveUp(one);
      break;
    }
    if (isLate()) {
      for (const { person } of asking) cut.push(person.subjectId);
      break;
    }
    const facts = await deps.events.facts(tenant.id, joinedNeeds(asking.map(({ needs }) => needs)), {
      spansMax: SPANS_PER_ROUND_MAX,
      hitsPerKeyMax: HITS_PER_KEY_MAX,
    });
    const shared = new SharedFacts(facts);
    for (const { person, closure, needs } of asking) {
      const own = shared.for(needs);
      if (copies + own.spans.length > COPIES_MAX) {
        giveUp({ person, closure });
        continue;
      }
      copies += own.spans.length;
      closure.add(await withStatedPerson(deps, tenant, person.members, own));
      open.push({ person, closure });
    }
  }
  return cut;
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
