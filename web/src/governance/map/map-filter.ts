import type { components } from '../../api/schema.d.ts';
import type { PeopleCount } from '../parts/people-count.ts';
import type { MapSearch } from './map-search.ts';

type Answer = components['schemas']['DataMap'];
type Counted<Row> = Omit<Row, 'people'> & { readonly people: PeopleCount | null };
export type MapNode = Counted<Answer['nodes'][number]>;
export type MapEdge = Counted<Answer['edges'][number]>;
export type AgentFlow = Counted<Answer['agents'][number]>;

/** The answer of the API, where every count says by itself how it is to be read. */
export interface DataMap extends Omit<Answer, 'nodes' | 'edges' | 'agents' | 'roundedTo'> {
  readonly nodes: readonly MapNode[];
  readonly edges: readonly MapEdge[];
  readonly agents: readonly AgentFlow[];
}

export function withRounding({ roundedTo, nodes, edges, agents, ...map }: Answer): DataMap {
  const counted = <Row extends { readonly people: PeopleCount | null }>(rows: readonly Row[]) =>
    rows.map((row) => ({ ...row, people: row.people && { ...row.people, roundedTo } }));
  return { ...map, nodes: counted(nodes), edges: counted(edges), agents: counted(agents) };
}

export interface ShownMap {
  readonly nodes: readonly MapNode[];
  readonly edges: readonly MapEdge[];
}

/** Category `user.contact` includes `user.contact.email`. */
const isWithin = (category: string, wanted: string): boolean =>
  category === wanted || category.startsWith(`${wanted}.`);

/**
 * What a filter leaves: flows that have the category and touch a node of the kind and of the party, and the nodes at
 * their ends. A node without flows is shown by nothing but its own properties.
 */
export function filterMap({ nodes, edges }: DataMap, { kind, category, party }: MapSearch): ShownMap {
  if (kind === undefined && category === undefined && party === undefined) return { nodes, edges };
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const fits = (node: MapNode | undefined): boolean =>
    node !== undefined &&
    (kind === undefined || node.kind === kind) &&
    (party === undefined || node.party?.id === party);
  const shown = edges.filter(
    ({ from, to, categories }) =>
      (fits(byId.get(from)) || fits(byId.get(to))) &&
      (category === undefined || categories.some((each) => isWithin(each, category))),
  );
  const ends = new Set(shown.flatMap(({ from, to }) => [from, to]));
  const alone = (node: MapNode): boolean =>
    fits(node) && (category === undefined || node.categories.some((each) => isWithin(each, category)));
  return { nodes: nodes.filter((node) => ends.has(node.id) || alone(node)), edges: shown };
}

/** What can be filtered by, in the order a reader looks for it. */
export function filterOptions({ nodes, edges }: DataMap) {
  const parties = new Map(nodes.flatMap(({ party }) => (party === null ? [] : [[party.id, party.legalName] as const])));
  return {
    kinds: [...new Set(nodes.map(({ kind }) => kind))].sort(),
    categories: [...new Set(edges.flatMap(({ categories }) => categories))].sort(),
    parties: [...parties].sort(([, a], [, b]) => a.localeCompare(b)),
  };
}

/** Most people first, then the busiest. */
export const byWeight = (
  a: { readonly people: { readonly count: number } | null; readonly count?: number },
  b: { readonly people: { readonly count: number } | null; readonly count?: number },
): number => (b.people?.count ?? -1) - (a.people?.count ?? -1) || (b.count ?? 0) - (a.count ?? 0);
