import { createCipheriv, createDecipheriv, hkdfSync, type KeyObject, randomBytes } from 'node:crypto';
import { Secret } from '@vestige/core/secret';

/** A working day. Whoever comes back tomorrow signs in again. */
export const SESSION_S_MAX = 12 * 3600;
const KEY_BYTES = 32;

const ALGORITHM = 'aes-256-gcm';
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const PLACE = Buffer.from('vestige console session v1');

/**
 * From the key that signs certificates, which every process that serves the API has: one secret less to hand out.
 * Derived when it is first asked for: writing the OpenAPI document needs routes, and no key.
 */
export function sessionKeyOf(deps: { readonly signingKey: Secret<KeyObject> }): () => Secret<Buffer> {
  let derived: Secret<Buffer> | null = null;
  return () => {
    if (derived !== null) return derived;
    const secret = deps.signingKey.reveal().export({ type: 'pkcs8', format: 'der' });
    derived = new Secret(Buffer.from(hkdfSync('sha256', secret, '', PLACE, KEY_BYTES)));
    return derived;
  };
}

/**
 * An API key inside a cookie that only this installation can read. The key is asked for on every call, so revoking it
 * ends its sessions at once; the cookie alone is worth nothing outside a browser that sends the console's header.
 */
export function sealSession(sessionKey: Secret<Buffer>, bearer: string, endsAtMs: number): string {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv(ALGORITHM, sessionKey.reveal(), nonce).setAAD(PLACE);
  const content = Buffer.from(JSON.stringify([bearer, endsAtMs]));
  return Buffer.concat([nonce, cipher.update(content), cipher.final(), cipher.getAuthTag()]).toString('base64url');
}

/** Null for what was not sealed here, was changed, or has ended. */
export function openSession(sessionKey: Secret<Buffer>, cookie: string, nowMs: number): Secret | null {
  const sealed = Buffer.from(cookie, 'base64url');
  if (sealed.length <= NONCE_BYTES + TAG_BYTES) return null;
  try {
    const decipher = createDecipheriv(ALGORITHM, sessionKey.reveal(), sealed.subarray(0, NONCE_BYTES))
      .setAAD(PLACE)
      .setAuthTag(sealed.subarray(-TAG_BYTES));
    const content = Buffer.concat([decipher.update(sealed.subarray(NONCE_BYTES, -TAG_BYTES)), decipher.final()]);
    const [bearer, endsAtMs] = JSON.parse(content.toString()) as [string, number];
    return nowMs < endsAtMs ? new Secret(bearer) : null;
  } catch {
    return null;
  }
}
