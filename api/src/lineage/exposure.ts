import type { Directory } from '@vestige/core/lineage/directory';
import { type ExposureQuestion as CoreQuestion, exposureOf, type PersonExposure } from '@vestige/core/lineage/exposure';
import { type ExposureAnswer, exposureAnswer } from '@vestige/core/lineage/exposure-answer';
import { isOwnWord } from '@vestige/core/lineage/trace-alone';
import type { Tenant } from '@vestige/store/control/tenant-store';
import type { ApiDeps } from '../deps.ts';
import { tenantDirectory } from './directory.ts';
import { toldByTraces } from './exposure-alone.ts';
import { type Candidates, candidatesFor } from './exposure-reach.ts';
import { canonicalTarget, type ExposureTarget, isTargetNode, touchesTarget } from './exposure-target.ts';
import { type ExposureEvents, tracesAtTarget } from './exposure-traces.ts';
import { type Followed, followTogether } from './follow-together.ts';

/** All that an exposure reads, but for the names of nodes. */
export interface ExposureDeps {
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

/** An exposed person, for those who may see the list. */
export interface ExposedPerson {
  readonly subjectId: string;
  readonly exposure: PersonExposure;
}

export interface Exposure {
  readonly answer: ExposureAnswer;
  /** By subject id. */
  readonly people: readonly ExposedPerson[];
}

/** Since the question: who may have been affected is followed until then; it leaves room before the API gives a call up. */
const WHO_MS_MAX = 22_000;
/** And until then where it went on from there, which may be as long as the years since. */
const WHERE_MS_MAX = 10_000;

/**
 * Who was affected by a node, an edge or a party in a window (design 04, reverse), exactly or as a lower bound that says so
 * (docs/adr/0080-exposure-from-the-traces-at-the-target.md).
 *
 * Most people are settled by the traces at the target themselves. Whom those leave open is followed through all of their
 * traces, many at once; and then, as far as time allows, everybody who was affected, for where it went on.
 */
export async function exposure(
  deps: ExposureDeps & Pick<ApiDeps, 'registry'>,
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
): Promise<Exposure> {
  const startedMs = deps.now().getTime();
  const target = canonicalTarget(question.target, names);
  const asked: CoreQuestion = {
    ...question,
    touches: touchesTarget(target, names),
    isTarget: isTargetNode(target, names),
  };
  const at = await tracesAtTarget(deps, tenant, names, target, question);
  const candidates = await candidatesFor(
    deps,
    tenant,
    names,
    [...at.direct, ...at.turns, ...at.sources],
    question.toUs,
  );
  const told = await toldByTraces(deps, tenant, names, at, candidates);
  const open = new Set([...told.open, ...candidates.peopleOf(at.sources)]);

  const affected = new Map<string, PersonExposure>();
  for (const [subjectId, flows] of told.flows) {
    const found = exposureOf(flows, asked);
    if (found !== null) affected.set(subjectId, found);
  }
  const explained = new Set(told.explained);
  const follow = async (people: readonly string[], untilMs: number) =>
    followTogether(
      deps,
      tenant,
      names,
      await weighed(deps, tenant, candidates, people),
      untilMs,
      (subjectId, result) => {
        for (const { traceId, actor } of result.flows) if (!actor) explained.add(traceId);
        const found = exposureOf(result.flows, asked);
        // Of what was cut off a delete may be missing, which takes back what was only inferred.
        const sure = found !== null && (!result.truncated || (isOwnWord(found) && !affected.has(subjectId)));
        if (sure) affected.set(subjectId, found);
      },
    );
  const undecided = new Set([...open].filter((subjectId) => !affected.has(subjectId)));
  const lost = await follow([...undecided], startedMs + WHO_MS_MAX);
  // Whoever was found although they were cut off was affected; of whom not, nobody knows.
  const notFollowed = [...lost].filter((subjectId) => !affected.has(subjectId));
  const unfinished = [...affected.keys()].filter(
    (subjectId) => !undecided.has(subjectId) && (question.includeDownstream || open.has(subjectId)),
  );
  const partly = await follow(unfinished, startedMs + WHERE_MS_MAX);
  for (const subjectId of lost) if (affected.has(subjectId)) partly.add(subjectId);

  const people = [...affected]
    .map(([subjectId, found]) => ({ subjectId, exposure: found }))
    .sort((a, b) => (a.subjectId < b.subjectId ? -1 : 1));
  const unnamed = at.direct.filter((traceId) => !explained.has(traceId) && !told.ownWork.has(traceId));
  const doubtful = new Set(notFollowed);
  const settled = unnamed.filter((traceId) => ![...candidates.peopleOf([traceId])].some((one) => doubtful.has(one)));
  const answer = exposureAnswer({
    people: people.map((person) => person.exposure),
    directory: names,
    candidates: new Set([...told.flows.keys(), ...open]).size,
    gaps: {
      // A span stays tagged when the person it was about is erased: nobody leads to them any more.
      unexplainedTraces: settled.filter((traceId) => !told.tagged.has(traceId)).length,
      erasedTraces: settled.filter((traceId) => told.tagged.has(traceId)).length,
      notFollowed: notFollowed.length,
      partlyFollowed: partly.size,
      searchCut: at.cut || candidates.cut || told.cut,
      uncategorised: people.filter((person) => person.exposure.uncategorised).length,
    },
  });
  return { answer, people };
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
