import ELK, { type ELK as Elk } from 'elkjs/lib/elk-api.js';
import elkWorkerUrl from 'elkjs/lib/elk-worker.min.js?url';
import { BOX, COLUMN_GAP, type LayoutEdge, type LayoutNode, type Positions } from './column-layout.ts';
import { COLUMNS } from './columns.ts';
import type { LayoutCall, LayoutReply } from './layout.worker.ts';

/** Beyond this, minimising crossings takes seconds (1.3 s of CPU for 500 nodes and 2,000 edges), so columns have to do. */
export const ELK_NODES_MAX = 300;
const ELK_EDGES_MAX = 900;
const ELK_MS_MAX = 4_000;

/** Where the boxes of a path stand. Both ways of finding out run in workers; the page stays free. */
export async function layOut(nodes: readonly LayoutNode[], edges: readonly LayoutEdge[]): Promise<Positions> {
  const start = performance.now();
  const positions = await placed(nodes, edges);
  // `npm run bench -- console` reads it.
  performance.measure('path layout', { start });
  return positions;
}

async function placed(nodes: readonly LayoutNode[], edges: readonly LayoutEdge[]): Promise<Positions> {
  if (nodes.length > ELK_NODES_MAX || edges.length > ELK_EDGES_MAX) return inColumns(nodes, edges);
  try {
    return await layered(nodes, edges);
  } catch {
    // Too slow on this machine, or refused a graph: a plainer picture is better than none.
    return inColumns(nodes, edges);
  }
}

const OPTIONS = {
  'elk.algorithm': 'layered',
  'elk.direction': 'RIGHT',
  'elk.partitioning.activate': 'true',
  'elk.spacing.nodeNode': '16',
  // Its lines are not drawn, so they need no room: only the boxes' places are taken.
  'elk.spacing.edgeNode': '1',
  'elk.spacing.edgeEdge': '1',
  'elk.layered.spacing.edgeNodeBetweenLayers': '1',
  'elk.layered.spacing.edgeEdgeBetweenLayers': '1',
  'elk.layered.spacing.nodeNodeBetweenLayers': String(COLUMN_GAP),
  'elk.layered.nodePlacement.strategy': 'BRANDES_KOEPF',
  'elk.layered.nodePlacement.bk.fixedAlignment': 'BALANCED',
  'elk.layered.considerModelOrder.strategy': 'NODES_AND_EDGES',
  'elk.separateConnectedComponents': 'false',
};

let elk: Elk | null = null;

/** ELK's layered layout with one partition for each column, so that kinds stay together. */
async function layered(nodes: readonly LayoutNode[], edges: readonly LayoutEdge[]): Promise<Positions> {
  elk ??= new ELK({ workerFactory: () => new Worker(elkWorkerUrl) });
  const known = new Set(nodes.map(({ id }) => id));
  const laidOut = await within(
    ELK_MS_MAX,
    elk.layout({
      id: 'path',
      layoutOptions: OPTIONS,
      children: nodes.map(({ id, column }) => ({
        id,
        ...BOX,
        layoutOptions: { 'elk.partitioning.partition': String(COLUMNS.indexOf(column)) },
      })),
      edges: edges
        .filter(({ from, to }) => known.has(from) && known.has(to))
        .map(({ from, to }, i) => ({ id: String(i), sources: [from], targets: [to] })),
    }),
  );
  return new Map(
    (laidOut.children ?? []).map(({ id, x = 0, y = 0 }) => [id, { x: x + BOX.width / 2, y: y + BOX.height / 2 }]),
  );
}

async function within<T>(ms: number, work: Promise<T>): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    elk?.terminateWorker();
    elk = null;
    reject(new Error(`no layout within ${ms} ms`));
  }, ms);
  return Promise.race([work, promise]).finally(() => clearTimeout(timer));
}

let worker: Worker | null = null;
let calls = 0;

function inColumns(nodes: readonly LayoutNode[], edges: readonly LayoutEdge[]): Promise<Positions> {
  worker ??= new Worker(new URL('./layout.worker.ts', import.meta.url), { type: 'module' });
  const call = ++calls;
  const { promise, resolve, reject } = Promise.withResolvers<Positions>();
  const replied = ({ data }: MessageEvent<LayoutReply>) => data.call === call && resolve(data.positions);
  const failed = () => reject(new Error('the layout failed'));
  const called = worker;
  called.addEventListener('message', replied);
  called.addEventListener('error', failed);
  called.postMessage({
    call,
    nodes: nodes.map(({ id, column }) => ({ id, column })),
    edges: edges.map(({ from, to }) => ({ from, to })),
  } satisfies LayoutCall);
  return promise.finally(() => {
    called.removeEventListener('message', replied);
    called.removeEventListener('error', failed);
  });
}
