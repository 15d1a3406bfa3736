import type { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { constants, createGunzip, createZstdDecompress } from 'node:zlib';
import { isVestigeError, VestigeError } from '@vestige/core/errors';
import type { Reservation } from './in-flight.ts';
import type { BodyEncoding } from './media-type.ts';

export interface Body {
  readonly bytes: Buffer;
  /** As they came over the wire, before inflating. */
  readonly wireBytes: number;
}

/** RFC 9659: a zstd content coding needs no window above 8 MB, so nobody can make us hold a larger one. */
const ZSTD_WINDOW_LOG_MAX = 23;
const INFLATED_CHUNK_BYTES = 65_536;

/**
 * Reads a body whole, inflating it on the way, and stops at the first byte too many: a thousandfold bomb costs the
 * limit, not its size.
 *
 * @param stream null for a request without a body
 * @param bytesMax before and after inflating (ruling 28)
 * @param reservation charged with what is held, as it grows
 * @throws VestigeError `too_large`; `bad_request` when it ends early or does not inflate; `rate_limited` from `reservation`
 */
export async function readBody(
  stream: AsyncIterable<Uint8Array> | null,
  encoding: BodyEncoding,
  bytesMax: number,
  reservation: Reservation,
): Promise<Body> {
  let wireBytes = 0;
  async function* wire(): AsyncGenerator<Uint8Array> {
    for await (const chunk of stream ?? []) {
      wireBytes += chunk.length;
      if (wireBytes > bytesMax) throw new VestigeError('too_large', `the body exceeds ${bytesMax} bytes`);
      yield chunk;
    }
  }
  try {
    const bytes =
      encoding === 'identity'
        ? await collect(wire(), bytesMax, reservation)
        : await pipeline(wire, inflater(encoding), (inflated: AsyncIterable<Uint8Array>) =>
            collect(inflated, bytesMax, reservation),
          );
    return { bytes, wireBytes };
  } catch (error) {
    if (isVestigeError(error)) throw error;
    throw new VestigeError(
      'bad_request',
      `malformed body: ${encoding === 'identity' ? 'ends early' : `no ${encoding}`}`,
    );
  }
}

async function collect(source: AsyncIterable<Uint8Array>, bytesMax: number, reservation: Reservation): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of source) {
    length += chunk.length;
    if (length > bytesMax) throw new VestigeError('too_large', `the body exceeds ${bytesMax} bytes`);
    reservation.grow(chunk.length);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, length);
}

function inflater(encoding: 'gzip' | 'zstd'): Transform {
  if (encoding === 'gzip') return createGunzip({ chunkSize: INFLATED_CHUNK_BYTES });
  return createZstdDecompress({
    chunkSize: INFLATED_CHUNK_BYTES,
    params: { [constants.ZSTD_d_windowLogMax]: ZSTD_WINDOW_LOG_MAX },
  });
}
