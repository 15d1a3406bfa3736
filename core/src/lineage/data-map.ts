import { z } from 'zod';
import { GROUP_MIN } from '../access/small-groups.ts';
import { ACTIONS, type Action } from '../convention/attributes.ts';
import { parseNodeId } from '../node/kind.ts';
import { NodeKind, PartyRef } from './answer.ts';
import type { Directory } from './directory.ts';
import { compareText, hostAt } from './flow.ts';
import { nodeName } from './graph.ts';
import { officerIds } from './officer-view.ts';
import { countPeople, type PeopleSketch, unionOfPeople } from './people-sketch.ts';
import { isoOfUs } from './time.ts';
import type { TraceModel } from './trace-model.ts';
import { isInHand, isInward } from './trace-state.ts';

/** All traces of one kind: they do the same things to the same nodes. */
export interface TraceShape {
  /** One of them, the newest. */
  readonly traceId: string;
  readonly traces: number;
  readonly firstUs: number;
  readonly lastUs: number;
  /** Everybody tagged in any of them. */
  readonly people: PeopleSketch;
}

/** A job and one dataset of it. */
export interface JobFlow {
  readonly job: string;
  readonly parentJob: string;
  readonly side: 'input' | 'output';
  readonly node: string;
  /** Described by a JobEvent; nothing is known to have moved. */
  readonly design: boolean;
  readonly runs: number;
  readonly categories: readonly string[];
  readonly firstUs: number;
  readonly lastUs: number;
}

const instant = z.iso.datetime({ precision: 3 });
const People = z.strictObject({
  count: z.int(),
  /** False: an estimate, about 6 % off. */
  exact: z.boolean(),
});
const meaning = { categories: z.array(z.string()), purposes: z.array(z.string()) };

export const MapNode = z.strictObject({
  id: z.string(),
  kind: NodeKind,
  name: z.string(),
  party: PartyRef.nullable(),
  /** People in whose traces it took part. Null for what only batch jobs touch: they do not say whose data they move. */
  people: People.nullable(),
  /** Of a job: the job that starts it. */
  partOf: z.string().optional(),
  firstSeen: instant,
  lastSeen: instant,
  ...meaning,
});

export const MapEdge = z.strictObject({
  from: z.string(),
  to: z.string(),
  action: z.enum(ACTIONS),
  /** Traces in which it happens, or runs of a job (at least, where they name it in several ways); 0 for a design. */
  count: z.int(),
  people: People.nullable(),
  /** A job is described to do this; no run of it was seen. */
  design: z.literal(true).optional(),
  firstSeen: instant,
  lastSeen: instant,
  ...meaning,
});

export const AgentFlow = z.strictObject({
  from: z.string(),
  to: z.string(),
  /** The queue or memory between the two; null for a call. */
  via: z.string().nullable(),
  count: z.int(),
  people: People.nullable(),
  ...meaning,
});

export const DataMap = z.strictObject({
  window: z.strictObject({ from: z.string().nullable(), to: z.string().nullable() }),
  nodes: z.array(MapNode),
  edges: z.array(MapEdge),
  /** Which agent or workflow gives what to which other one. */
  agents: z.array(AgentFlow),
  /** Kinds of traces and traces that the map is drawn from, and how many there are. */
  drawnFrom: z.strictObject({ kinds: z.int(), traces: z.int(), allKinds: z.int(), allTraces: z.int() }),
  truncated: z.boolean(),
  /** Counts are rounded down to multiples of this, 0 being fewer: the caller may not look at people one by one. */
  roundedTo: z.literal(GROUP_MIN).optional(),
  statement: z.string(),
});
export type DataMap = z.infer<typeof DataMap>;

export interface MapFacts {
  readonly window: DataMap['window'];
  readonly shapes: readonly (TraceShape & { readonly model: TraceModel })[];
  readonly allShapes: number;
  readonly allTraces: number;
  /** Node ids canonical. */
  readonly jobs: readonly JobFlow[];
  readonly jobsCut: boolean;
  readonly directory: Directory;
  readonly view: 'officer' | 'full';
  readonly nodesMax: number;
  readonly edgesMax: number;
}

