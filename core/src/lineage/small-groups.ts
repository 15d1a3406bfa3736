import { GROUP_MIN, roundedCount } from '../access/small-groups.ts';
import type { DataMap } from './data-map.ts';
import type { ExposureAnswer } from './exposure-answer.ts';
import { compareText } from './flow.ts';

/**
 * Answers that count people, for those who may not look at people one by one: every count is rounded down to a multiple
 * of five, and where fewer than five are behind a row, its instants are days. What flows where stays visible.
 */
export const ROUNDED_STATEMENT = `Counts are rounded down to multiples of ${GROUP_MIN}, 0 being fewer than ${GROUP_MIN}: this key may not look at people one by one.`;

export function roundedMap(map: DataMap): DataMap {
  return {
    ...map,
    nodes: map.nodes.map((node) => ({ ...node, ...seenOnDays(node), people: roundedPeople(node.people) })),
    edges: map.edges.map((edge) => ({
      ...edge,
      ...seenOnDays(edge),
      people: roundedPeople(edge.people),
      count: roundedTraces(edge),
    })),
    agents: map.agents.map((flow) => ({ ...flow, people: roundedPeople(flow.people), count: roundedTraces(flow) })),
    drawnFrom: {
      ...map.drawnFrom,
      traces: roundedCount(map.drawnFrom.traces),
      allTraces: roundedCount(map.drawnFrom.allTraces),
    },
    roundedTo: GROUP_MIN,
    statement: `${map.statement} ${ROUNDED_STATEMENT}`.trim(),
  };
}

type People = DataMap['nodes'][number]['people'];

const roundedPeople = (people: People): People =>
  people === null ? null : { count: roundedCount(people.count), exact: false };

/** Nobody is behind what only batch jobs do: their runs may be counted. */
const roundedTraces = ({ people, count }: { readonly people: People; readonly count: number }): number =>
  people === null ? count : roundedCount(count);

function seenOnDays({
  people,
  firstSeen,
  lastSeen,
}: Pick<DataMap['nodes'][number], 'people' | 'firstSeen' | 'lastSeen'>) {
  if (people === null || people.count >= GROUP_MIN) return { firstSeen, lastSeen };
  return { firstSeen: dayOf(firstSeen), lastSeen: dayOf(lastSeen) };
}

const dayOf = (instant: string): string => `${instant.slice(0, 10)}T00:00:00.000Z`;

export function roundedExposure(answer: ExposureAnswer): ExposureAnswer {
  const { affected, gaps } = answer;
  const people = roundedCount(affected.people);
  return {
    affected: {
      people,
      exact: false,
      // The bound of a bound: no more than these, rounded up.
      atMost: affected.atMost === null ? null : roundedCount(affected.atMost) + GROUP_MIN,
      candidates: roundedCount(affected.candidates),
      byConfidence: {
        declared: roundedCount(affected.byConfidence.declared),
        ambient: roundedCount(affected.byConfidence.ambient),
        inferred: roundedCount(affected.byConfidence.inferred),
        possible: roundedCount(affected.byConfidence.possible),
      },
    },
    // In the order of their names where their counts are the same: the order told which is larger.
    categories: answer.categories
      .map((row) => ({ ...row, people: roundedCount(row.people) }))
      .sort((a, b) => b.people - a.people || compareText(a.category, b.category)),
    recipients: answer.recipients
      .map((row) => ({
        ...row,
        ...(row.people < GROUP_MIN && {
          firstDisclosed: dayOf(row.firstDisclosed),
          lastDisclosed: dayOf(row.lastDisclosed),
        }),
        people: roundedCount(row.people),
      }))
      .sort((a, b) => b.people - a.people || compareText(a.party, b.party) || compareText(a.node, b.node)),
    downstream: answer.downstream
      .map((row) => ({ ...row, people: roundedCount(row.people) }))
      .sort((a, b) => b.people - a.people || compareText(a.node, b.node)),
    gaps: {
      ...gaps,
      unexplainedTraces: roundedCount(gaps.unexplainedTraces),
      erasedTraces: roundedCount(gaps.erasedTraces),
      notFollowed: roundedCount(gaps.notFollowed),
      partlyFollowed: roundedCount(gaps.partlyFollowed),
      uncategorised: roundedCount(gaps.uncategorised),
    },
    roundedTo: GROUP_MIN,
    statement: `${people === 0 ? `Fewer than ${GROUP_MIN} people` : `At least ${people} people`} were affected, as far as they could be followed. ${ROUNDED_STATEMENT}`,
  };
}
