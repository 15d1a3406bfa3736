import { z } from '@hono/zod-openapi';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { validationFailure } from './validation-failure.ts';

const schema = z.strictObject({
  identifiers: z.array(z.strictObject({ type: z.enum(['email', 'phone']), value: z.string().min(3).max(5) })).max(2),
  by: z.record(z.string().regex(/^[a-z]+$/), z.number()),
  either: z.union([z.strictObject({ a: z.int() }), z.strictObject({ b: z.int() })]),
});

const failureOf = (input: unknown) => {
  const { error } = schema.safeParse(input);
  return error && validationFailure('json', error);
};

test('says where and why, by the names of the schema', () => {
  const failure = failureOf({ identifiers: [{ type: 'email', value: 7 }], by: {}, either: { a: 1 } });
  expect(failure).toMatchObject({ code: 'bad_request' });
  expect(failure?.message).toContain('json field identifiers.0.value');
});

test('whatever a client sends, in values or in keys, is not repeated', () => {
  const marked = fc.string().map((text) => `jane@example.com${text}`);
  const anything = fc.object({
    key: fc.oneof(marked, fc.constantFrom('type', 'value', 'a')),
    values: [marked, fc.integer()],
  });
  fc.assert(
    fc.property(anything, fc.oneof(anything, marked), fc.array(anything), (by, either, identifiers) => {
      const failure = failureOf({ identifiers, by, either, [`jane ${Object.keys(by).length}`]: 1 });
      expect(JSON.stringify([failure?.message, failure?.facts])).not.toContain('jane');
    }),
  );
});