interface Step {
  readonly from: string;
  readonly to: string;
  readonly action: Action;
  readonly design: boolean;
  readonly count: number;
  /** Whose runs are counted; '' where traces are. */
  readonly job: string;
  readonly people: PeopleSketch | null;
  readonly categories: readonly string[];
  readonly purposes: readonly string[];
  readonly host: string;
  readonly firstUs: number;
  readonly lastUs: number;
}

/**
 * All flows between nodes in a window, aggregated (design 04): who gives data to whom, of how many people, of which
 * categories, and which party stands behind. A call is drawn once, from caller to callee; that something comes back from
 * it goes without saying. The officer's view collapses nodes as the one of a person does.
 */
export function dataMap(facts: MapFacts): DataMap {
  const steps = [...facts.shapes.flatMap(stepsOfShape), ...stepsOfJobs(facts.jobs)];
  const partOf = new Map(facts.jobs.flatMap(({ job, parentJob }) => (parentJob === '' ? [] : [[job, parentJob]])));
  const full = nodesOf(steps, facts.directory, partOf, (id) => id);
  const shown = facts.view === 'officer' ? officerIds(full) : null;
  const shownAs = (id: string) => shown?.get(id) ?? id;
  const nodes = shown === null ? full : nodesOf(steps, facts.directory, partOf, shownAs);
  const edges = edgesOf(steps, shownAs);
  const keptNodes = nodes.slice(0, facts.nodesMax);
  const kept = new Set(keptNodes.map(({ id }) => id));
  const keptEdges = edges.filter(({ from, to }) => kept.has(from) && kept.has(to)).slice(0, facts.edgesMax);
  const drawnFrom = {
    kinds: facts.shapes.length,
    traces: facts.shapes.reduce((sum, { traces }) => sum + traces, 0),
    allKinds: facts.allShapes,
    allTraces: facts.allTraces,
  };
  const left = { nodes: nodes.length - keptNodes.length, edges: edges.length - keptEdges.length };
  const truncated = drawnFrom.kinds < drawnFrom.allKinds || facts.jobsCut || left.nodes + left.edges > 0;
  return {
    window: facts.window,
    nodes: keptNodes.sort((a, b) => compareText(a.id, b.id)),
    edges: keptEdges.sort(
      (a, b) => compareText(a.from, b.from) || compareText(a.to, b.to) || compareText(a.action, b.action),
    ),
    agents: agentFlows(steps).slice(0, facts.edgesMax),
    drawnFrom,
    truncated,
    statement: statementOf(drawnFrom, left, facts.jobsCut),
  };
}

function stepsOfShape({
  model,
  traces: count,
  people,
  firstUs,
  lastUs,
}: TraceShape & { readonly model: TraceModel }): Step[] {
  const base = { design: false, count, job: '', people, firstUs, lastUs } as const;
  const steps: Step[] = [];
  for (const touch of model.touches) {
    if (touch.outcome !== 'ok' && touch.action !== 'share' && !isInHand(touch)) continue;
    const said = touch.witnesses.map(({ span }) => span.fact);
    for (const node of new Set(touch.holders.map((holder) => holder.node))) {
      const [from, to] = isInward(touch.action) ? [touch.peer, node] : [node, touch.peer];
      steps.push({ ...base, ...meaningOf(said), from, to, action: touch.action, host: touch.host });
    }
  }
  for (const call of model.calls) {
    const said = call.witnesses.map(({ fact }) => fact);
    for (const from of new Set(call.callers.map(({ node }) => node))) {
      if (from === call.callee.node) continue;
      steps.push({ ...base, ...meaningOf(said), from, to: call.callee.node, action: 'share', host: '' });
    }
  }
  return steps;
}

