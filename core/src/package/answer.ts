import { z } from 'zod';
import { LegalBasis, Provenance } from './notice.ts';

/**
 * `answer.json` of an access package: one field per letter of Art. 15(1), then 15(2) to 15(4) and what case law added
 * (research/compliance.md §1.2). The JSON schema of it travels in the package.
 *
 * A section is either a list with something in it or `none` with the reason: an empty list would leave open whether
 * there is nothing or nobody looked.
 */
export const ANSWER_SCHEMA = 'urn:vestige:access-answer:v1';

export const None = z.strictObject({
  none: z.strictObject({ reason_code: z.string().min(1), text: z.string().min(1) }),
});
export type None = z.infer<typeof None>;
const stated = <Item extends z.ZodType>(item: Item) => z.union([z.array(item).min(1), None]);

const instant = z.iso.datetime({ precision: 3 });
const country = z.string().regex(/^[A-Z]{2}$/);

export const AccessAnswer = z.strictObject({
  schema: z.literal(ANSWER_SCHEMA),
  request: z.strictObject({
    id: z.uuid(),
    received_at: instant,
    regime: z.string(),
    answered_at: instant,
    searched: z.strictObject({
      /** Kinds of identifiers that were searched by; never their values. */
      selectors: z.array(z.strictObject({ type: z.string() })),
      stores: z.array(
        z.strictObject({
          id: z.string(),
          title: z.string().nullable(),
          searched_at: instant.nullable(),
          status: z.enum(['searched', 'unreachable', 'excluded']),
          reason: z.string().nullable(),
          rows_found: z.int().min(0).nullable(),
        }),
      ),
      window: z.strictObject({ from: instant.nullable(), to: instant.nullable() }),
    }),
  }),
  /** Every place answered, every recipient has a name, and nothing was cut. False needs a sign-off before it is sealed. */
  complete: z.boolean(),
  controller: z.union([
    z.strictObject({
      legal_name: z.string(),
      contact: z.string(),
      country: country.nullable(),
      representative: z.string().nullable(),
      data_protection_officer: z.string().nullable(),
    }),
    None,
  ]),
  /** Art. 15(1), first words. `false` is an answer too, and signed like any other. */
  processing_confirmed: z.boolean(),
  /** (a) */
  purposes: stated(
    z.strictObject({
      data_use: z.string(),
      title: z.string().nullable(),
      legal_basis: LegalBasis.nullable(),
      interests: z.string().nullable(),
    }),
  ),
  /** (b) */
  categories: stated(z.string()),
  /** (c): who they are, not of which kind (CJEU C-154/21). */
  recipients: stated(
    z.strictObject({
      party: z.string(),
      /** Null only where somebody signed that the entity behind the host cannot be found out. */
      legal_name: z.string().nullable(),
      role: z.string().nullable(),
      country: country.nullable(),
      contact: z.string().nullable(),
      node: z.string(),
      first_disclosed: instant,
      last_disclosed: instant,
      count: z.int().min(0),
      categories: z.array(z.string()),
      purposes: z.array(z.string()),
      via: z.array(z.string()),
    }),
  ),
  /** (d) */
  retention: stated(
    z.strictObject({
      store: z.string(),
      period: z.string().nullable(),
      criteria: z.string().nullable(),
      expires_at: instant.nullable(),
      backups_until: z.string().nullable(),
    }),
  ),
  /** (e) */
  rights: stated(z.enum(['rectification', 'erasure', 'restriction', 'objection', 'portability'])),
  /** (f) */
  complaint_authority: z.union([z.strictObject({ name: z.string(), url: z.url() }), None]),
  /** (g) */
  sources: stated(
    z.strictObject({
      party: z.string(),
      name: z.string().nullable(),
      first_seen: instant.nullable(),
      categories: z.array(z.string()),
    }),
  ),
  /** (h) */
  automated_decisions: stated(
    z.strictObject({
      name: z.string(),
      /** Whether spans of this person passed through what decides. Null: the notice names no node. */
      touched: z.boolean().nullable(),
      logic: z.string(),
      significance: z.string(),
      envisaged_consequences: z.string(),
      human_review: z.string().nullable(),
    }),
  ),
  /** 15(2) */
  transfers: stated(z.strictObject({ party: z.string(), country, mechanism: z.string().nullable() })),
  /** When and why the person was looked up; by which kind of actor, not by whom (CJEU C-579/21). */
  consultations: stated(z.strictObject({ at: instant, purpose: z.string().nullable(), actor_category: z.string() })),
  /** 15(3), and with `redactions` 15(4). */
  copy: stated(
    z.strictObject({
      store: z.string(),
      file: z.string(),
      csv: z.string(),
      sha256: z.string().regex(/^sha256:[0-9a-f]{64}$/),
      rows: z.int().min(0),
      redactions: z.array(z.strictObject({ reason: z.string(), count: z.int().min(1) })),
    }),
  ),
  not_provided: z.array(z.strictObject({ what: z.string(), reason_code: z.string(), text: z.string() })),
  pseudonym_disclosure: z.strictObject({ subject_ids: z.array(z.uuid()), explanation: z.string() }),
});
export type AccessAnswer = z.infer<typeof AccessAnswer>;

/** One column of one file, in `fields.json`: what Art. 12(1) and 20(1) need to make a copy intelligible. */
export const FieldEntry = z.strictObject({
  name: z.string(),
  title: z.string().nullable(),
  category: z.string().nullable(),
  provenance: Provenance.nullable(),
  /** JSON types met in this column. */
  types: z.array(z.enum(['string', 'number', 'boolean', 'object', 'array', 'null'])),
});
export type FieldEntry = z.infer<typeof FieldEntry>;

export const isNone = (section: unknown): section is None =>
  typeof section === 'object' && section !== null && 'none' in section;

/** The items of a section; none when it says why there are none. */
export function itemsOf<Item>(section: readonly Item[] | None): readonly Item[] {
  return isNone(section) ? [] : section;
}
