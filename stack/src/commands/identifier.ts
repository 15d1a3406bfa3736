import { VestigeError } from '@vestige/core/errors';

export type Identifier = { readonly token: string } | { readonly type: string; readonly value: string };

/**
 * What an operator typed, as the API wants it. Guesses only what cannot be mistaken.
 *
 * @param how the command at hand takes a type, for the complaint
 * @throws VestigeError bad_request when the type has to be said, without what was given
 */
export function identifierOf(given: string, type?: string, how = 'with --type customer_id'): Identifier {
  if (type !== undefined) return { type, value: given };
  if (/^ps1\.[a-z0-9]{1,32}\.[\w-]{22}$/.test(given)) return { token: given };
  if (/^[^\s@]+@[^\s@]+$/.test(given)) return { type: 'email', value: given };
  if (/^\+[\d\s().-]{6,}$/.test(given)) return { type: 'phone', value: given };
  throw new VestigeError(
    'bad_request',
    `Say what kind of identifier this is, e.g. ${how}; only an e-mail address, a phone number with +, and a token need no type.`,
  );
}

/** The people of a request: `<type>=<value>`, or what needs no type. */
export function selectorsOf(given: readonly string[]) {
  const who = given.map((text) => {
    const typed = /^([a-z][a-z0-9_]{0,31})=(.+)$/s.exec(text);
    return typed ? identifierOf(typed[2] ?? '', typed[1]) : identifierOf(text, undefined, 'as customer_id=…');
  });
  return {
    identifiers: who.filter((one) => 'type' in one),
    tokens: who.flatMap((one) => ('token' in one ? [one.token] : [])),
  };
}
