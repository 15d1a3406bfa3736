import { expect, test } from 'vitest';
import { allPages, growingText, listOf, peopleText } from './exposure.ts';

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

const page = (reading: string, nextCursor: string | null) => ({
  items: [person],
  affected: { people: 2, exact: true, atMost: 2 },
  statement: '2 people were affected.',
  reading,
  nextCursor,
});

test('every page is read in the same way, from where the one before ended', async () => {
  const read: string[] = [];
  const pages = await allPages(async (cursor) => {
    read.push(cursor);
    return page('r1', read.length < 3 ? `at ${read.length}` : null);
  });
  expect(read).toEqual(['', '&cursor=at%201', '&cursor=at%202']);
  expect(pages).toHaveLength(3);
});

test('pages of one reading are a list as exact as it says; of two they are none, and that is to be read again', () => {
  const whole = listOf([page('r1', 'more'), page('r1', null)]);
  expect(whole).toMatchObject({
    items: [person, person],
    affected: { exact: true },
    statement: '2 people were affected.',
  });
  expect(peopleText(whole)).not.toMatch(/again/);
  const mixed = listOf([page('r1', 'more'), page('r2', null)]);
  expect(mixed.affected).toEqual({ people: 2, exact: false, atMost: null });
  expect(peopleText(mixed).match(/read it again/g)).toHaveLength(1);
  // More rows than people: nobody was erased for that.
  expect(peopleText(listOf([page('r1', 'a'), page('r1', 'b'), page('r2', null)]))).not.toContain('erased');
});

test('a list from which somebody was erased while it was read says so', () => {
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
