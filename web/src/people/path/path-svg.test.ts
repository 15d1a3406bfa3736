import { describe, expect, test } from 'vitest';
import { escaped, shortened } from './box-svg.ts';
import type { Colours } from './colours.ts';
import { columnLayout } from './column-layout.ts';
import { COLUMNS } from './columns.ts';
import { pathGraph } from './graph.ts';
import { pathSvg, wrapped } from './path-svg.ts';

const colours: Colours = {
  surface: '#fff',
  ink: '#000',
  inkSoft: '#333',
  line: '#ccc',
  edge: '#777',
  brand: '#060',
  bad: '#900',
  columns: Object.fromEntries(COLUMNS.map((column) => [column, '#123'])) as Colours['columns'],
};
const HOSTILE = '"><script>alert(1)</script>&\u0000\u001b';
const seen = {
  firstSeen: '2026-11-01T08:00:00.000Z',
  lastSeen: '2026-11-01T08:00:00.000Z',
  categories: [],
  purposes: [],
};
const graph = pathGraph({
  nodes: [
    { id: `agent:${HOSTILE}`, kind: 'agent', name: HOSTILE, party: null, ...seen },
    { id: 'store:notes', kind: 'store', name: 'notes', party: null, ...seen },
  ],
  edges: [
    {
      from: `agent:${HOSTILE}`,
      to: 'store:notes',
      action: 'write',
      confidence: 'inferred',
      count: 1,
      ...seen,
      evidence: [],
      evidenceTotal: 0,
    },
  ],
});

describe('the exported picture', () => {
  const svg = pathSvg(graph, columnLayout(graph.nodes, graph.edges), colours, `Not complete: ${HOSTILE}`);

  test('holds names as text, whatever they are made of', () => {
    expect(svg).not.toContain('<script');
    expect(svg).toContain('&lt;script&gt;');
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what XML cannot hold
    expect(svg).not.toMatch(/[\u0000-\u0008\u000b-\u001f]/);
  });

  test('says what the answer cannot know, and what its lines mean', () => {
    expect(svg).toContain('Not complete');
    expect(svg).toContain('Inferred');
    expect(svg).toContain('stroke-dasharray="4 4"');
  });

  test('asks nobody for anything: no address but the name of the format', () => {
    expect(svg.match(/https?:[^"]*/g)).toEqual(['http://www.w3.org/2000/svg']);
  });
});

test('a long name gives way in its middle', () => {
  expect(shortened('postgres-customers-eu', 21)).toBe('postgres-customers-eu');
  expect(shortened('a-very-long-name-of-a-table', 12)).toBe('a-very-l…ble');
});

test('lone surrogates and control characters become spaces', () => {
  expect(escaped('a\ud800b\u0007c')).toBe('a b c');
});

test('a statement breaks between words', () => {
  expect(wrapped('one two three', 8)).toEqual(['one two', 'three']);
});
