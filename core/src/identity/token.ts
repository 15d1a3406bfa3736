import { createHmac, hkdfSync } from 'node:crypto';
import { VestigeError } from '../errors.ts';
import type { Secret } from '../secret.ts';
import { NORM_VERSION } from './normalise.ts';

/**
 * Keyed pseudonyms. A token is made inside the customer's process and is all that leaves it; without the tenant's key
 * it can neither be reversed nor be guessed from a list of e-mail addresses.
 *
 * `token = "ps1." kid "." base64url(HMAC-SHA-256(K_type, "n1" NUL type NUL normalised)[0..16])`,
 * `K_type = HKDF-SHA-256(K_tenant, salt "subject-pseudonym/v1", info tenant NUL kid NUL type)` (design 03).
 */
export const TOKEN = /^ps1\.[a-z0-9]{1,32}\.[A-Za-z0-9_-]{22}$/;
const KID = /^[a-z0-9]{1,32}$/;
/** Shorter keys would make an exhaustive search over keys thinkable. */
export const TENANT_KEY_BYTES_MIN = 32;

/** A tenant's pseudonymisation key and what it is bound to. */
export interface TenantKey {
  readonly key: Secret<Uint8Array>;
  /** Tenant name (slug). The same identifier in two tenants gives two tokens that nothing links. */
  readonly tenant: string;
  /** Key id, `[a-z0-9]{1,32}`; a rotation is a new one. */
  readonly kid: string;
}

/**
 * @param normalised from `normalise(type, value)`; passing a raw value makes a token that nobody else will make
 * @returns `ps1.<kid>.<22 characters>`
 * @throws VestigeError `misconfigured` for a short key or an odd kid
 */
export function subjectToken(owner: TenantKey, type: string, normalised: string): string {
  const mac = createHmac('sha256', derive(owner, type))
    .update(`${NORM_VERSION}\0${type}\0${normalised}`, 'utf8')
    .digest();
  return `ps1.${owner.kid}.${mac.subarray(0, 16).toString('base64url')}`;
}

/**
 * Names a record of a store without its key, so that two spans that touched the same record meet (ruling 25).
 *
 * @param node node id of the store, e.g. `store:postgres://db:5432/shop.public.users`
 * @param recordKey canonical text of the record's key; for composite keys, parts in column order joined by NUL
 * @returns `{node}#{22 characters}`
 */
export function recordRef(owner: TenantKey, node: string, recordKey: string): string {
  const mac = createHmac('sha256', derive(owner, 'record')).update(`${node}\0${recordKey}`, 'utf8').digest();
  return `${node}#${mac.subarray(0, 16).toString('base64url')}`;
}

/** The key id inside a token, or null when the text is no token. */
export function kidOf(token: string): string | null {
  return TOKEN.test(token) ? (token.split('.')[1] ?? null) : null;
}

/** A purpose-bound key under the tenant's: `type` is an identifier type, `record` or `baggage`. 32 bytes. */
export function derive(owner: TenantKey, type: string): Buffer {
  const cached = derived.get(owner.key)?.get(`${owner.tenant}\0${owner.kid}\0${type}`);
  if (cached) return cached;
  const raw = owner.key.reveal();
  if (raw.length < TENANT_KEY_BYTES_MIN) {
    throw new VestigeError(
      'misconfigured',
      `A subject key needs at least ${TENANT_KEY_BYTES_MIN} bytes; this one has ${raw.length}.`,
    );
  }
  if (!KID.test(owner.kid)) throw new VestigeError('misconfigured', 'A key id is [a-z0-9]{1,32}.');
  const info = `${owner.tenant}\0${owner.kid}\0${type}`;
  const key = Buffer.from(hkdfSync('sha256', raw, 'subject-pseudonym/v1', info, 32));
  let keys = derived.get(owner.key);
  if (!keys) {
    keys = new Map();
    derived.set(owner.key, keys);
  }
  // Types come from callers; a bound keeps a loop over invented types from growing this for ever.
  if (keys.size < 256) keys.set(info, key);
  return key;
}

/** HKDF costs several µs and a span may need three tokens; keyed weakly so that a dropped key takes its children along. */
const derived = new WeakMap<Secret<Uint8Array>, Map<string, Buffer>>();