function meaningOf(said: readonly { readonly categories: readonly string[]; readonly purpose: string }[]) {
  return {
    categories: said.flatMap(({ categories }) => categories),
    purposes: said.flatMap(({ purpose }) => (purpose === '' ? [] : [purpose])),
  };
}

/** A described job is drawn only where no run of it did the same. */
function stepsOfJobs(jobs: readonly JobFlow[]): Step[] {
  const ran = new Set(jobs.filter(({ design }) => !design).map(({ job, side, node }) => `${job}\n${side}\n${node}`));
  return jobs
    .filter(({ design, job, side, node }) => !design || !ran.has(`${job}\n${side}\n${node}`))
    .map(({ job, side, node, design, runs, categories, firstUs, lastUs }) => ({
      ...(side === 'input'
        ? { from: node, to: job, action: 'read' as const }
        : { from: job, to: node, action: 'write' as const }),
      design,
      count: design ? 0 : runs,
      job,
      people: null,
      categories,
      purposes: [],
      host: '',
      firstUs,
      lastUs,
    }));
}

/** Most people first, then busiest: what is cut is what touches the fewest. */
function nodesOf(
  steps: readonly Step[],
  directory: Directory,
  partOf: ReadonlyMap<string, string>,
  shownAs: (id: string) => string,
): DataMap['nodes'] {
  const touching = new Map<string, { steps: Step[]; members: Set<string> }>();
  for (const step of steps) {
    for (const id of new Set([step.from, step.to])) {
      const known = touching.get(shownAs(id)) ?? { steps: [], members: new Set<string>() };
      touching.set(shownAs(id), known);
      known.steps.push(step);
      known.members.add(id);
    }
  }
  return [...touching]
    .map(([id, { steps: own, members }]) => {
      const parties = [...members].map((member) =>
        directory.party(member, own.map((step) => hostAt(member, step)).find((host) => host !== '') ?? ''),
      );
      const party = parties.find((one) => one !== null) ?? null;
      const parent = partOf.get(id);
      return {
        id,
        kind: parseNodeId(id)?.kind ?? 'service',
        name: party && id === `recipient:${party.id}` ? party.legalName : nodeName(id),
        party,
        ...(parent === undefined ? {} : { partOf: shownAs(parent) }),
        ...summary(own),
        busy: own.reduce((sum, { count }) => sum + count, 0),
      };
    })
    .sort((a, b) => (b.people?.count ?? 0) - (a.people?.count ?? 0) || b.busy - a.busy || compareText(a.id, b.id))
    .map(({ busy: _, ...node }) => node);
}

function edgesOf(steps: readonly Step[], shownAs: (id: string) => string): DataMap['edges'] {
  const renamed = steps
    .map((step) => ({ ...step, from: shownAs(step.from), to: shownAs(step.to) }))
    .filter(({ from, to }) => from !== to);
  const groups = Map.groupBy(renamed, ({ from, to, action, design }) => [from, to, action, design].join('\n'));
  return [...groups.values()]
    .map((group) => {
      const { from, to, action, design } = group[0] as Step;
      return {
        from,
        to,
        action,
        count: countOf(group),
        ...summary(group),
        ...(design ? { design: true as const } : {}),
      };
    })
    .sort((a, b) => (b.people?.count ?? 0) - (a.people?.count ?? 0) || b.count - a.count);
}

/** One trace kind may do one thing in several spans: its traces count once. Runs of different jobs add up. */
function countOf(group: readonly Step[]): number {
  const byShape = new Map(group.flatMap(({ people, count }) => (people === null ? [] : [[people, count] as const])));
  const byJob = Map.groupBy(
    group.filter(({ people }) => people === null),
    ({ job }) => job,
  );
  const traces = [...byShape.values()].reduce((sum, count) => sum + count, 0);
  return [...byJob.values()].reduce((sum, steps) => sum + runsAmong(steps), traces);
}

/**
 * Runs of one job that name what is drawn as one in several ways: two names of a dataset, two tables of a system. Names in use
 * side by side are nearly always of the same runs, those in use one after the other of different ones.
 */
