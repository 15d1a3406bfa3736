import { expect, test } from 'vitest';
import { bodyOf, type ExposureForm, localTime } from './question.ts';

const form: ExposureForm = {
  about: 'node',
  node: 'store:crm',
  from: 'agent:a',
  to: 'store:b',
  party: 'mailhouse',
  start: '2026-03-01T10:00',
  end: '2026-03-02T10:00',
  category: '',
  includeDownstream: true,
};

test('asks about the one thing that was chosen, in UTC', () => {
  expect(bodyOf(form)).toEqual({
    node: 'store:crm',
    from: new Date('2026-03-01T10:00').toISOString(),
    to: new Date('2026-03-02T10:00').toISOString(),
    includeDownstream: true,
  });
  expect(bodyOf({ ...form, about: 'edge' })).toMatchObject({ edge: { from: 'agent:a', to: 'store:b' } });
  expect(bodyOf({ ...form, about: 'party', category: 'user.name' })).toMatchObject({
    party: 'mailhouse',
    categories: ['user.name'],
  });
});

test.each([
  ['nothing chosen', { node: '' }],
  ['half a flow', { about: 'edge', to: '' }],
  ['no start', { start: '' }],
  ['a window that ends before it begins', { end: '2026-02-01T10:00' }],
] as const)('asks nothing with %s', (_title, change) => {
  expect(bodyOf({ ...form, ...change })).toBeNull();
});

test('what the field shows is the same moment again', () => {
  const ms = Date.UTC(2026, 6, 1, 12, 30);
  expect(new Date(localTime(ms)).getTime()).toBe(ms);
});
