/** Kinds that the API normalises by rules of their own; every other name is taken as it is, e.g. `customer_id`. */
export const KINDS = ['email', 'phone', 'customer_id', 'other', 'subject'] as const;
export type IdentifierKind = (typeof KINDS)[number];

export interface Identifier {
  readonly type: string;
  readonly value: string;
}

/** What was typed: an identifier to be resolved, or the internal id of somebody who was found before. */
export type Asked =
  | { readonly as: 'identifier'; readonly identifier: Identifier }
  | { readonly as: 'subject'; readonly subjectId: string };

const UUID = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/;

/**
 * Takes what was typed out of the form, so that it stays in no state, cache or field: the form is empty afterwards.
 *
 * @returns null for nothing usable
 */
export function takeAsked(form: HTMLFormElement): Asked | null {
  const given = readAsked(new FormData(form));
  for (const input of form.querySelectorAll<HTMLInputElement>('input[name="value"]')) input.value = '';
  return given;
}

export function readAsked(data: Pick<FormData, 'get'>): Asked | null {
  const text = (name: string) => String(data.get(name) ?? '').trim();
  const value = text('value');
  if (value === '') return null;
  const kind = text('kind');
  if (kind === 'subject') {
    const subjectId = value.toLowerCase();
    return UUID.test(subjectId) ? { as: 'subject', subjectId } : null;
  }
  const type = kind === 'other' ? text('type') : kind;
  return type === '' ? null : { as: 'identifier', identifier: { type, value } };
}
