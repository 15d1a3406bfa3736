import { createHash } from 'node:crypto';
import { VestigeError } from '@vestige/core/errors';
import type { TenantId } from '@vestige/core/ids';
import { and, eq } from 'drizzle-orm';
import { type Database, withTenant } from '../postgres.ts';
import { packageChunks } from './package-tables.ts';
import { seal, unseal } from './sealing.ts';

/** The bytes of a package as encrypted pieces: written and read one at a time, each in a transaction of its own. */
const CHUNK_BYTES = 1_048_576;

/** Which package, and the key it is under. */
export interface ChunkPlace {
  readonly tenant: TenantId;
  readonly requestId: string;
  readonly packageId: string;
  readonly key: Uint8Array;
}

export interface Written {
  readonly chunks: number;
  readonly bytes: number;
  readonly sha256: string;
}

export async function writeChunks(
  db: Database,
  place: ChunkPlace,
  content: AsyncIterable<Uint8Array>,
): Promise<Written> {
  const hash = createHash('sha256');
  let bytes = 0;
  let chunks = 0;
  let waiting: Uint8Array[] = [];
  let waitingBytes = 0;
  const write = async (chunk: Uint8Array) => {
    const { tenant, requestId, packageId, key } = place;
    const sealed = seal(key, placeOf(place, chunks), chunk);
    await withTenant(db, tenant, (tx) =>
      tx.insert(packageChunks).values({ tenant, requestId, packageId, ordinal: chunks, sealed }),
    );
    chunks += 1;
  };
  for await (const part of content) {
    hash.update(part);
    bytes += part.length;
    waiting.push(part);
    waitingBytes += part.length;
    if (waitingBytes < CHUNK_BYTES) continue;
    await write(Buffer.concat(waiting));
    waiting = [];
    waitingBytes = 0;
  }
  if (waitingBytes > 0) await write(Buffer.concat(waiting));
  return { chunks, bytes, sha256: `sha256:${hash.digest('hex')}` };
}

/** @throws VestigeError `internal`, after the last piece, when it is not what was sealed */
export async function* readChunks(
  db: Database,
  place: ChunkPlace,
  sealed: Pick<Written, 'bytes' | 'sha256'>,
): AsyncIterable<Uint8Array> {
  const hash = createHash('sha256');
  let bytes = 0;
  for (let ordinal = 0; bytes < sealed.bytes; ordinal += 1) {
    const { tenant, requestId, packageId } = place;
    const [row] = await withTenant(db, tenant, (tx) =>
      tx
        .select({ sealed: packageChunks.sealed })
        .from(packageChunks)
        .where(
          and(
            eq(packageChunks.tenant, tenant),
            eq(packageChunks.requestId, requestId),
            eq(packageChunks.packageId, packageId),
            eq(packageChunks.ordinal, ordinal),
          ),
        ),
    );
    if (!row) throw new VestigeError('internal', 'a piece of the package is missing');
    const piece = unseal(place.key, placeOf(place, ordinal), row.sealed);
    hash.update(piece);
    bytes += piece.length;
    yield piece;
  }
  if (bytes !== sealed.bytes || `sha256:${hash.digest('hex')}` !== sealed.sha256) {
    throw new VestigeError('internal', 'the package is not what was sealed');
  }
}

/** A piece opens at its own place in its own package, and nowhere else. */
function placeOf({ tenant, requestId, packageId }: ChunkPlace, ordinal: number): string {
  return `${tenant}/${requestId}/package/${packageId}/${ordinal}`;
}
