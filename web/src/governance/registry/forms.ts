import type { components } from '../../api/schema.d.ts';

export type Store = components['schemas']['RegisteredStore'];
export type Party = components['schemas']['Party'];

/** Roles of a party under the GDPR, in the order a reader meets them. */
export const PARTY_ROLES = [
  'controller',
  'joint_controller',
  'processor',
  'sub_processor',
  'third_party',
  'public_authority',
] as const satisfies readonly Party['role'][];

/** A field as it was typed, without the space around it. */
const text = (form: FormData, name: string): string => String(form.get(name) ?? '').trim();
const optional = (form: FormData, name: string): string | null => text(form, name) || null;
const days = (form: FormData, name: string): number | null =>
  text(form, name) === '' ? null : Number(text(form, name));

/** One a line, or separated by commas; each once. */
export const listOf = (typed: string): string[] => [
  ...new Set(
    typed
      .split(/[\n,]/)
      .map((each) => each.trim())
      .filter((each) => each !== ''),
  ),
];

/** What the form of a store says. The API checks the rest and answers in words. */
export const storeOf = (form: FormData): Store => ({
  id: text(form, 'id'),
  title: text(form, 'title'),
  partyId: optional(form, 'partyId'),
  connector: optional(form, 'connector'),
  retentionDays: days(form, 'retentionDays'),
  backupRetentionDays: days(form, 'backupRetentionDays'),
  identifierTypes: listOf(text(form, 'identifierTypes')),
});

export const partyOf = (form: FormData): Party => ({
  id: text(form, 'id'),
  legalName: text(form, 'legalName'),
  role: PARTY_ROLES.find((role) => role === form.get('role')) ?? 'processor',
  country: optional(form, 'country')?.toUpperCase() ?? null,
  transferMechanism: optional(form, 'transferMechanism'),
  contact: optional(form, 'contact'),
  hosts: listOf(text(form, 'hosts')),
});
