/**
 * Kinds of data of ours, each with a clock of its own (GDPR Art. 5(1)(e)). Which table belongs to which kind is the
 * store's concern; how long a kind has to stay and whether it ends is decided here.
 */
export const RETENTION_CLASSES = [
  'agent_log',
  'person_links',
  'identities',
  'rejected',
  'erasure_evidence',
  'suppression',
  'identifiers',
  'copies',
  'repeat_keys',
  'request_log',
  'audit_log',
] as const;
export type RetentionClass = (typeof RETENTION_CLASSES)[number];

export interface RetentionRule {
  /** Data of this kind may not leave sooner; 0 where nothing asks for that. */
  readonly minDays: number;
  /**
   * How its end comes. `period`: a number of days that the store states. `event`: with what it was kept for, such as a
   * request. `never`: it holds nobody and is the proof itself.
   */
  readonly ends: 'period' | 'event' | 'never';
}

/** EU AI Act Art. 19(1) and 26(6): logs of high-risk systems are kept for at least six months. */
const AI_ACT_DAYS = 183;
/** CCPA regulations § 7101(a): records of requests and how they were answered are kept for at least 24 months. */
const REQUEST_LOG_DAYS = 731;

export const RETENTION_RULES: Readonly<Record<RetentionClass, RetentionRule>> = {
  /** What agents did, without whom they did it for: spans name nobody, so they outlive the erasure of a person. */
  agent_log: { minDays: AI_ACT_DAYS, ends: 'period' },
  /** Which span was about whom. Goes with the person, at any time before. */
  person_links: { minDays: 0, ends: 'period' },
  /** Which tokens lead to whose random id. Goes when nothing is left that it leads to. */
  identities: { minDays: 0, ends: 'event' },
  rejected: { minDays: 0, ends: 'period' },
  erasure_evidence: { minDays: 0, ends: 'period' },
  suppression: { minDays: 0, ends: 'period' },
  identifiers: { minDays: 0, ends: 'event' },
  copies: { minDays: 0, ends: 'event' },
  repeat_keys: { minDays: 0, ends: 'period' },
  request_log: { minDays: REQUEST_LOG_DAYS, ends: 'never' },
  audit_log: { minDays: REQUEST_LOG_DAYS, ends: 'never' },
};
