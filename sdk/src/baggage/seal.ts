import { createHmac, timingSafeEqual } from 'node:crypto';
import { SUBJECT_TOKENS_MAX } from '@vestige/core/convention/attributes';
import { derive, type TenantKey, TOKEN } from '@vestige/core/identity/token';

/**
 * The value of the one baggage key: whose data a call is about, sealed so that a stranger can neither forge nor extend
 * it. Only characters that no propagator percent-encodes, and at most 1 KiB with 32 tokens under one key.
 *
 * ```
 * 1.<minute, base 36>.<people>.<MAC, 22 characters>
 * people: t<kid>!<22>~<22>~<kid>!<22>   a kid is said when it changes
 *         s<set id>!<count>             a registered set, for more than 32 people
 * ```
 *
 * The MAC is HMAC-SHA-256 under `HKDF(tenant key, info "baggage")` over everything before its dot.
 */
const VERSION = '1';
export const BAGGAGE_BYTES_MAX = 1_024;
const MINUTE_MS = 60_000;
/** Clocks of two hosts may differ; further ahead than this is a forgery or a broken clock. */
const AHEAD_MS_MAX = 5 * MINUTE_MS;

export interface Carried {
  readonly tokens: readonly string[];
  readonly set: string;
  readonly count: number;
}

/** @returns '' when there is nobody to carry, or when it would not fit */
export function seal(owner: TenantKey, carried: Carried, nowMs: number): string {
  const people = carried.set === '' ? writeTokens(carried.tokens) : `s${carried.set}!${carried.count}`;
  if (people === '') return '';
  const body = `${VERSION}.${Math.floor(nowMs / MINUTE_MS).toString(36)}.${people}`;
  const value = `${body}.${mac(owner, body)}`;
  return value.length <= BAGGAGE_BYTES_MAX && CHARACTERS.test(value) ? value : '';
}

/** @returns null for a value that is forged, altered, too old, from the future or malformed */
export function unseal(owner: TenantKey, value: string, nowMs: number, ageMsMax: number): Carried | null {
  if (value.length > BAGGAGE_BYTES_MAX) return null;
  const cut = value.lastIndexOf('.');
  const body = value.slice(0, Math.max(cut, 0));
  const expected = Buffer.from(mac(owner, body));
  const given = Buffer.from(value.slice(cut + 1));
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) return null;
  const [version, minute, people, ...more] = body.split('.');
  if (version !== VERSION || minute === undefined || people === undefined || more.length > 0) return null;
  const ageMs = nowMs - Number.parseInt(minute, 36) * MINUTE_MS;
  if (!(ageMs >= -AHEAD_MS_MAX && ageMs <= ageMsMax + MINUTE_MS)) return null;
  return people.startsWith('t') ? readTokens(people.slice(1)) : readSet(people);
}

const CHARACTERS = /^[A-Za-z0-9_.!~-]+$/;

function mac(owner: TenantKey, body: string): string {
  return createHmac('sha256', derive(owner, 'baggage'))
    .update(body, 'utf8')
    .digest()
    .subarray(0, 16)
    .toString('base64url');
}

function writeTokens(tokens: readonly string[]): string {
  let kid = '';
  const parts = tokens.map((token) => {
    const [, ownKid = '', pseudonym = ''] = token.split('.');
    const part = ownKid === kid ? pseudonym : `${ownKid}!${pseudonym}`;
    kid = ownKid;
    return part;
  });
  return parts.length === 0 ? '' : `t${parts.join('~')}`;
}

function readTokens(text: string): Carried | null {
  let kid = '';
  const tokens: string[] = [];
  for (const part of text.split('~')) {
    const mark = part.indexOf('!');
    if (mark >= 0) kid = part.slice(0, mark);
    const token = `ps1.${kid}.${part.slice(mark + 1)}`;
    if (!TOKEN.test(token) || tokens.length >= SUBJECT_TOKENS_MAX) return null;
    tokens.push(token);
  }
  return { tokens, set: '', count: tokens.length };
}

function readSet(text: string): Carried | null {
  const found = /^s([A-Za-z0-9_-]{1,128})!(\d{1,9})$/.exec(text);
  return found?.[1] === undefined ? null : { tokens: [], set: found[1], count: Number(found[2]) };
}
