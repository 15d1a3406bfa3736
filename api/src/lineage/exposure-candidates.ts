import type { Directory } from '@vestige/core/lineage/directory';
import type { Needs, SpanFact } from '@vestige/core/lineage/facts';
import type { Flow } from '@vestige/core/lineage/flow';
import type { Tenant } from '@vestige/store/control/tenant-store';
import type { ApiDeps } from '../deps.ts';

/** What is asked about; node ids canonical, `*` at the end covers every id with that prefix. */
export type ExposureTarget =
  | { readonly node: string }
  | { readonly edge: { readonly from: string; readonly to: string } }
  | { readonly party: string };

const SEEN_MAX = 50_000;
const TRACES_MAX = 20_000;
const SPANS_MAX = 200_000;
const HITS_PER_KEY_MAX = 1_000;
const KEYS_MAX = 50_000;
const DATASETS_MAX = 1_000;
const SUBJECTS_MAX = 5_000;
const ROUNDS_MAX = 30;

const matches = (asked: string, id: string) => (asked.endsWith('*') ? id.startsWith(asked.slice(0, -1)) : id === asked);

/** Whether a node, or the outside host behind it, is what the target means by its own end. */
function isEnd(target: ExposureTarget, names: Directory, id: string, host: string): boolean {
  if ('node' in target) return matches(target.node, id);
  if ('edge' in target) return matches(target.edge.from, id) || matches(target.edge.to, id);
  return names.party(id, host)?.id === target.party;
}

export function touchesTarget(target: ExposureTarget, names: Directory): (flow: Flow) => boolean {
  if ('edge' in target) {
    return ({ from, to }) => matches(target.edge.from, from) && matches(target.edge.to, to);
  }
  // The host is of what the flow goes to, or comes from when it is fetched; `party` ignores it where it does not fit.
  return ({ from, to, host }) => isEnd(target, names, from, '') || isEnd(target, names, to, host);
}

export function isTargetNode(target: ExposureTarget, names: Directory): (id: string) => boolean {
  return (id) => ('edge' in target ? matches(target.edge.to, id) : isEnd(target, names, id, ''));
}

export interface Candidates {
  /** Subjects who may have been affected: everybody who was is among them, unless `cut`. */
  readonly subjects: readonly string[];
  /** Traces that touched the target in the window, other than our own work. */
  readonly targetTraces: readonly string[];
  /** Of all traces looked at, those in which a span says that it handles somebody's data. */
  readonly taggedTraces: ReadonlySet<string>;
  readonly cut: boolean;
}

/**
 * Who may have been affected, found backwards and without regard to time and rules: from the traces that touched the
 * target, over records, conversations, memories, links and batch jobs to every trace from which data can have come, and
 * from those to the people tagged in them. The closure of each then says who really was.
 */
export async function exposureCandidates(
  deps: Pick<ApiDeps, 'events'>,
  tenant: Pick<Tenant, 'id'>,
  names: Directory,
  target: ExposureTarget,
  window: { readonly fromUs: number; readonly toUs: number },
): Promise<Candidates> {
  const seen = await deps.events.nodesSeen(tenant.id, window, SEEN_MAX);
  const ends = new Set(namedBy(target).flatMap((id) => names.spellings(id)));
  for (const { id, host } of seen.rows) if (isEnd(target, names, names.canonical(id), host)) ends.add(id);
  const sources = await sourcesOf(deps, tenant, names, [...ends]);
  const [direct, upstream] = await Promise.all([
    deps.events.tracesAt(tenant.id, [...ends], window, TRACES_MAX),
    deps.events.tracesAt(tenant.id, sources.nodes, { fromUs: null, toUs: window.toUs }, TRACES_MAX),
  ]);
  const reached = await tracesBefore(deps, tenant, names, [...direct.rows, ...upstream.rows], window.toUs);
  const subjects = await deps.events.subjectsOfTraces(tenant.id, reached.traces, SUBJECTS_MAX);
  return {
    subjects: subjects.rows,
    targetTraces: direct.rows.filter((traceId) => !reached.ownWork.has(traceId)),
    taggedTraces: reached.tagged,
    cut: [seen, sources, direct, upstream, reached, subjects].some(({ cut }) => cut),
  };
}

