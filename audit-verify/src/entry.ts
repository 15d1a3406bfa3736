import { canonical } from './canonical.ts';

/** What an entry says in the open (`store/src/audit/entry-bytes.ts` writes it; docs/audit.md describes it). */
export interface Entry {
  readonly index: number;
  readonly type: string;
  readonly at: string;
  readonly loggedAt: string;
  readonly actor: string;
  readonly object: { readonly kind: string; readonly id: string };
  readonly requestId: string | null;
  readonly commitment: string;
  readonly facts: Readonly<Record<string, string | number>>;
  readonly redacts: readonly (readonly [number, number])[];
}

const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

/** @returns null for a line that is no entry, or not written as it was hashed */
export function entryOf(line: string, index: number): Entry | null {
  let value: Record<string, unknown>;
  try {
    value = JSON.parse(line) as Record<string, unknown>;
    if (value === null || typeof value !== 'object' || canonical(value) !== line) return null;
  } catch {
    return null;
  }
  const { v, type, at, loggedAt, actor, object, requestId, commitment, facts = {}, redacts = [] } = value;
  if (v !== 1 || !texts(type, at, loggedAt, actor, commitment)) return null;
  if (!INSTANT.test(String(at)) || !INSTANT.test(String(loggedAt))) return null;
  if (!/^sha256:[0-9a-f]{64}$/.test(String(commitment))) return null;
  if (requestId !== null && typeof requestId !== 'string') return null;
  const { kind, id } = (object ?? {}) as Record<string, unknown>;
  if (!texts(kind, id) || facts === null || typeof facts !== 'object' || !areRanges(redacts)) return null;
  return { index, ...(value as object), facts, redacts } as unknown as Entry;
}

const texts = (...values: unknown[]): boolean => values.every((value) => typeof value === 'string');

function areRanges(value: unknown): boolean {
  const isRange = (each: unknown) =>
    Array.isArray(each) && each.length === 2 && each.every(Number.isSafeInteger) && each[0] >= 0 && each[0] <= each[1];
  return Array.isArray(value) && value.every(isRange);
}
