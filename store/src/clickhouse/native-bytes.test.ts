import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ByteColumn, viewOf } from './native-bytes.ts';

test('strings of any length, from anywhere in a body, come out one after the other', () => {
  const pieces = fc.array(fc.tuple(fc.nat({ max: 300 }), fc.nat({ max: 400 })), { minLength: 1, maxLength: 20 });
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 700, maxLength: 700 }), pieces, (body, ranges) => {
      const column = new ByteColumn(1);
      const from = viewOf(body);
      for (const [start, length] of ranges) column.string(from, start, start + length);
      const expected = ranges.map(([start, length]) => {
        const head = length < 0x80 ? [length] : [(length & 0x7f) | 0x80, length >> 7];
        return Buffer.from([...head, ...body.subarray(start, start + length)]);
      });
      expect(column.bytes.subarray(0, column.length).equals(Buffer.concat(expected))).toBe(true);
    }),
  );
});

test('every whole number comes out as its digits', () => {
  fc.assert(
    fc.property(fc.oneof(fc.maxSafeNat(), fc.nat(), fc.constantFrom(0, 9, 10, 2 ** 31 - 1, 2 ** 31)), (number) => {
      const column = new ByteColumn(1);
      column.digits(number);
      const text = String(number);
      expect(column.bytes.toString('latin1', 1, column.length)).toBe(text);
      expect(column.bytes[0]).toBe(text.length);
    }),
  );
});
