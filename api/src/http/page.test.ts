import { z } from '@hono/zod-openapi';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decodeCursor, encodeCursor, PageQuery } from './page.ts';

test('a cursor leads back to the position it was made from', () => {
  const position = z.tuple([z.string(), z.int()]);
  fc.assert(
    fc.property(fc.string(), fc.maxSafeInteger(), (text, index) => {
      expect(decodeCursor(encodeCursor([text, index]), position)).toEqual([text, index]);
    }),
  );
});

test('what this list did not give out is refused, whatever it is', () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      expect(() => decodeCursor(`!${text}`, z.int().min(1_000_000))).toThrow(/cursor/);
    }),
  );
});

test('a page is bounded even when nobody asks for a bound', () => {
  expect(PageQuery.parse({})).toEqual({ limit: 100 });
  expect(PageQuery.safeParse({ limit: '1001' }).success).toBe(false);
  expect(PageQuery.safeParse({ limit: '0' }).success).toBe(false);
});
