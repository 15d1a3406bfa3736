import type { Directory } from '@vestige/core/lineage/directory';
import { exposureOf, type PersonExposure } from '@vestige/core/lineage/exposure';
import { type ExposureAnswer, exposureAnswer } from '@vestige/core/lineage/exposure-answer';
import type { Tenant } from '@vestige/store/control/tenant-store';
import type { LineageDeps } from './answer.ts';
import { tenantDirectory } from './directory.ts';
import { type ExposureTarget, exposureCandidates, isTargetNode, touchesTarget } from './exposure-candidates.ts';
import { type FollowDeps, followPerson, personTags } from './follow-person.ts';

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

/** People followed at a time; more would only wait for each other in the databases. */
const LANES = 4;
/** No further person is begun after this; it leaves room before the API gives a call up. */
const ELAPSED_MS_MAX = 25_000;
const PERSON_LIMITS = { tracesMax: 5_000, roundsMax: 100, elapsedMsMax: 8_000 } as const;

/**
 * Who was affected by a node, an edge or a party in a window (design 04, reverse). Candidates are found backwards; the
 * closure of each says whether and how. Exact when all of them were followed to the end and no trace at the target is
 * left unexplained; else a lower bound, which says so.
 */
export async function exposure(
  deps: LineageDeps,
  tenant: Pick<Tenant, 'id'>,
  question: ExposureQuestion,
): Promise<Exposure> {
  const startedMs = deps.now().getTime();
  const names = await tenantDirectory(deps, tenant);
  const target = canonicalTarget(question.target, names);
  const { subjects, targetTraces, taggedTraces, cut } = await exposureCandidates(deps, tenant, names, target, question);
  const persons = await personsOf(deps, tenant, subjects);

  const affected: ExposedPerson[] = [];
  const explained = new Set<string>();
  let notFollowed = 0;
  const queue = persons.values();
  const lane = async () => {
    for (const person of queue) {
      if (deps.now().getTime() - startedMs > ELAPSED_MS_MAX) {
        notFollowed += 1;
        continue;
      }
      const { flows, truncated } = await flowsOf(deps, tenant, names, person.members);
      for (const { traceId } of flows) explained.add(traceId);
      const found = exposureOf(flows, {
        ...question,
        touches: touchesTarget(target, names),
        isTarget: isTargetNode(target, names),
      });
      if (found !== null) affected.push({ subjectId: person.subjectId, exposure: found });
      else if (truncated) notFollowed += 1;
    }
  };
  await Promise.all(Array.from({ length: LANES }, lane));

  const unexplained = targetTraces.filter((traceId) => !explained.has(traceId));
  const people = affected.sort((a, b) => (a.subjectId < b.subjectId ? -1 : 1));
  const answer = exposureAnswer({
    people: people.map((person) => person.exposure),
    directory: names,
    gaps: {
      // A span stays tagged when the person it was about is erased: nobody leads to them any more.
      unexplainedTraces: unexplained.filter((traceId) => !taggedTraces.has(traceId)).length,
      erasedTraces: notFollowed > 0 ? 0 : unexplained.filter((traceId) => taggedTraces.has(traceId)).length,
      notFollowed,
      searchCut: cut,
      uncategorised: people.filter((person) => person.exposure.uncategorised).length,
    },
  });
  return { answer, people };
}

/** Under the names that flows have. */
function canonicalTarget(target: ExposureTarget, { canonical }: Directory): ExposureTarget {
  if ('node' in target) return { node: canonical(target.node) };
  if ('edge' in target) return { edge: { from: canonical(target.edge.from), to: canonical(target.edge.to) } };
  return target;
}

/** Linked subjects are one person (ruling 29); a subject that was erased meanwhile is nobody. */
async function personsOf(
  deps: Pick<LineageDeps, 'aliases'>,
  tenant: Pick<Tenant, 'id'>,
  subjects: readonly string[],
): Promise<{ subjectId: string; members: readonly string[] }[]> {
  const persons = new Map<string, { subjectId: string; members: readonly string[] }>();
  const known = new Set<string>();
  for (const subject of subjects) {
    if (known.has(subject)) continue;
    const person = await deps.aliases.canonical(tenant.id, subject);
    if (person === null) continue;
    for (const member of person.members) known.add(member);
    persons.set(person.subjectId, person);
  }
  return [...persons.values()];
}

/** Downstream has no end: what was affected in the window may go on until today. */
async function flowsOf(deps: FollowDeps, tenant: Pick<Tenant, 'id'>, names: Directory, members: readonly string[]) {
  const tags = await personTags(deps, tenant, members, { asOfUs: null });
  const closure = await followPerson(deps, tenant, members, tags, {
    asOfUs: null,
    directory: names,
    limits: PERSON_LIMITS,
  });
  const { flows, truncated } = closure.result();
  return { flows, truncated };
}
