import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type LineageAnswer, type LineageEdge, NODE_KINDS } from '../lineage/answer.ts';
import { pathPicture } from './path-picture.ts';

const at = '2026-06-01T10:00:00.000Z';
const edge = (from: string, to: string, more: Partial<LineageEdge> = {}): LineageEdge => ({
  from,
  to,
  action: 'write',
  confidence: 'declared',
  count: 1,
  firstSeen: at,
  lastSeen: at,
  categories: [],
  purposes: [],
  evidence: [],
  evidenceTotal: 0,
  ...more,
});
const lineage = (edges: LineageEdge[]) => ({ nodes: [], edges }) as unknown as LineageAnswer;
const draw = (edges: LineageEdge[]) => pathPicture(lineage(edges), () => null);

test('data flows from left to right: whom it came from, who worked with it, where it is, who got it', () => {
  const { boxes, columns } = draw([
    edge('client:web', 'agent:desk/a'),
    edge('agent:desk/a', 'store:crm/t'),
    edge('agent:desk/a', 'recipient:mail.example.com', { action: 'share' }),
  ]);
  expect(columns.map(({ title }) => title)).toEqual(['Came from', 'Worked with by', 'Kept in', 'Given to']);
  const x = (node: string) => boxes.find((box) => box.node === node)?.x ?? Number.NaN;
  expect(x('client:web')).toBeLessThan(x('agent:desk/a'));
  expect(x('agent:desk/a')).toBeLessThan(x('store:crm/t'));
  expect(x('store:crm/t')).toBeLessThan(x('recipient:mail.example.com'));
});

test('a read is drawn out of its store, and is dashed only while it is no more than possible', () => {
  const { lines } = draw([
    edge('agent:a', 'store:s', { action: 'read', confidence: 'possible' }),
    edge('agent:a', 'store:s', { action: 'write', confidence: 'possible' }),
    edge('agent:a', 'store:s', { action: 'write', confidence: 'inferred' }),
  ]);
  expect(lines).toMatchObject([
    { from: 'store:s', to: 'agent:a', count: 1, possible: true },
    { from: 'agent:a', to: 'store:s', count: 2, possible: false },
  ]);
});

test('a person with many places gets a picture of bounded size that says how many are not drawn', () => {
  const { boxes, height } = draw(Array.from({ length: 500 }, (_, n) => edge('agent:a', `store:s${n}`)));
  expect(boxes).toHaveLength(14);
  expect(boxes.find(({ kind }) => kind === 'more')?.label).toBe('and 488 more');
  expect(height).toBeLessThan(1_000);
});

test('every box lies inside the picture, none on another, and every line joins two boxes', () => {
  const node = fc.tuple(fc.constantFrom(...NODE_KINDS), fc.nat(30)).map(([kind, n]) => `${kind}:${n}`);
  const edges = fc.array(
    fc.tuple(node, node).map(([from, to]) => edge(from, to)),
    { maxLength: 80 },
  );
  fc.assert(
    fc.property(edges, (given) => {
      const { boxes, lines, width, height } = draw(given);
      for (const box of boxes) {
        expect(box.x >= 0 && box.y >= 0 && box.x + box.width <= width && box.y + box.height <= height).toBe(true);
      }
      expect(new Set(boxes.map(({ x, y }) => `${x}/${y}`)).size).toBe(boxes.length);
      const drawn = new Set(boxes.map((box) => box.node));
      expect(lines.every(({ from, to, d }) => drawn.has(from) && drawn.has(to) && !d.includes('NaN'))).toBe(true);
    }),
  );
});
