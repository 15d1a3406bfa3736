import { gzipSync, zstdCompressSync } from 'node:zlib';
import { TenantId } from '@vestige/core/ids';
import { describe, expect, test } from 'vitest';
import { InFlight } from './in-flight.ts';
import type { BodyEncoding } from './media-type.ts';
import { readBody } from './read-body.ts';

const MIB = 1024 * 1024;
const TENANT = TenantId.parse(1);
const text = Buffer.from('a span, and another one; '.repeat(1000));
const packed: Record<BodyEncoding, Buffer> = { identity: text, gzip: gzipSync(text), zstd: zstdCompressSync(text) };
const encodings = Object.keys(packed) as BodyEncoding[];

async function* inPieces(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}
const read = (bytes: Uint8Array, encoding: BodyEncoding, bytesMax = MIB, inFlight = new InFlight(16 * MIB)) =>
  readBody(inPieces(bytes, 1000), encoding, bytesMax, inFlight.open(TENANT));

describe('a body', () => {
  test.each(encodings)('%s in pieces arrives whole', async (encoding) => {
    const body = await read(packed[encoding], encoding);
    expect(body.bytes.equals(text)).toBe(true);
    expect(body.wireBytes).toBe(packed[encoding].length);
  });

  test.each(['gzip', 'zstd'] as const)('%s that ends early is malformed', async (encoding) => {
    const cut = packed[encoding].subarray(0, -5);
    await expect(read(cut, encoding)).rejects.toMatchObject({ code: 'bad_request' });
  });

  test.each(['gzip', 'zstd'] as const)('%s that is no such thing is malformed and not quoted', async (encoding) => {
    const error: unknown = await read(Buffer.from('ada@example.com'), encoding).catch((caught: unknown) => caught);
    expect(error).toMatchObject({ code: 'bad_request', message: `malformed body: no ${encoding}` });
  });

  test('an absent one is empty', async () => {
    const body = await readBody(inPieces(Buffer.alloc(0), 1), 'identity', MIB, new InFlight(MIB).open(TENANT));
    expect(body).toEqual({ bytes: Buffer.alloc(0), wireBytes: 0 });
  });

  test('one that breaks off is malformed', async () => {
    async function* broken(): AsyncGenerator<Uint8Array> {
      yield Buffer.from('x');
      throw new Error('socket hang up');
    }
    await expect(readBody(broken(), 'identity', MIB, new InFlight(MIB).open(TENANT))).rejects.toMatchObject({
      code: 'bad_request',
    });
  });

  test('one of exactly the limit is taken and one byte more is too large', async () => {
    expect((await read(text, 'identity', text.length)).bytes.length).toBe(text.length);
    await expect(read(text, 'identity', text.length - 1)).rejects.toMatchObject({ code: 'too_large' });
    await expect(read(packed.gzip, 'gzip', text.length - 1)).rejects.toMatchObject({ code: 'too_large' });
  });

  test.each(['gzip', 'zstd'] as const)('a %s bomb is stopped while it inflates', async (encoding) => {
    const zeros = Buffer.alloc(64 * MIB);
    const bomb = encoding === 'gzip' ? gzipSync(zeros) : zstdCompressSync(zeros);
    expect(bomb.length).toBeLessThan(zeros.length / 1000 + 1000);
    const inFlight = new InFlight(32 * MIB);
    const reservation = inFlight.open(TENANT);
    await expect(readBody(inPieces(bomb, 1000), encoding, MIB, reservation)).rejects.toMatchObject({
      code: 'too_large',
    });
    expect(inFlight.bytes).toBeLessThanOrEqual(2 * MIB);
  });
});

describe('of a body that inflates to more than is waited for', () => {
  const large = Buffer.from(Array.from({ length: 3 * MIB }, (_, n) => (n * n) >> 3));
  test.each([
    ['gzip', gzipSync(large)],
    ['zstd', zstdCompressSync(large)],
  ] as const)('%s arrives whole, too, and what ends early or is cut does not', async (encoding, wire) => {
    expect((await read(wire, encoding, 4 * MIB)).bytes.equals(large)).toBe(true);
    await expect(read(wire, encoding, 3 * MIB - 1)).rejects.toMatchObject({ code: 'too_large' });
    await expect(read(wire.subarray(0, -1), encoding, 4 * MIB)).rejects.toMatchObject({ code: 'bad_request' });
  });
});
