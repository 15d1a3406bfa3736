import { randomBytes, randomUUID } from 'node:crypto';
import { kidOf } from '@vestige/core/identity/token';
import type { Filled } from './fill-tenant.ts';

/** Nobody has it; a 32-bit number as ids of tenants are. */
const NO_TENANT = 1_999_999_999;

export interface Unknown {
  readonly filled: Filled;
  /** What was put in the place of what. */
  readonly instead: ReadonlyMap<string, string>;
}

/**
 * The same tenant with other ids, which nobody has: of the same shape, so that only whether they exist can make a
 * difference. By shape and not by field: what others add to {@link Filled} is covered.
 *
 * @param word that all names of the tenant hold
 */
export function unknownIds(filled: Filled, word: string): Unknown {
  const instead = new Map<string, string>();
  const otherWord = randomLetters(word.length);
  const other = (text: string): string => {
    const known = instead.get(text);
    if (known !== undefined) return known;
    const made = otherOfShape(text, word, otherWord);
    if (made !== text) instead.set(text, made);
    return made;
  };
  const walk = (value: unknown): unknown => {
    if (typeof value === 'string') return other(value);
    if (Array.isArray(value)) return value.map(walk);
    if (value === null || typeof value !== 'object') return value;
    return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, walk(inner)]));
  };
  return { filled: { ...(walk(filled) as Filled), tenantId: NO_TENANT }, instead };
}

function otherOfShape(text: string, word: string, otherWord: string): string {
  if (/^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/.test(text)) return randomUUID();
  if (/^[0-9a-f]{32}$/.test(text)) return randomBytes(16).toString('hex');
  if (/^sha256:[0-9a-f]{64}$/.test(text)) return `sha256:${randomBytes(32).toString('hex')}`;
  if (/^set_[0-9A-Za-z_-]{22}$/.test(text)) return `set_${randomBytes(16).toString('base64url')}`;
  if (/^[0-9a-z]{16}$/.test(text)) return randomLetters(16);
  const kid = kidOf(text);
  if (kid !== null) return `ps1.${kid}.${randomBytes(16).toString('base64url')}`;
  return text.replaceAll(word, otherWord);
}

const randomLetters = (length: number): string =>
  Array.from(randomBytes(length), (byte) => String.fromCharCode(97 + (byte % 26))).join('');
