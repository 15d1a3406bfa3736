import { createHash } from 'node:crypto';
import canonicalize from 'canonicalize';
import type { AuditDraft } from './audit-store.ts';

/**
 * The bytes of an audit entry, made so that a Merkle tree after RFC 6962 can be laid over them later: RFC 8785 canonical
 * JSON, no personal data, and a salted commitment to what may be erased.
 */
export const ENTRY_VERSION = 1;
/** EDPB 02/2025: a commitment to guessable data needs a salt of at least 128 bit. */
export const NONCE_BYTES = 32;

/** What an entry says, in the open and for ever. */
export interface EntryBody {
  readonly v: typeof ENTRY_VERSION;
  readonly type: string;
  /** RFC 3339 UTC, milliseconds, by the database's clock. */
  readonly at: string;
  readonly actor: string;
  /** The id of a person is in the payload; here stands `-`. */
  readonly object: { readonly kind: string; readonly id: string };
  readonly requestId: string | null;
  /** `sha256:` + hex. */
  readonly commitment: string;
}

/** What may be erased: whom it is about, why, and the details. */
export interface EntryPayload {
  readonly subjectId?: string;
  readonly purpose?: string;
  readonly details?: Readonly<Record<string, unknown>>;
}

export const PERSON_KIND = 'subject';
export const HIDDEN_ID = '-';

export function payloadOf(draft: AuditDraft): EntryPayload {
  const subjectId = draft.subjectId ?? (draft.object.kind === PERSON_KIND ? draft.object.id : HIDDEN_ID);
  return {
    ...(subjectId === HIDDEN_ID ? {} : { subjectId }),
    ...(draft.purpose === undefined ? {} : { purpose: draft.purpose }),
    ...(draft.payload === undefined ? {} : { details: draft.payload }),
  };
}

export function entryOf(draft: AuditDraft, at: string, commitment: string): EntryBody {
  const namesPerson = draft.object.kind === PERSON_KIND || draft.object.id === draft.subjectId;
  return {
    v: ENTRY_VERSION,
    type: draft.type,
    at,
    actor: draft.actor,
    object: { kind: draft.object.kind, id: namesPerson ? HIDDEN_ID : draft.object.id },
    requestId: draft.requestId ?? null,
    commitment,
  };
}

/** RFC 8785 text. @throws TypeError for what JSON cannot say, such as a function or a cycle */
export function canonicalText(value: unknown): string {
  const text = canonicalize(value);
  if (text === undefined) throw new TypeError('not representable as canonical JSON');
  return text;
}

/** SHA-256 over a zero byte, the nonce and the canonical payload, as `sha256:` + hex. */
export function commit(nonce: Uint8Array, canonicalPayload: string): string {
  const digest = createHash('sha256').update(Buffer.of(0)).update(nonce).update(canonicalPayload, 'utf8').digest('hex');
  return `sha256:${digest}`;
}
