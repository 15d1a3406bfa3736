import fc from 'fast-check';
import { expect, test } from 'vitest';
import { analyseSql } from './analyse-sql.ts';
import { readSql } from './read-sql.ts';
import { sanitiseSql } from './sanitise-sql.ts';

const PLAIN = 'UPDATE users SET name = $1 WHERE id = $2 RETURNING id';

test('the two answers are those of reading and sanitising apart', () => {
  const piece = fc.constantFrom(
    ...`SELECT * FROM users WHERE a = 'x' , ( ) "q" $1 12345 -- ; /* */`.split(' '),
    'jane@example.com',
  );
  fc.assert(
    fc.property(fc.array(piece), fc.constantFrom('postgresql', 'mysql', 'sqlite'), (pieces, system) => {
      const text = pieces.join(' ');
      for (const analysis of [analyseSql(text, system), analyseSql(text, system)]) {
        expect(analysis.reading).toEqual(readSql(text, { dialect: system }));
        expect(analysis.sanitised).toBe(sanitiseSql(text, { dialect: system }));
      }
    }),
  );
});

test('a parametrised statement is remembered, one with a value is not', () => {
  expect(analyseSql(PLAIN, 'postgresql')).toBe(analyseSql(PLAIN, 'postgresql'));
  for (const text of [`${PLAIN} -- Jane`, "SELECT 'Jane'", 'SELECT 12345', 'SELECT "jane@example.com"']) {
    expect(analyseSql(text, 'postgresql')).not.toBe(analyseSql(text, 'postgresql'));
  }
});

test('the same text in another dialect is another statement', () => {
  expect(analyseSql('SELECT * FROM Users', 'postgresql').reading).not.toEqual(
    analyseSql('SELECT * FROM Users', 'mysql').reading,
  );
});
