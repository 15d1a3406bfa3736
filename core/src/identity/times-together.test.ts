import { expect, test } from 'vitest';
import { type JoinEvent, timesTogether } from './times-together.ts';

const at = (hour: number) => `2026-11-01T${String(hour).padStart(2, '0')}:00:00.000Z`;
const link = (a: string, b: string, hour: number): JoinEvent => ({ subjectIds: [a, b], action: 'link', at: at(hour) });
const unlink = (a: string, b: string, hour: number): JoinEvent => ({ ...link(a, b, hour), action: 'unlink' });

test('who was linked and unlinked was one person in between, and each time anew', () => {
  const events = [link('a', 'b', 1), unlink('b', 'a', 2), link('a', 'b', 3), unlink('a', 'b', 5)];
  expect(timesTogether(['b'], events)).toEqual([
    { subjectId: 'a', from: at(1), to: at(2) },
    { subjectId: 'a', from: at(3), to: at(5) },
  ]);
});

test('who was reached over a third was one person as long as both links held', () => {
  const events = [link('a', 'b', 1), link('b', 'c', 2), link('c', 'd', 3), unlink('b', 'c', 4)];
  expect(timesTogether(['a', 'b'], events)).toEqual([
    { subjectId: 'c', from: at(2), to: at(4) },
    { subjectId: 'd', from: at(3), to: at(4) },
  ]);
});

test('a second link keeps together whom the first one no longer does', () => {
  const events = [link('a', 'b', 1), link('b', 'c', 2), link('a', 'c', 3), unlink('b', 'c', 4), unlink('a', 'c', 5)];
  expect(timesTogether(['a', 'b'], events)).toEqual([{ subjectId: 'c', from: at(2), to: at(5) }]);
});

test('who is one person now is nobody else, and who never was is not named', () => {
  expect(timesTogether(['a', 'b'], [link('a', 'b', 1), link('x', 'y', 2), unlink('x', 'y', 3)])).toEqual([]);
});
