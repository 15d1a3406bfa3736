import { createHash } from 'node:crypto';
import canonicalize from 'canonicalize';
import { z } from 'zod';
import { ACKNOWLEDGEMENTS, NOTICE_CHANNELS, NOTICE_EXCUSES } from '../notice/recipient-notice.ts';
import { REGIMES } from '../request/deadline.ts';
import { isEnded } from '../request/outcome.ts';
import { TARGET_ORIGINS } from '../request/plan.ts';
import { REQUEST_TYPES } from '../request/request.ts';
import { PROVEN_STATES } from '../request/task-state.ts';
import { TASK_ACTIONS } from '../request/worker-protocol.ts';

/**
 * The signed answer to "what was done" (research/compliance.md §3.8). It holds no personal data: who it is about is a
 * commitment, and the nonce that opens it is handed to that person alone.
 */
export const CERTIFICATE_SCHEMA = 'urn:vestige:certificate:v1';

const instant = z.iso.datetime({ precision: 3 });
const sha256 = z.string().regex(/^sha256:[0-9a-f]{64}$/);

/**
 * Who says so (research/compliance.md §3.5): `V0` the executor itself; `V1` looked again by the same path; `V2` looked
 * again by another path and credential; `V3` counted to zero in the files of the engine. The looks of `V4` come later
 * (`rechecks`): what they find is a finding of its own, and reopens the request.
 */
export const VERIFICATION_LEVELS = ['V0', 'V1', 'V2', 'V3'] as const;

/** A part of a place that stays by an exemption of the approved plan. */
export const CertifiedKept = z.strictObject({
  categories: z.array(z.string()),
  from: z.iso.date().nullable(),
  to: z.iso.date().nullable(),
  code: z.string(),
  approvedBy: z.string(),
  reviewAt: z.iso.date(),
});
export type CertifiedKept = z.infer<typeof CertifiedKept>;

export const CertifiedTarget = z.strictObject({
  node: z.string(),
  action: z.enum(TASK_ACTIONS),
  origin: z.enum(TARGET_ORIGINS),
  /** Where the task ended: proven (`verified`, `no_data_found`) or an exception (`exempt`, `delegated`). */
  result: z.enum(['verified', 'no_data_found', 'delegated', 'exempt']),
  method: z.string().nullable(),
  found: z.int().min(0),
  erased: z.int().min(0),
  residual: z.int().min(0),
  /**
   * Of `erased`: records that an attempt had found and announced, and that were gone when the next one looked. The attempt
   * that saw them never reported, so nobody says who removed them. Absent where every record is in a report.
   */
  unreported: z.int().min(1).optional(),
  verification: z.enum(VERIFICATION_LEVELS).nullable(),
  executedBy: z.string().nullable(),
  verifiedBy: z.string().nullable(),
  evidenceDigest: z.string().nullable(),
  /** What the target keeps beyond the reach of its connector, e.g. `backups`. */
  cannotErase: z.array(z.string()),
  /** Day on which the last backup with this person's data expires, when the registry says how long backups live. */
  backupHorizon: z.iso.date().nullable(),
  exception: z.strictObject({ code: z.string(), approvedBy: z.string(), reviewAt: z.iso.date().nullable() }).nullable(),
  /** What stays of a place whose rest went; absent where nothing does. Neither found, erased nor left, in the counts above. */
  kept: z.array(CertifiedKept).min(1).optional(),
});
export type CertifiedTarget = z.infer<typeof CertifiedTarget>;

/** One party that had received data, and how it was told (Art. 19): the person may ask for exactly this list. */
export const CertifiedRecipient = z.strictObject({
  party: z.string(),
  /** Null while nobody registered the legal entity behind it. */
  legalName: z.string().nullable(),
  nodes: z.array(z.string()),
  notice: z.strictObject({ channel: z.enum(NOTICE_CHANNELS), sentAt: instant }).nullable(),
  /** The recipient's own word; `received` says nothing about what it did. */
  acknowledged: z.strictObject({ as: z.enum(ACKNOWLEDGEMENTS), at: instant }).nullable(),
  excuse: z.enum(NOTICE_EXCUSES).nullable(),
  /** Day since which an order of somebody else, such as a court, makes the recipient keep what it has. */
  heldSince: z.iso.date().nullable(),
});
export type CertifiedRecipient = z.infer<typeof CertifiedRecipient>;

export const CertificateBody = z.strictObject({
  schema: z.literal(CERTIFICATE_SCHEMA),
  certificateId: z.uuid(),
  tenant: z.string(),
  requestId: z.uuid(),
  type: z.enum(REQUEST_TYPES),
  regime: z.enum(REGIMES),
  ground: z.string().nullable(),
  outcome: z.enum(['completed', 'completed_with_exceptions']),
  subjectCommitment: sha256,
  dates: z.strictObject({
    received: instant,
    identified: instant,
    approved: instant,
    executed: instant,
    issued: instant,
  }),
  approval: z.strictObject({ planHash: sha256, by: z.string(), filedBy: z.string(), singleKey: z.boolean() }),
  scope: z.strictObject({
    selectors: z.int(),
    aliases: z.int(),
    /** Events of this person before this instant are refused from now on; null for an access request. */
    eventsBefore: instant.nullable(),
  }),
  targets: z.array(CertifiedTarget),
  /** Art. 19, one per party; empty where nothing had to be told. */
  recipients: z.array(CertifiedRecipient),
  /** When it is looked whether the person has come back into our own telemetry (V4); the last when backups expire. */
  rechecks: z.array(instant),
  /** What this document does not speak about, in words. */
  notCovered: z.array(z.string()),
  /** The sealed copy, for access and portability. */
  package: z.strictObject({ sha256, complete: z.boolean() }).nullable(),
  /**
   * The audit log whose entry about the end of this request holds the hash of this certificate. The proof of that entry
   * is a file beside the certificate (C2SP tlog-proof): it cannot stand inside what it proves.
   */
  log: z.strictObject({ origin: z.string() }),
});
export type CertificateBody = z.infer<typeof CertificateBody>;

export const Certificate = CertificateBody.extend({
  signature: z.strictObject({ alg: z.literal('Ed25519'), kid: z.string(), value: z.base64url() }),
});
export type Certificate = z.infer<typeof Certificate>;

/** RFC 8785 bytes: what is signed, and the form in which a certificate is stored and handed over. */
export function canonicalBytes(value: CertificateBody | Certificate): Uint8Array {
  return new TextEncoder().encode(canonicalize(value) ?? '');
}

/** Binds a certificate to a person without naming them. @param nonce 32 random bytes, given to the person only */
export function subjectCommitment(nonce: Uint8Array, subjectId: string): string {
  return `sha256:${createHash('sha256').update(nonce).update(`\0${subjectId}`).digest('hex')}`;
}

/** The outcome that these targets prove, or null when they prove none. */
export function certifiedOutcome(targets: readonly CertifiedTarget[]): CertificateBody['outcome'] | null {
  if (targets.length === 0 || !targets.every((target) => isEnded(target.result))) return null;
  const whole = (target: CertifiedTarget) => PROVEN_STATES.includes(target.result) && target.kept === undefined;
  return targets.every(whole) ? 'completed' : 'completed_with_exceptions';
}
