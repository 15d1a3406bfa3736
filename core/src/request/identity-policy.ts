import type { RequestType } from './request.ts';

/**
 * How sure a company wants to be whom it answers (GDPR Art. 12(6)), and what it lets people show.
 *
 * Asking for more than the request needs is itself an infringement (EDPB Guidelines 01/2022, 3.3): so the levels differ by
 * what a mistake would cost, and copies of documents are taken only where a tenant has said so.
 */
export const ASSURANCE_LEVELS = ['low', 'substantial', 'high'] as const;
export type Assurance = (typeof ASSURANCE_LEVELS)[number];

export const PROOF_KINDS = ['document', 'video', 'knowledge', 'account_login'] as const;
export type ProofKind = (typeof PROOF_KINDS)[number];

export interface IdentityPolicy {
  readonly requiredAssurance: Readonly<Record<RequestType, Assurance>>;
  /** Kinds that may be attached to a request. */
  readonly proofKinds: readonly ProofKind[];
  /** A proof that nobody decided on is destroyed after so many days: 1 to {@link PROOF_DAYS_MAX}. */
  readonly proofDays: number;
}

export const PROOF_DAYS_MAX = 30;
export const PROOF_BYTES_MAX = 10 * 1024 * 1024;
/** Per request. */
export const PROOFS_MAX = 5;
/** What browsers show without running anything of it. */
export const PROOF_MEDIA_TYPES = [
  'application/pdf',
  'image/jpeg',
  'image/png',
  'image/webp',
  'text/plain',
  'video/mp4',
  'video/webm',
] as const;
export type ProofMediaType = (typeof PROOF_MEDIA_TYPES)[number];

/** Handing out, changing or destroying somebody else's data is worse than leaving a person's data alone for a while. */
export const DEFAULT_IDENTITY_POLICY: IdentityPolicy = {
  requiredAssurance: {
    access: 'substantial',
    portability: 'substantial',
    erasure: 'substantial',
    rectification: 'substantial',
    restriction: 'low',
    objection: 'low',
  },
  proofKinds: ['knowledge', 'account_login'],
  proofDays: 14,
};

/** A level nobody knows reaches nothing. */
export function reaches(assurance: string, required: Assurance): boolean {
  const level = ASSURANCE_LEVELS.find((each) => each === assurance);
  return level !== undefined && ASSURANCE_LEVELS.indexOf(level) >= ASSURANCE_LEVELS.indexOf(required);
}