/** Nodes that the target names itself. */
function namedBy(target: ExposureTarget): string[] {
  const named = 'node' in target ? [target.node] : 'edge' in target ? [target.edge.from, target.edge.to] : [];
  return named.filter((id) => !id.endsWith('*'));
}

/** Datasets from which batch jobs can have brought data to one of these, over any number of jobs. */
async function sourcesOf(
  deps: Pick<ApiDeps, 'events'>,
  tenant: Pick<Tenant, 'id'>,
  names: Directory,
  nodes: readonly string[],
): Promise<{ nodes: string[]; cut: boolean }> {
  const found = new Set<string>();
  let cut = false;
  for (let next = [...nodes]; next.length > 0; ) {
    const { rows, cut: more } = await deps.events.sourcesOf(tenant.id, next, DATASETS_MAX);
    cut ||= more || found.size > DATASETS_MAX;
    if (found.size > DATASETS_MAX) break;
    next = rows.flatMap((id) => names.spellings(names.canonical(id))).filter((id) => !found.has(id));
    for (const id of next) found.add(id);
  }
  return { nodes: [...found], cut };
}

/** These traces and all from which data can have come to them. */
async function tracesBefore(
  deps: Pick<ApiDeps, 'events'>,
  tenant: Pick<Tenant, 'id'>,
  names: Directory,
  from: readonly string[],
  toUs: number,
): Promise<{ traces: string[]; ownWork: ReadonlySet<string>; tagged: ReadonlySet<string>; cut: boolean }> {
  const traces = new Set<string>();
  const keys = new Set<string>();
  const ownWork = new Set<string>();
  const tagged = new Set<string>();
  let cut = false;
  let next = [...new Set(from)];
  for (let round = 0; next.length > 0; round += 1) {
    if (round >= ROUNDS_MAX || traces.size + next.length > TRACES_MAX || keys.size > KEYS_MAX) {
      cut = true;
      break;
    }
    for (const traceId of next) traces.add(traceId);
    const found = await ask(deps, tenant, { traces: next });
    for (const { traceId, requestId, attribution } of found.spans) {
      if (requestId !== '') ownWork.add(traceId);
      if (attribution !== 'none') tagged.add(traceId);
    }
    const fresh = [...new Set(found.spans.flatMap((span) => keysInto(span, names)))].filter((key) => !keys.has(key));
    for (const key of fresh) keys.add(key);
    const hits = await ask(deps, tenant, { jumps: fresh.map((key) => ({ key, fromUs: 0 })) });
    cut ||= found.cut || hits.cut;
    const before = [
      ...found.spans.flatMap(({ links }) => links.map(({ traceId }) => traceId)),
      ...hits.jumps.filter(({ startUs }) => startUs < toUs).map(({ traceId }) => traceId),
    ];
    next = [...new Set(before)].filter((traceId) => !traces.has(traceId));
  }
  return { traces: [...traces], ownWork, tagged, cut };
}

function ask(deps: Pick<ApiDeps, 'events'>, tenant: Pick<Tenant, 'id'>, needs: Partial<Needs>) {
  return deps.events.facts(
    tenant.id,
    { traces: [], jumps: [], linksTo: [], datasets: [], ...needs },
    { spansMax: SPANS_MAX, hitsPerKeyMax: HITS_PER_KEY_MAX },
  );
}

/** Keys through which a span may have got data from other traces, in every spelling. */
function keysInto(span: SpanFact, names: Directory): string[] {
  const memories = span.touches.map(({ peer }) => peer).filter((peer) => peer.startsWith('memory:'));
  const named = [...span.recordRefs, ...span.derivedFrom, ...memories];
  return [
    ...named.flatMap((key) => names.spellings(canonicalKey(key, names))),
    ...(span.conversation === '' ? [] : [span.conversation]),
  ];
}

function canonicalKey(key: string, names: Directory): string {
  const hash = key.lastIndexOf('#');
  return hash < 0 ? names.canonical(key) : names.canonical(key.slice(0, hash)) + key.slice(hash);
}
