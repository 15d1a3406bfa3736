import fc from 'fast-check';
import { expect, test } from 'vitest';
import { traceSlices } from './trace-slices.ts';

const traceId = fc.array(fc.constantFrom(...'0123456789abcdef'), { minLength: 32, maxLength: 32 });

test('every trace is in one slice, however many there are', () => {
  const spans = fc.oneof(fc.nat(100), fc.nat(1_000_000_000));
  fc.assert(
    fc.property(spans, traceId, (count, digits) => {
      const id = digits.join('');
      const of = traceSlices(count, 10).filter(({ firstTrace, lastTrace }) => firstTrace <= id && id <= lastTrace);
      expect(of).toHaveLength(1);
    }),
  );
});

test('slices are as many as the spans need and no more than are bounded', () => {
  expect(traceSlices(0, 10)).toEqual([{ firstTrace: '0'.repeat(32), lastTrace: 'f'.repeat(32) }]);
  expect(traceSlices(31, 10).map(({ firstTrace }) => firstTrace.slice(0, 4))).toEqual(['0000', '4000', '8000', 'c000']);
  expect(traceSlices(1e12, 10)).toHaveLength(4_096);
});
