import { randomBytes } from 'node:crypto';
import { VestigeError } from '@vestige/core/errors';
import type { TenantId } from '@vestige/core/ids';
import { sql } from 'drizzle-orm';
import { rowsOf, type Transaction } from '../postgres.ts';
import { auditEntry, auditPayload } from '../tables/audit.ts';
import type { AuditDraft, AuditEntry } from './audit-store.ts';
import {
  canonicalText,
  commit,
  type EntryBody,
  type EntryPayload,
  entryOf,
  HIDDEN_ID,
  NONCE_BYTES,
  payloadOf,
} from './entry-bytes.ts';

/** Class of our advisory locks that number audit entries; the second half of the key is the tenant. */
const LOCK_CLASS = 0x76_61_75; // 'vau'
/** Leaves room for the entry's own fields below the 64 KiB of a tile entry, and keeps the trail cheap to page. */
const PAYLOAD_CHARS_MAX = 32_768;

/**
 * Writes an audit entry in the transaction of the change it tells of.
 *
 * Make it the last statement of the transaction: from here to the commit every other writer of this tenant waits, which
 * is what makes the index gap-free, and a lock taken later could meet theirs the other way round.
 *
 * @throws VestigeError `bad_request` for a payload over 32,768 characters
 */
export async function insertAudit(tx: Transaction, tenant: TenantId, draft: AuditDraft): Promise<AuditEntry> {
  const payload = payloadOf(draft);
  const payloadText = canonicalText(payload);
  if (payloadText.length > PAYLOAD_CHARS_MAX) {
    throw new VestigeError('bad_request', `an audit payload has at most ${PAYLOAD_CHARS_MAX} characters`);
  }
  const nonce = randomBytes(NONCE_BYTES);

  // Two statements: a statement that waited for the lock would still read the index it saw before waiting.
  await tx.execute(sql`SELECT pg_advisory_xact_lock(${LOCK_CLASS}::int, ${tenant}::int)`);
  const [next] = await rowsOf<{ idx: number; at: string }>(
    tx,
    sql`SELECT coalesce(max(idx) + 1, 0)::float8 AS idx,
               to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS at
        FROM audit_entry WHERE tenant = ${tenant}`,
  );
  if (!next) throw new VestigeError('internal', 'no index for the audit entry');
  const entry = entryOf(draft, next.at, commit(nonce, payloadText));

  await tx.insert(auditEntry).values({
    tenant,
    index: next.idx,
    entry: Buffer.from(canonicalText(entry), 'utf8'),
    requestId: entry.requestId,
  });
  await tx.insert(auditPayload).values({
    tenant,
    index: next.idx,
    nonce,
    payload: payloadText,
    subjectId: payload.subjectId ?? null,
    purpose: payload.purpose ?? null,
  });
  return auditEntryOf(next.idx, entry, payload);
}

/** An entry as readers get it. @param payload null once erased */
export function auditEntryOf(index: number, entry: EntryBody, payload: EntryPayload | null): AuditEntry {
  return {
    index,
    at: entry.at,
    type: entry.type,
    actor: entry.actor,
    object: entry.object.id === HIDDEN_ID ? { ...entry.object, id: payload?.subjectId ?? HIDDEN_ID } : entry.object,
    requestId: entry.requestId,
    purpose: payload?.purpose ?? null,
    commitment: entry.commitment,
    payload: payload && (payload.details ?? {}),
  };
}
