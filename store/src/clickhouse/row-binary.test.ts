import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { RowBinaryWriter } from './row-binary.ts';

function bytesOf(write: (writer: RowBinaryWriter) => void): Buffer {
  const writer = new RowBinaryWriter(1);
  write(writer);
  return writer.bytes();
}

describe('RowBinary', () => {
  test('numbers are little-endian', () => {
    expect([...bytesOf((w) => w.u8(7))]).toEqual([7]);
    expect([...bytesOf((w) => w.u16(0x0102))]).toEqual([2, 1]);
    expect([...bytesOf((w) => w.u32(0x01020304))]).toEqual([4, 3, 2, 1]);
    expect(bytesOf((w) => w.i64(-2n)).readBigInt64LE()).toBe(-2n);
  });

  test('a number that is no integer becomes one', () => {
    for (const [given, written] of [
      [2.9, 2n],
      [-1, -1n],
      [Number.NaN, 0n],
      [Number.POSITIVE_INFINITY, 0n],
    ] as const) {
      expect(bytesOf((w) => w.int(given)).readBigInt64LE()).toBe(written);
    }
  });

  test('strings carry their length in bytes, whatever is in them', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (text) => {
        const bytes = bytesOf((w) => w.string(text));
        const long = Buffer.byteLength(text) >= 128 ? 2 : 1;
        expect(bytes.subarray(long).toString('utf8')).toBe(Buffer.from(text).toString('utf8'));
        expect((bytes[0] ?? 0) & 0x7f).toBe(Buffer.byteLength(text) & 0x7f);
      }),
    );
  });

  test('lengths are LEB128', () => {
    expect([...bytesOf((w) => w.varint(0))]).toEqual([0]);
    expect([...bytesOf((w) => w.varint(300))]).toEqual([0xac, 0x02]);
    expect([...bytesOf((w) => w.varint(2 ** 31))]).toEqual([0x80, 0x80, 0x80, 0x80, 0x08]);
  });

  test('an id that is not of its length is refused before it can shift the columns behind it', () => {
    expect([...bytesOf((w) => w.hex('', 8))]).toEqual([0, 0, 0, 0, 0, 0, 0, 0]);
    expect(bytesOf((w) => w.hex('00ff00ff00ff00ff', 8)).toString('hex')).toBe('00ff00ff00ff00ff');
    for (const wrong of ['00', 'zz'.repeat(8), 'ff'.repeat(9)]) {
      expect(() => bytesOf((w) => w.hex(wrong, 8))).toThrow(expect.objectContaining({ code: 'internal' }));
    }
  });
});
