import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { Secret } from '@vestige/core/secret';

const ID_CHARS = 16;
const SECRET_BYTES = 32;
const SALT_BYTES = 16;
const BEARER = /^vst_([0-9a-z]{16})_([A-Za-z0-9_-]{43})$/;

export interface ApiKeySecret {
  readonly id: string;
  /** The whole bearer, `vst_<key id>_<secret>`: what is shown once and never again. */
  readonly bearer: Secret;
  readonly salt: Buffer;
  readonly hash: Buffer;
}

/** A new key: 16 characters name it, 256 random bits open it. */
export function newApiKey(): ApiKeySecret {
  const id = BigInt(`0x${randomBytes(12).toString('hex')}`)
    .toString(36)
    .padStart(ID_CHARS, '0')
    .slice(-ID_CHARS);
  const secret = randomBytes(SECRET_BYTES).toString('base64url');
  const salt = randomBytes(SALT_BYTES);
  return { id, bearer: new Secret(`vst_${id}_${secret}`), salt, hash: hashSecret(secret, salt) };
}

/** Null for anything that is not shaped like a key; no database is asked then. */
export function parseBearer(bearer: string): { id: string; secret: string } | null {
  const match = BEARER.exec(bearer);
  return match?.[1] && match[2] ? { id: match[1], secret: match[2] } : null;
}

/** What an unknown key is compared with, so that it costs what a known one with a wrong secret costs. */
const NOBODY = { salt: randomBytes(SALT_BYTES), hash: randomBytes(32) };

/** In constant time. @param stored null for an unknown key, which no secret opens */
export function opens(secret: string, stored: { salt: Uint8Array; hash: Uint8Array } | null): boolean {
  const { salt, hash } = stored ?? NOBODY;
  return timingSafeEqual(hashSecret(secret, salt), hash) && stored !== null;
}

function hashSecret(secret: string, salt: Uint8Array): Buffer {
  return createHash('sha256').update(salt).update(secret, 'utf8').digest();
}
