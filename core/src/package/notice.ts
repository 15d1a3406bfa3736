import { z } from 'zod';

/**
 * What a controller has to say in words because no span shows it: who it is, on which basis and why it uses data, what
 * the fields of its stores mean, how it decides by machine. Art. 13 and 14 make every controller write this down; an
 * access answer (Art. 15) repeats it to one person, and portability (Art. 20) is decided by it.
 */

/** Art. 6(1) and the part of Art. 9(2) that portability knows, in the terms of W3C DPV (research/compliance.md §2.6). */
export const LEGAL_BASES = [
  'eu-gdpr:A6-1-a',
  'eu-gdpr:A6-1-b',
  'eu-gdpr:A6-1-c',
  'eu-gdpr:A6-1-d',
  'eu-gdpr:A6-1-e',
  'eu-gdpr:A6-1-f',
  'eu-gdpr:A9-2-a',
] as const;
export const LegalBasis = z.enum(LEGAL_BASES);
export type LegalBasis = z.infer<typeof LegalBasis>;

/**
 * How the controller came by data: the person typed it in (`provided`), it was recorded while they used something
 * (`observed`), somebody made it from other data (`inferred`), or somebody else handed it over (`obtained`).
 */
export const PROVENANCES = ['provided', 'observed', 'inferred', 'obtained'] as const;
export const Provenance = z.enum(PROVENANCES);
export type Provenance = z.infer<typeof Provenance>;

const line = z.string().min(1).max(200);
const paragraph = z.string().min(1).max(2_000);

export const FieldNotice = z.strictObject({
  /** Name of the column, as the store delivers it. */
  name: z.string().min(1).max(200),
  /** The same in words that the person understands. */
  title: line,
  /** fideslang data category. */
  category: line.nullable().default(null),
  /** Null: as the store it is in. */
  provenance: Provenance.nullable().default(null),
  /** The identifier type whose value says whose row this is; a row that names somebody else is left out. */
  identifies: z.string().min(1).max(60).nullable().default(null),
  /** The column is about somebody else (Art. 15(4), 20(4)); its values are left out. */
  thirdParty: z.boolean().default(false),
});
export type FieldNotice = z.infer<typeof FieldNotice>;

export const StoreNotice = z.strictObject({
  /** Node id, or with `*` at its end every node with that prefix; the longest prefix counts. */
  store: z.string().min(1).max(1_000),
  legalBasis: LegalBasis,
  provenance: Provenance,
  /** From whom, for what was obtained. */
  source: line.nullable().default(null),
  /** How the time of keeping is decided, where the registry has no number of days (Art. 15(1)(d)). */
  retentionCriteria: paragraph.nullable().default(null),
  fields: z.array(FieldNotice).max(500).default([]),
});
export type StoreNotice = z.infer<typeof StoreNotice>;

export const PrivacyNotice = z.strictObject({
  controller: z.strictObject({
    legalName: line,
    contact: line,
    country: z
      .string()
      .regex(/^[A-Z]{2}$/)
      .nullable()
      .default(null),
    representative: line.nullable().default(null),
    dataProtectionOfficer: line.nullable().default(null),
  }),
  /** Where to complain (Art. 15(1)(f)). */
  authority: z.strictObject({ name: line, url: z.url({ protocol: /^https$/ }).max(500) }),
  purposes: z
    .array(
      z.strictObject({
        /** fideslang data use, as spans name it. */
        dataUse: line,
        title: line,
        legalBasis: LegalBasis,
        /** The interests pursued, for Art. 6(1)(f). */
        interests: paragraph.nullable().default(null),
      }),
    )
    .max(200),
  stores: z.array(StoreNotice).max(1_000).default([]),
  /** Decisions by machine alone (Art. 15(1)(h), 22; CJEU C-203/22). An empty list says that there are none. */
  automatedDecisions: z
    .array(
      z.strictObject({
        name: line,
        /** Agents and models that take it, as lineage names them. */
        nodes: z.array(z.string().min(1).max(1_000)).max(50).default([]),
        logic: paragraph,
        significance: paragraph,
        consequences: paragraph,
        humanReview: paragraph.nullable().default(null),
      }),
    )
    .max(100),
});
export type PrivacyNotice = z.infer<typeof PrivacyNotice>;
