import { expect, test } from 'vitest';
import { type DataMap, filterMap } from './map-filter.ts';
import { readMapSearch } from './map-search.ts';

const at = '2026-03-01T10:00:00.000Z';
const seen = { firstSeen: at, lastSeen: at, purposes: [] };
const node = (id: string, kind: DataMap['nodes'][number]['kind'], party: string | null = null) => ({
  id,
  kind,
  name: id,
  party: party === null ? null : { id: party, legalName: party, role: 'processor', country: null },
  people: null,
  categories: [],
  ...seen,
});
const edge = (from: string, to: string, categories: string[]) => ({
  from,
  to,
  action: 'write' as const,
  count: 1,
  people: null,
  categories,
  ...seen,
});
const map: DataMap = {
  window: { from: null, to: null },
  nodes: [node('agent:a', 'agent'), node('store:crm', 'store'), node('recipient:mail', 'recipient', 'mailhouse')],
  edges: [edge('agent:a', 'store:crm', ['user.contact.email']), edge('agent:a', 'recipient:mail', ['user.name'])],
  agents: [],
  drawnFrom: { kinds: 1, traces: 1, allKinds: 1, allTraces: 1 },
  truncated: false,
  statement: '',
};
const shown = (search: Readonly<Record<string, unknown>>) => {
  const { nodes, edges } = filterMap(map, readMapSearch(search));
  return { nodes: nodes.map(({ id }) => id), to: edges.map(({ to }) => to) };
};

test('without a filter everything is there', () => {
  expect(shown({})).toEqual({ nodes: ['agent:a', 'store:crm', 'recipient:mail'], to: ['store:crm', 'recipient:mail'] });
});

test('a category covers those below it, and not those that begin alike', () => {
  expect(shown({ category: 'user.contact' }).to).toEqual(['store:crm']);
  expect(shown({ category: 'user.cont' }).to).toEqual([]);
});

test('a kind and a party leave their flows with both ends', () => {
  expect(shown({ kind: 'store' })).toEqual({ nodes: ['agent:a', 'store:crm'], to: ['store:crm'] });
  expect(shown({ party: 'mailhouse' })).toEqual({ nodes: ['agent:a', 'recipient:mail'], to: ['recipient:mail'] });
});

test('an address holds what was chosen, and nothing that was typed', () => {
  expect(readMapSearch({ view: 'full', days: '30', show: 'flows', q: 'ada@example.com', kind: '' })).toEqual({
    view: 'full',
    days: 30,
    show: 'flows',
  });
  expect(readMapSearch({ view: 'officer', days: 7, show: 'picture' })).toEqual({});
});
