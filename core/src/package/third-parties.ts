import { mask } from '../scrub/mask.ts';
import type { FieldNotice } from './notice.ts';

/**
 * Other people in rows that were found about one person (Art. 15(4), 20(4)): a name in a prompt, a copy of somebody
 * else's address, a row that a wrong mapping delivered.
 *
 * An identifier that is known to be somebody else's is always left out. One that nobody knows is left out where it
 * stands inside a longer text and kept where it is the whole value of a field: a second phone number in somebody's own
 * record is theirs, a stranger's address in the middle of a chat is not (ADR 0059).
 */
export type Whose = 'own' | 'other' | 'unknown';

export interface FoundIdentifier {
  /** `email`, `phone`, or the type that a field is declared to identify by. */
  readonly type: string;
  readonly value: string;
}

export const REDACTED = {
  other_person: '[another person]',
  unknown_person: '[another person, perhaps]',
  third_party_field: '[about somebody else]',
} as const;
export type RedactionReason = keyof typeof REDACTED;

/** Nesting that a row may have; deeper values are read as one text. */
const DEPTH_MAX = 20;

/** Everything in a row that may name a person: declared identifiers, and every e-mail address and phone number. */
export function identifiersIn(
  row: Readonly<Record<string, unknown>>,
  fields: readonly FieldNotice[],
): readonly FoundIdentifier[] {
  const found: FoundIdentifier[] = [];
  for (const { name, identifies } of fields) {
    const value = row[name];
    if (identifies !== null && typeof value === 'string') found.push({ type: identifies, value: value.trim() });
  }
  mapTexts(row, (text) =>
    mask(text, undefined, (type, value) => {
      if (type !== 'card') found.push({ type, value });
      return value;
    }),
  );
  return found;
}

export type JudgedRow =
  | { readonly keep: true; readonly row: Record<string, unknown>; readonly redactions: readonly RedactionReason[] }
  | { readonly keep: false };

/**
 * @param whose what is known of an identifier that {@link identifiersIn} found
 * @returns the row without what is about others, or that the whole row is somebody else's
 */
export function withoutOthers(
  row: Readonly<Record<string, unknown>>,
  fields: readonly FieldNotice[],
  whose: (found: FoundIdentifier) => Whose,
): JudgedRow {
  const owners = fields.flatMap(({ name, identifies }) => {
    const value = row[name];
    return identifies === null || typeof value !== 'string' ? [] : [whose({ type: identifies, value: value.trim() })];
  });
  // A row between two people, such as a message, names both: it stays, without the other one.
  if (owners.includes('other') && !owners.includes('own')) return { keep: false };

  const redactions: RedactionReason[] = [];
  const clean = (text: string): string =>
    mask(text, undefined, (type, value) => {
      // Card numbers name nobody else: the person's own payment data is owed to them.
      if (type === 'card') return value;
      const known = whose({ type, value });
      const whole = value.length === text.trim().length;
      if (known === 'own' || (known === 'unknown' && whole)) return value;
      const reason = known === 'other' ? 'other_person' : 'unknown_person';
      redactions.push(reason);
      return REDACTED[reason];
    });
  const others = new Set(fields.filter(({ thirdParty }) => thirdParty).map(({ name }) => name));
  const rest: Record<string, unknown> = withKeys(
    Object.entries(row).map(([column, value]) => {
      if (!others.has(column) || value === null || value === undefined) return [column, value];
      redactions.push('third_party_field');
      return [column, REDACTED.third_party_field];
    }),
  );
  return { keep: true, row: mapTexts(rest, clean) as Record<string, unknown>, redactions };
}

/** The value with every text in it, keys included, replaced. Numbers, dates and the like pass. */
function mapTexts(value: unknown, change: (text: string) => string, depth = 0): unknown {
  if (typeof value === 'string') return change(value);
  if (typeof value !== 'object' || value === null) return value;
  if (depth >= DEPTH_MAX) return change(JSON.stringify(value));
  if (Array.isArray(value)) return value.map((each) => mapTexts(each, change, depth + 1));
  return withKeys(Object.entries(value).map(([key, each]) => [change(key), mapTexts(each, change, depth + 1)]));
}

/** An object of these entries, none lost: keys that became equal are numbered. A key `__proto__` is a key. */
function withKeys(entries: readonly (readonly [string, unknown])[]): Record<string, unknown> {
  const taken = new Set<string>();
  return Object.fromEntries(
    entries.map(([key, value]) => {
      let free = key;
      for (let n = 2; taken.has(free); n += 1) free = `${key} (${n})`;
      taken.add(free);
      return [free, value];
    }),
  );
}
