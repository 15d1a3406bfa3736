import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { aRecord } from './ingest-log-contract.ts';
import { frame, readSegment, SEGMENT_HEADER_BYTES, segmentHeader } from './segment-format.ts';

const frames = fc.array(
  fc.array(
    fc.record({
      tenant: fc.integer({ min: 1, max: 0xffff_ffff }),
      spans: fc.nat({ max: 1000 }),
      payload: fc.uint8Array({ minLength: 1, maxLength: 120 }),
    }),
    { minLength: 1, maxLength: 4 },
  ),
  { minLength: 1, maxLength: 6 },
);

/** A file of these frames, and where each of them ends. */
function fileOf(given: readonly (readonly { tenant: number; spans: number; payload: Uint8Array }[])[]) {
  const salt = randomBytes(8);
  const pieces: Uint8Array[] = [segmentHeader(salt)];
  const ends = [SEGMENT_HEADER_BYTES];
  for (const records of given) {
    pieces.push(
      ...frame(
        salt,
        records.map((each) => ({ ...aRecord(1, ''), ...each, tenant: aRecord(each.tenant, '').tenant })),
        5,
      ),
    );
    ends.push(pieces.reduce((sum, piece) => sum + piece.length, 0));
  }
  return { file: Buffer.concat(pieces), ends };
}

const payloadsIn = (file: Buffer) =>
  readSegment(file).records.map(({ offset, payloadBytes }) =>
    file.subarray(offset + 16, offset + 16 + payloadBytes).toString('hex'),
  );
const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');

test('what was written is read again, whatever it was', () => {
  fc.assert(
    fc.property(frames, (given) => {
      const { file } = fileOf(given);
      const content = readSegment(file);
      expect(payloadsIn(file)).toEqual(given.flat().map(({ payload }) => hex(payload)));
      expect(content.records.map(({ tenant, spans }) => [tenant, spans])).toEqual(
        given.flat().map(({ tenant, spans }) => [tenant, spans]),
      );
      expect(content).toMatchObject({ wholeBytes: file.length, damaged: [] });
    }),
  );
});

test('cut off anywhere, a file gives every whole frame and calls the rest torn', () => {
  fc.assert(
    fc.property(frames, fc.double({ min: 0, max: 1, noNaN: true }), (given, where) => {
      const { file, ends } = fileOf(given);
      const cut = Math.floor(where * file.length);
      const whole = ends.filter((end) => end <= cut).length - 1;
      const content = readSegment(file.subarray(0, cut));
      expect(payloadsIn(file.subarray(0, cut))).toEqual(
        given
          .slice(0, Math.max(0, whole))
          .flat()
          .map(({ payload }) => hex(payload)),
      );
      expect(content.damaged).toEqual([]);
      expect(content.wholeBytes).toBe(whole < 0 ? 0 : ends[whole]);
    }),
  );
});

test('one flipped bit costs the records of one frame at most, never gives a changed one, and is never passed over', () => {
  fc.assert(
    fc.property(frames, fc.double({ min: 0, max: 1, noNaN: true }), fc.nat({ max: 7 }), (given, where, bit) => {
      const { file, ends } = fileOf(given);
      const at = SEGMENT_HEADER_BYTES + Math.floor(where * (file.length - SEGMENT_HEADER_BYTES - 1));
      file[at] = (file[at] ?? 0) ^ (1 << bit);
      const content = readSegment(file);
      const hit = ends.findIndex((end) => at < end) - 1;
      const others = given.flatMap((records, index) =>
        index === hit ? [] : records.map(({ payload }) => hex(payload)),
      );
      const found = payloadsIn(file);
      for (const payload of others) expect(found).toContain(payload);
      expect(found.length).toBeLessThanOrEqual(given.flat().length - 1);
      expect(content.damaged.length).toBeGreaterThan(0);
      expect(content.damaged.some(({ from, to }) => from <= at && at < to)).toBe(true);
    }),
  );
});

test('any bytes at all are read without an error', () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => void readSegment(Buffer.from(bytes))));
});
