import { isVestigeError } from '@vestige/core/errors';
import { normalise } from '@vestige/core/identity/normalise';
import { recordRef, type TenantKey } from '@vestige/core/identity/token';
import type { Selector } from '@vestige/core/request/worker-protocol';

/** What people put between the digits of a phone number: space, no-break space and punctuation. */
export const PHONE_SEPARATORS = ' \u00a0-()./';

/**
 * A stored or given identifier in the form in which the two are compared: e-mail addresses without case, because practice
 * treats the local part so, and without spaces around them; phone numbers without separators; opaque ids as they are,
 * because `U-1` and `u-1` may be two people. A miss leaves data behind, a wrong match destroys somebody else's.
 */
export function comparable(type: string, text: string): string {
  if (type === 'email') return text.trim().toLowerCase();
  if (type !== 'phone') return text;
  return [...text].filter((character) => !PHONE_SEPARATORS.includes(character)).join('');
}

/**
 * Texts under which a store may hold the identifiers of one type, {@link comparable}: as given, as normalised, an e-mail
 * address with the letters that some stores' `lower` leaves as they are, composed and decomposed, and an
 * international phone number with `00` for `+` too. A number stored in its national form is not found: which country it
 * is of is not known here.
 */
export function formsOf(type: string, selectors: readonly Selector[]): string[] {
  const forms = new Set<string>();
  for (const selector of selectors.filter((each) => each.type === type)) {
    forms.add(comparable(type, selector.value)).add(comparable(type, selector.value.trim()));
    const normalised = normalisedOrNull(selector);
    if (normalised !== null) forms.add(comparable(type, normalised));
  }
  if (type === 'phone') {
    for (const form of [...forms]) forms.add(form.startsWith('00') ? `+${form.slice(2)}` : form.replace(/^\+/, '00'));
  }
  if (type === 'email') {
    for (const form of [...forms]) {
      for (const spelt of [form, halfLowered(form)]) forms.add(spelt.normalize('NFC')).add(spelt.normalize('NFD'));
    }
  }
  // What comes down to nothing would match everybody whose column is empty.
  return [...forms].filter((form) => form.trim() !== '');
}

/**
 * What `lower` of SQLite, and of PostgreSQL in the C locale, makes of an address in capitals: they know ASCII alone. Letters
 * whose capital is another one's too (`ß`, `SS`) stay, because the other one may be somebody else's.
 */
function halfLowered(lowered: string): string {
  const half = (letter: string) => {
    const capital = letter.toUpperCase();
    return letter > '\u007f' && capital.toLowerCase() === letter ? capital : letter;
  };
  return [...lowered.normalize('NFC')].map(half).join('');
}

/** Null for a value the normaliser refuses, which may still lie in a store exactly as given. */
function normalisedOrNull(selector: Selector): string | null {
  try {
    return normalise(selector.type, selector.value);
  } catch (error) {
    if (!isVestigeError(error, 'bad_request')) throw error;
    return null;
  }
}

/**
 * Finds records by their keyed refs: the way to rows that carry no identifier column but were touched for the person.
 *
 * @returns a test for a record key, or null when there is nothing to match or no key to match with
 */
export function refMatcher(
  keys: readonly TenantKey[],
  node: string,
  recordRefs: readonly string[],
): ((recordKey: string) => boolean) | null {
  const wanted = new Set(recordRefs.filter((ref) => ref.startsWith(`${node}#`)));
  if (wanted.size === 0 || keys.length === 0) return null;
  return (recordKey) => keys.some((key) => wanted.has(recordRef(key, node, recordKey)));
}
