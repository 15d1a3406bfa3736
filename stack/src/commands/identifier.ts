import { VestigeError } from '@vestige/core/errors';

export type Identifier = { readonly token: string } | { readonly type: string; readonly value: string };

/**
 * What an operator typed, as the API wants it. Guesses only what cannot be mistaken.
 *
 * @throws VestigeError bad_request when the type has to be said
 */
export function identifierOf(given: string, type?: string): Identifier {
  if (type !== undefined) return { type, value: given };
  if (/^ps1\.[a-z0-9]{1,32}\.[\w-]{22}$/.test(given)) return { token: given };
  if (/^[^\s@]+@[^\s@]+$/.test(given)) return { type: 'email', value: given };
  if (/^\+[\d\s().-]{6,}$/.test(given)) return { type: 'phone', value: given };
  throw new VestigeError('bad_request', 'Say with --type what kind of identifier this is, e.g. --type customer_id.');
}
