import { z } from 'zod';
import { registeredFor } from '../request/plan.ts';
import { type LegalBasis, LegalBasis as LegalBasisSchema, type Provenance, type StoreNotice } from './notice.ts';

/**
 * What Art. 20 covers: data that the person provided, typed in or by being observed, and that is processed on consent or
 * contract (Art. 20(1)(a); WP 242 rev.01 for `observed`). What was made of it is an Art. 15 matter and is listed, not given.
 */
export const PORTABILITY_SCHEMA = 'urn:vestige:portability:v1';

/** Consent, explicit consent, contract. */
const PORTABLE_BASES: readonly LegalBasis[] = ['eu-gdpr:A6-1-a', 'eu-gdpr:A9-2-a', 'eu-gdpr:A6-1-b'];
const PORTABLE_PROVENANCES: readonly Provenance[] = ['provided', 'observed'];

export const EXCLUSION_REASONS = {
  not_declared: 'Nobody has declared on which legal basis this place is used and where its data comes from.',
  other_basis: 'This place is used on another legal basis than consent or contract.',
  inferred: 'This was inferred or derived, not provided by you.',
  obtained: 'This was obtained from somebody else, not provided by you.',
  other_person: 'The row names somebody else as the person it is about.',
  third_party: 'The column is about somebody else.',
} as const;
export type ExclusionReason = keyof typeof EXCLUSION_REASONS;

const Excluded = z.strictObject({
  store: z.string(),
  /** Null: whole rows. */
  field: z.string().nullable(),
  rows: z.int().min(0),
  reason_code: z.enum(Object.keys(EXCLUSION_REASONS) as [ExclusionReason, ...ExclusionReason[]]),
  text: z.string(),
});
export type Excluded = z.infer<typeof Excluded>;

export const PortabilityAnswer = z.strictObject({
  schema: z.literal(PORTABILITY_SCHEMA),
  request: z.strictObject({ id: z.uuid(), received_at: z.string(), regime: z.string(), answered_at: z.string() }),
  complete: z.boolean(),
  files: z.array(
    z.strictObject({
      store: z.string(),
      title: z.string().nullable(),
      json: z.string(),
      csv: z.string(),
      sha256: z.string().regex(/^sha256:[0-9a-f]{64}$/),
      rows: z.int().min(0),
      legal_basis: LegalBasisSchema,
      redactions: z.array(z.strictObject({ reason: z.string(), count: z.int().min(1) })),
    }),
  ),
  excluded: z.array(Excluded),
  not_provided: z.array(z.strictObject({ what: z.string(), reason_code: z.string(), text: z.string() })),
});
export type PortabilityAnswer = z.infer<typeof PortabilityAnswer>;

/** What the notice says of a node; the longest prefix counts. */
export function noticeFor(stores: readonly StoreNotice[], node: string): StoreNotice | null {
  return (
    registeredFor(
      stores.map((notice) => ({ id: notice.store, connector: null, notice })),
      node,
    )?.notice ?? null
  );
}

/** Why no row of a place is portable; null when rows are, perhaps without some fields ({@link unportableFields}). */
export function unportable(notice: StoreNotice | null): ExclusionReason | null {
  if (notice === null) return 'not_declared';
  if (!PORTABLE_BASES.includes(notice.legalBasis)) return 'other_basis';
  const own = notice.fields.some(({ provenance }) => provenance !== null && PORTABLE_PROVENANCES.includes(provenance));
  return PORTABLE_PROVENANCES.includes(notice.provenance) || own ? null : excludedAs(notice.provenance);
}

/** Fields that stay behind although their store is portable, with the reason. Undeclared fields are as their store. */
export function unportableFields(notice: StoreNotice, columns: readonly string[]): Map<string, ExclusionReason> {
  const declared = new Map(notice.fields.map((field) => [field.name, field]));
  const excluded = new Map<string, ExclusionReason>();
  for (const column of columns) {
    const provenance = declared.get(column)?.provenance ?? notice.provenance;
    if (!PORTABLE_PROVENANCES.includes(provenance)) excluded.set(column, excludedAs(provenance));
  }
  return excluded;
}

const excludedAs = (provenance: Provenance): ExclusionReason => (provenance === 'obtained' ? 'obtained' : 'inferred');
