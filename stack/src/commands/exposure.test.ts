import { expect, test } from 'vitest';
import { growingText, peopleText } from './exposure.ts';

const person = {
  subjectId: '11111111-1111-4111-8111-111111111111',
  confidence: 'declared',
  firstAt: '2026-03-01T10:00:00.000Z',
  lastAt: '2026-03-01T11:00:00.000Z',
  flows: 2,
};
const statement = 'At least 1 person was affected: 1 trace touched it without saying whose data it was.';

test('a list of people begins with what is known of whether they are all', () => {
  const affected = { people: 1, exact: false, atMost: null };
  const text = peopleText({ items: [person], affected, statement });
  expect(text.split('\n')[0]).toBe(statement);
  expect(text).toContain(person.subjectId);
  expect(text).not.toContain('Read it again');
});

test('a list that changed while it was read says so', () => {
  const affected = { people: 3, exact: true, atMost: 3 };
  const text = peopleText({ items: [person], affected, statement: '3 people were affected.' });
  expect(text).toContain('This list names 1');
  expect(peopleText({ items: [], affected, statement: '' })).toContain('This list names 0');
});

test('what is known on the way is at least that many, and of rounded counts about so many', () => {
  const growing = { followed: 5, toFollow: 20 };
  const affected = { people: 10, exact: false, atMost: null };
  expect(growingText({ affected, statement, growing })).toBe(
    'At least 10 people so far; 5 of 20 followed to where their data went on.',
  );
  expect(growingText({ affected, statement, growing, roundedTo: 5 })).toContain('about 5 of 20 followed');
});
