import fc from 'fast-check';
import { expect, test } from 'vitest';
import { GrowingKinds, longOfKind } from './native-shaped.ts';

const numbers = fc.oneof(fc.double(), fc.integer(), fc.maxSafeInteger(), fc.constantFrom(-0, 2.5, 2 ** 63, -(2 ** 63)));

test('any number becomes a whole one of 64 bits, and none that is not finite stays', () => {
  fc.assert(
    fc.property(fc.array(numbers, { minLength: 1, maxLength: 10 }), (kinds) => {
      const rows = new GrowingKinds<number>();
      const first = rows.take(kinds);
      for (const [index] of kinds.entries()) rows.add(first + index);
      const out = Buffer.alloc(kinds.length * 8);
      longOfKind(rows, (kind) => kind).writeValues(out, 0);
      const expected = kinds.map((kind) => (Number.isFinite(kind) ? BigInt.asIntN(64, BigInt(Math.trunc(kind))) : 0n));
      expect(kinds.map((_, row) => out.readBigInt64LE(row * 8))).toEqual(expected);
    }),
  );
});
