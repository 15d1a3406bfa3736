/**
 * The attribute keys of `vestige.*`: the contract between the SDK, which stamps them, and the collector, which reads
 * them. Free of zod and of I/O, so that the SDK can carry it into other people's processes.
 */
export const CONVENTION_VERSION = '1.0';

export const ATTR = {
  conventionVersion: 'vestige.convention.version',
  subjectTokens: 'vestige.subject.tokens',
  subjectSet: 'vestige.subject.set',
  subjectCount: 'vestige.subject.count',
  subjectRole: 'vestige.subject.role',
  subjectAttribution: 'vestige.subject.attribution',
  dataCategories: 'vestige.data.categories',
  purpose: 'vestige.purpose',
  legalBasis: 'vestige.legal_basis',
  flowAction: 'vestige.flow.action',
  flowPeer: 'vestige.flow.peer',
  recordRefs: 'vestige.record.refs',
  recordCount: 'vestige.record.count',
  derivedFrom: 'vestige.derived_from',
  owner: 'vestige.owner',
  recipientId: 'vestige.recipient.id',
  recipientCountry: 'vestige.recipient.country',
  retentionUntil: 'vestige.retention.until',
  requestId: 'vestige.request.id',
  seq: 'vestige.seq',
} as const;

/** More subjects than this on one span travel as a registered set (`vestige.subject.set`). */
export const SUBJECT_TOKENS_MAX = 32;

/** The one W3C baggage key in which a subject travels between processes. */
export const BAGGAGE_KEY = 'vestige';

export const SUBJECT_ROLES = ['data_subject', 'mentioned', 'actor'] as const;
export type SubjectRole = (typeof SUBJECT_ROLES)[number];

export const LEGAL_BASES = [
  'consent',
  'contract',
  'legal_obligation',
  'vital_interests',
  'public_task',
  'legitimate_interests',
] as const;
export type LegalBasis = (typeof LEGAL_BASES)[number];

/** What one span did to one peer. `unknown` means both directions are possible; it is never a silent `read`. */
export const ACTIONS = ['none', 'read', 'write', 'delete', 'share', 'receive', 'unknown'] as const;
export type Action = (typeof ACTIONS)[number];

/** How the tokens got onto a span: the code said so, or the processor stamped them from the running context. */
export const ATTRIBUTIONS = ['none', 'ambient', 'declared'] as const;
export type Attribution = (typeof ATTRIBUTIONS)[number];
