import { MILLISECOND_US } from '@vestige/core/lineage/clock';
import type { Directory } from '@vestige/core/lineage/directory';
import { mayAct } from '@vestige/core/node/may-act';
import type { Tenant } from '@vestige/store/control/tenant-store';
import type { ApiDeps } from '../deps.ts';
import { type ExposureTarget, isEnd, namedBy } from './exposure-target.ts';

export type ExposureEvents = Pick<
  ApiDeps['events'],
  | 'nodesSeen'
  | 'tracesAt'
  | 'conversationsAt'
  | 'runsAt'
  | 'nodesOfRuns'
  | 'sourcesOf'
  | 'facts'
  | 'keySpans'
  | 'tellers'
  | 'peopleOfTraces'
  | 'tagsOfTraces'
  | 'tagsOfSubjects'
  | 'taggedSpans'
  | 'cutSpans'
  | 'holdsOlderReadings'
>;

export interface ExposureWindow {
  readonly fromUs: number;
  readonly toUs: number;
}

/** Where the flows that are asked about can be. */
export interface TracesAtTarget {
  /** In which the target acted or was touched in the window. */
  readonly direct: readonly string[];
  /** Later turns of conversations in which it had a turn: what it left there is brought in without it. */
  readonly turns: readonly string[];
  /** From which batch jobs that were at the target in the window can have brought data there; [] where none were. */
  readonly sources: readonly string[];
  /** Whether a batch job was at the target in the window. */
  readonly jobs: boolean;
  /** Whether a turn of a conversation can be a flow of the target. */
  readonly acts: boolean;
  readonly cut: boolean;
}

const SEEN_MAX = 50_000;
const RUN_NODES_MAX = 20_000;
const TRACES_MAX = 30_000;
const SOURCE_TRACES_MAX = 20_000;
const CONVERSATIONS_MAX = 50_000;
const TURNS_PER_CONVERSATION_MAX = 1_000;
const DATASETS_MAX = 1_000;
const DAY_US = 86_400_000_000;
/** Clocks of jobs and spans may disagree by less than this, whatever is configured. */
const SLACK_US = 2_000_000;

export async function tracesAtTarget(
  deps: { readonly events: ExposureEvents },
  tenant: Pick<Tenant, 'id'>,
  names: Directory,
  target: ExposureTarget,
  { fromUs, toUs }: ExposureWindow,
): Promise<TracesAtTarget> {
  const { events } = deps;
  // What began the day before may have run into the window.
  const dayBeforeUs = Math.max(0, fromUs - DAY_US);
  const whenRun = { fromUs: Math.max(0, fromUs - SLACK_US), toUs: toUs + SLACK_US };
  const [seen, ran] = await Promise.all([
    events.nodesSeen(tenant.id, { fromUs: dayBeforeUs, toUs }, SEEN_MAX),
    events.nodesOfRuns(tenant.id, whenRun, RUN_NODES_MAX),
  ]);
  const ends = new Set(namedBy(target).flatMap((id) => names.spellings(id)));
  for (const { id, host } of seen.rows) if (isEnd(target, names, names.canonical(id), host)) ends.add(id);
  for (const id of ran.rows) if (isEnd(target, names, names.canonical(id), '')) ends.add(id);
  const nodes = [...ends];
  const acting = nodes.filter(mayAct);
  const [direct, turns, runs] = await Promise.all([
    events.tracesAt(tenant.id, nodes, { fromUs, toUs }, TRACES_MAX),
    laterTurns(events, tenant, acting, { fromUs: Math.max(0, fromUs - MILLISECOND_US), toUs }),
    events.runsAt(tenant.id, nodes, whenRun),
  ]);
  const sources = runs.any
    ? await sourceTraces(events, tenant, names, nodes, runs.read, toUs)
    : { traces: [], cut: false };
  const known = new Set(direct.rows);
  return {
    direct: direct.rows,
    turns: turns.traces.filter((traceId) => !known.has(traceId)),
    sources: sources.traces,
    jobs: runs.any,
    acts: acting.length > 0,
    cut: [seen, ran, direct, turns, sources].some(({ cut }) => cut),
  };
}

/** A turn is taken when its span starts, up to the resolution of its clock. */
async function laterTurns(
  events: ExposureEvents,
  tenant: Pick<Tenant, 'id'>,
  acting: readonly string[],
  { fromUs, toUs }: ExposureWindow,
): Promise<{ traces: string[]; cut: boolean }> {
  if (acting.length === 0) return { traces: [], cut: false };
  // What a later turn took may be dated after it, by the skew that is tolerated between clocks.
  const conversations = await events.conversationsAt(tenant.id, acting, toUs + SLACK_US, CONVERSATIONS_MAX);
  const hits = await events.facts(
    tenant.id,
    { traces: [], jumps: conversations.rows.map((key) => ({ key, fromUs })), linksTo: [], datasets: [] },
    { spansMax: 0, hitsPerKeyMax: TURNS_PER_CONVERSATION_MAX },
  );
  const traces = hits.jumps.filter(({ startUs }) => startUs < toUs).map(({ traceId }) => traceId);
  return { traces: [...new Set(traces)], cut: conversations.cut || hits.cut };
}

/** Traces at datasets from which runs can have brought data to one of these nodes, over any number of runs. */
async function sourceTraces(
  events: ExposureEvents,
  tenant: Pick<Tenant, 'id'>,
  names: Directory,
  nodes: readonly string[],
  read: readonly string[],
  toUs: number,
): Promise<{ traces: string[]; cut: boolean }> {
  const spelled = (ids: readonly string[]) => ids.flatMap((id) => names.spellings(names.canonical(id)));
  const found = new Set(spelled(read));
  let cut = false;
  for (let next = [...new Set([...nodes, ...found])]; next.length > 0; ) {
    const { rows, cut: more } = await events.sourcesOf(tenant.id, next, DATASETS_MAX);
    cut ||= more || found.size > DATASETS_MAX;
    if (found.size > DATASETS_MAX) break;
    next = spelled(rows).filter((id) => !found.has(id));
    for (const id of next) found.add(id);
  }
  const traces = await events.tracesAt(
    tenant.id,
    [...found],
    { fromUs: null, toUs: toUs + SLACK_US },
    SOURCE_TRACES_MAX,
  );
  return { traces: traces.rows, cut: cut || traces.cut };
}