function runsAmong(steps: readonly Step[]): number {
  let [before, together, untilUs] = [0, 0, Number.NEGATIVE_INFINITY];
  for (const { count, firstUs, lastUs } of steps.toSorted((a, b) => a.firstUs - b.firstUs)) {
    if (firstUs > untilUs) [before, together] = [before + together, 0];
    together = Math.max(together, count);
    untilUs = Math.max(untilUs, lastUs);
  }
  return before + together;
}

function summary(
  steps: readonly Step[],
): Pick<DataMap['edges'][number], 'people' | 'firstSeen' | 'lastSeen' | 'categories' | 'purposes'> {
  const sketches = steps.flatMap(({ people }) => (people === null ? [] : [people]));
  return {
    people: sketches.length === 0 ? null : countPeople(unionOfPeople(new Set(sketches))),
    firstSeen: isoOfUs(steps.reduce((first, { firstUs }) => Math.min(first, firstUs), Number.POSITIVE_INFINITY)),
    lastSeen: isoOfUs(steps.reduce((last, { lastUs }) => Math.max(last, lastUs), 0)),
    categories: [...new Set(steps.flatMap(({ categories }) => categories))].sort(),
    purposes: [...new Set(steps.flatMap(({ purposes }) => purposes))].sort(),
  };
}

const isAgent = (id: string) => id.startsWith('agent:') || id.startsWith('workflow:');
const isBetween = (id: string) => id.startsWith('queue:') || id.startsWith('memory:');

/** Calls, and what one agent puts into a queue or memory from which another one takes. */
function agentFlows(steps: readonly Step[]): DataMap['agents'] {
  const pairs = new Map<string, { from: string; to: string; via: string | null; steps: Step[] }>();
  const add = (from: string, to: string, via: string | null, used: readonly Step[]) => {
    if (from === to) return;
    const key = [from, to, via ?? ''].join('\n');
    const known = pairs.get(key) ?? { from, to, via, steps: [] };
    pairs.set(key, known);
    known.steps.push(...used);
  };
  const into = Map.groupBy(
    steps.filter(({ from, to }) => isAgent(from) && isBetween(to)),
    ({ to }) => to,
  );
  for (const step of steps) {
    if (isAgent(step.from) && isAgent(step.to)) add(step.from, step.to, null, [step]);
    if (!(isBetween(step.from) && isAgent(step.to))) continue;
    for (const put of into.get(step.from) ?? []) add(put.from, step.to, step.from, [put, step]);
  }
  return [...pairs.values()]
    .map(({ from, to, via, steps: used }) => {
      const unique = [...new Set(used)];
      const { people, categories, purposes } = summary(unique);
      // Who takes from a queue took from somebody: only people whom both ends saw are known to have gone the whole way.
      return { from, to, via, count: countOf(unique), people: via === null ? people : null, categories, purposes };
    })
    .sort((a, b) => compareText(a.from, b.from) || compareText(a.to, b.to) || compareText(a.via ?? '', b.via ?? ''));
}

function statementOf(
  drawn: DataMap['drawnFrom'],
  left: { readonly nodes: number; readonly edges: number },
  jobsCut: boolean,
): string {
  if (drawn.allTraces === 0) return 'No span was received in this window, so this map can say nothing about it.';
  const from =
    `This map is drawn from ${drawn.kinds} of ${drawn.allKinds} kinds of traces, ` +
    `which stand for ${drawn.traces} of ${drawn.allTraces} traces; traces that do the same are drawn once.`;
  const gaps = [
    ...(left.nodes > 0 ? [`${left.nodes} nodes that touch the fewest people are left out`] : []),
    ...(left.edges > 0 ? [`${left.edges} edges are left out`] : []),
    ...(jobsCut ? ['not all datasets of batch jobs are shown'] : []),
  ];
  return gaps.length === 0 ? from : `${from} ${gaps.join('; ')}.`;
}
