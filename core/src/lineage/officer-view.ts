import { parseNodeId } from '../node/kind.ts';
import { CONFIDENCES, type Confidence, type LineageAnswer, type LineageEdge, type LineageNode } from './answer.ts';
import { compareText } from './flow.ts';

/** About as many boxes as a person reads in one picture. */
export const OFFICER_NODES_MAX = 50;
const EVIDENCE_MAX = 5;

/** One step of collapsing: the id under which a node is shown, or the node's own id. */
type Step = (node: LineageNode) => string;

/** What the parts of a system have in common: a database, bucket or broker without table or topic, a model's provider. */
const bySystem: Step = ({ id, kind }) => {
  const name = parseNodeId(id)?.name ?? id;
  switch (kind) {
    case 'store':
    case 'queue': {
      const authority = name.indexOf('://');
      const slash = name.indexOf('/', authority < 0 ? 0 : authority + 3);
      return slash < 0 ? id : `${kind}:${name.slice(0, slash)}`;
    }
    case 'memory':
    case 'model':
    case 'job': {
      const slash = name.indexOf('/');
      return slash < 0 ? id : `${kind}:${name.slice(0, slash)}`;
    }
    default:
      return id;
  }
};

const byParty: Step = (node) => (node.party ? `recipient:${node.party.id}` : node.id);

const intoService =
  (...kinds: readonly LineageNode['kind'][]): Step =>
  ({ id, kind }) => {
    const name = parseNodeId(id)?.name ?? '';
    const slash = name.lastIndexOf('/');
    return kinds.includes(kind) && slash > 0 ? `service:${name.slice(0, slash)}` : id;
  };

const together =
  (kind: LineageNode['kind']): Step =>
  (node) =>
    node.kind === kind && !node.party ? `${kind}:*` : node.id;

/** The first always, each further one only while there are too many nodes. */
const STEPS: readonly Step[] = [
  (node) => (node.party ? byParty(node) : bySystem(node)),
  intoService('tool'),
  intoService('agent', 'workflow'),
  together('recipient'),
  together('job'),
  together('store'),
];

/**
 * The picture for a compliance officer. Always: all nodes behind one party become that party, and the parts of a system
 * (tables of a database, models of a provider) become the system. Then, only while more than 50 nodes are left: tools go
 * into their service; agents and workflows too; outside hosts without a party become one; then jobs; then stores. Edges
 * between what became one node disappear, the rest are added up. Residency and recipients stay as they are: they are the
 * statement, the graph is its picture.
 */
export function officerView(answer: LineageAnswer): LineageAnswer {
  return { ...answer, ...collapseForOfficer(answer).graph };
}

/** The node ids behind one node of the officer's picture; of any other id, itself. */
export function officerMembers(answer: LineageAnswer, shownId: string): string[] {
  const { shown } = collapseForOfficer(answer);
  const members = [...shown].filter(([, id]) => id === shownId).map(([id]) => id);
  return members.length > 0 ? members : [shownId];
}

/** Under which id each node of any picture is shown to an officer. How nodes collapse depends on the nodes alone. */
export function officerIds(nodes: readonly Pick<LineageNode, 'id' | 'kind' | 'party'>[]): ReadonlyMap<string, string> {
  const seen = { name: '', firstSeen: '', lastSeen: '', categories: [], purposes: [] };
  return collapseForOfficer({ nodes: nodes.map((node) => ({ ...seen, ...node })), edges: [] }).shown;
}

function collapseForOfficer(answer: Graph): { graph: Graph; shown: ReadonlyMap<string, string> } {
  let graph: Graph = answer;
  let shown = new Map(answer.nodes.map(({ id }) => [id, id]));
  for (const [i, step] of STEPS.entries()) {
    if (i > 0 && graph.nodes.length <= OFFICER_NODES_MAX) break;
    const next = new Map(graph.nodes.map((node) => [node.id, step(node)]));
    shown = new Map([...shown].map(([id, before]) => [id, next.get(before) ?? before]));
    graph = collapse(graph, next);
  }
  return { graph, shown };
}

type Graph = Pick<LineageAnswer, 'nodes' | 'edges'>;

function collapse({ nodes, edges }: Graph, shown: ReadonlyMap<string, string>): Graph {
  const nameOf = (id: string) => shown.get(id) ?? id;
  const nodeGroups = Map.groupBy(nodes, ({ id }) => nameOf(id));
  const renamed = edges.map((edge) => ({ ...edge, from: nameOf(edge.from), to: nameOf(edge.to) }));
  const edgeGroups = Map.groupBy(
    renamed.filter(({ from, to }) => from !== to),
    ({ from, to, action, role }) => [from, to, action, role ?? ''].join('\n'),
  );
  return {
    nodes: [...nodeGroups].map(([id, group]) => mergedNode(id, group)).sort((a, b) => compareText(a.id, b.id)),
    edges: [...edgeGroups.values()].map(mergedEdge),
  };
}

function mergedNode(id: string, group: readonly LineageNode[]): LineageNode {
  const [first] = group;
  if (!first || (group.length === 1 && first.id === id)) return first as LineageNode;
  const parsed = parseNodeId(id);
  const party = group.find((node) => node.party)?.party ?? null;
  return {
    id,
    kind: parsed?.kind ?? first.kind,
    name: party && id === `recipient:${party.id}` ? party.legalName : (parsed?.name ?? id),
    party,
    ...merged(group),
  };
}

function mergedEdge(group: readonly LineageEdge[]): LineageEdge {
  const [first] = group as [LineageEdge, ...LineageEdge[]];
  if (group.length === 1) return first;
  const { skewMs: _, ...edge } = first;
  const skewMs = Math.min(...group.map((one) => one.skewMs ?? 0));
  const newest = group.toSorted((a, b) => compareText(b.lastSeen, a.lastSeen));
  return {
    ...edge,
    ...merged(group),
    confidence: CONFIDENCES.find((one: Confidence) => group.some(({ confidence }) => confidence === one)) ?? 'possible',
    count: group.reduce((sum, one) => sum + one.count, 0),
    evidence: newest.flatMap(({ evidence }) => evidence).slice(0, EVIDENCE_MAX),
    evidenceTotal: group.reduce((sum, one) => sum + one.evidenceTotal, 0),
    ...(skewMs > 0 ? { skewMs } : {}),
  };
}

interface Seen {
  readonly firstSeen: string;
  readonly lastSeen: string;
  readonly categories: string[];
  readonly purposes: string[];
}

function merged(group: readonly Seen[]): Seen {
  return {
    firstSeen: group.map((one) => one.firstSeen).sort(compareText)[0] ?? '',
    lastSeen:
      group
        .map((one) => one.lastSeen)
        .sort(compareText)
        .at(-1) ?? '',
    categories: [...new Set(group.flatMap((one) => one.categories))].sort(),
    purposes: [...new Set(group.flatMap((one) => one.purposes))].sort(),
  };
}
