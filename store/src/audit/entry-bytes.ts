import { createHash } from 'node:crypto';
import canonicalize from 'canonicalize';
import type { AuditDraft } from './audit-store.ts';

/**
 * The bytes of an audit entry, which the tree hashes: RFC 8785 canonical JSON, no personal data, and a salted commitment
 * to what may be erased. Everything that a verifier goes by is in here; a field beside the entry would prove nothing.
 */
export const ENTRY_VERSION = 1;
/** EDPB 02/2025: a commitment to guessable data needs a salt of at least 128 bit. */
export const NONCE_BYTES = 32;

/** What an entry says, in the open and for ever, before it has its place in the log. */
export interface EntryBody {
  readonly v: typeof ENTRY_VERSION;
  readonly type: string;
  readonly actor: string;
  /** The id of a person is in the payload; here stands `-`. */
  readonly object: { readonly kind: string; readonly id: string };
  readonly requestId: string | null;
  /** `sha256:` + hex. */
  readonly commitment: string;
  /** See {@link openFacts}; absent when there are none. */
  readonly facts?: Readonly<Record<string, string | number>>;
  /** Indexes of the entries whose payloads were erased by leave of this one, as ranges with both ends included. */
  readonly redacts?: readonly (readonly [number, number])[];
}

/** The whole entry. */
export interface Entry extends EntryBody {
  /** When it was written: RFC 3339 UTC, milliseconds, by the database's clock. */
  readonly at: string;
  /** When it got its index, by the same clock; never before `at`, and never before that of the entry before. */
  readonly loggedAt: string;
}

/** What may be erased: whom it is about, why, and the details. */
export interface EntryPayload {
  readonly subjectId?: string;
  readonly purpose?: string;
  readonly details?: Readonly<Record<string, unknown>>;
}

export const PERSON_KIND = 'subject';
export const HIDDEN_ID = '-';

/**
 * Details that stay readable when the payload is gone, because a verifier replays the state machines and compares
 * certificates by them. A closed list of keys and shapes (states, numbers, hashes, ids of ours): nothing of it can hold
 * a person.
 */
const OPEN_FACTS = ['from', 'to', 'version', 'planHash', 'certificate', 'certificateSha256', 'dry'] as const;
const OPEN_TEXT = /^(?:[a-z_]{1,40}|sha256:[0-9a-f]{64}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/;

export function payloadOf(draft: AuditDraft): EntryPayload {
  const subjectId = draft.subjectId ?? (draft.object.kind === PERSON_KIND ? draft.object.id : HIDDEN_ID);
  return {
    ...(subjectId === HIDDEN_ID ? {} : { subjectId }),
    ...(draft.purpose === undefined ? {} : { purpose: draft.purpose }),
    ...(draft.payload === undefined ? {} : { details: draft.payload }),
  };
}

export function bodyOf(draft: AuditDraft, commitment: string, redacts?: EntryBody['redacts']): EntryBody {
  const namesPerson = draft.object.kind === PERSON_KIND || draft.object.id === draft.subjectId;
  const facts = openFacts(draft);
  return {
    v: ENTRY_VERSION,
    type: draft.type,
    actor: draft.actor,
    object: { kind: draft.object.kind, id: namesPerson ? HIDDEN_ID : draft.object.id },
    requestId: draft.requestId ?? null,
    commitment,
    ...(Object.keys(facts).length === 0 ? {} : { facts }),
    ...(redacts === undefined ? {} : { redacts }),
  };
}

function openFacts({ payload = {}, subjectId }: AuditDraft): Record<string, string | number> {
  const facts: Record<string, string | number> = {};
  for (const key of OPEN_FACTS) {
    const value = payload[key];
    const open = typeof value === 'string' ? OPEN_TEXT.test(value) && value !== subjectId : Number.isSafeInteger(value);
    if (open) facts[key] = value as string | number;
  }
  return facts;
}

export function entryOf(body: EntryBody, at: string, loggedAt: string): Entry {
  return { ...body, at, loggedAt };
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
