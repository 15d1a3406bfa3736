import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { VestigeError } from '@vestige/core/errors';
import type { TenantId } from '@vestige/core/ids';
import { and, eq } from 'drizzle-orm';
import type { Transaction } from '../postgres.ts';
import { requestKeys } from './tables.ts';

/**
 * Encryption under a key that belongs to one request and one purpose (design 06). Destroying the key row is how the
 * content is destroyed in every copy of the ciphertext at once.
 */
export type KeyPurpose = 'selectors' | 'package' | 'handover' | 'identity';

const ALGORITHM = 'aes-256-gcm';
const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** @param place what the ciphertext belongs to; it opens nowhere else */
export function seal(key: Uint8Array, place: string, content: Uint8Array): Buffer {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv(ALGORITHM, key, nonce).setAAD(Buffer.from(place));
  return Buffer.concat([nonce, cipher.update(content), cipher.final(), cipher.getAuthTag()]);
}

/** @throws VestigeError `internal` for bytes that were not sealed with this key for this place */
export function unseal(key: Uint8Array, place: string, sealed: Uint8Array): Buffer {
  try {
    const decipher = createDecipheriv(ALGORITHM, key, sealed.subarray(0, NONCE_BYTES))
      .setAAD(Buffer.from(place))
      .setAuthTag(sealed.subarray(sealed.length - TAG_BYTES));
    return Buffer.concat([decipher.update(sealed.subarray(NONCE_BYTES, sealed.length - TAG_BYTES)), decipher.final()]);
  } catch {
    throw new VestigeError('internal', 'a sealed value does not open');
  }
}

const ofPurpose = (tenant: TenantId, requestId: string, purpose: KeyPurpose) =>
  and(eq(requestKeys.tenant, tenant), eq(requestKeys.requestId, requestId), eq(requestKeys.purpose, purpose));

/** Null once it was destroyed. */
export async function requestKey(
  tx: Transaction,
  tenant: TenantId,
  requestId: string,
  purpose: KeyPurpose,
): Promise<Buffer | null> {
  const [row] = await tx
    .select({ key: requestKeys.key })
    .from(requestKeys)
    .where(ofPurpose(tenant, requestId, purpose));
  return row?.key ?? null;
}

export async function newRequestKey(
  tx: Transaction,
  tenant: TenantId,
  requestId: string,
  purpose: KeyPurpose,
  key: Buffer = randomBytes(KEY_BYTES),
): Promise<Buffer> {
  await destroyRequestKey(tx, tenant, requestId, purpose);
  await tx.insert(requestKeys).values({ tenant, requestId, purpose, key });
  return key;
}

export async function destroyRequestKey(
  tx: Transaction,
  tenant: TenantId,
  requestId: string,
  purpose: KeyPurpose,
): Promise<boolean> {
  const gone = await tx
    .delete(requestKeys)
    .where(ofPurpose(tenant, requestId, purpose))
    .returning({ purpose: requestKeys.purpose });
  return gone.length > 0;
}
