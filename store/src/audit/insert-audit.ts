import { randomBytes } from 'node:crypto';
import { VestigeError } from '@vestige/core/errors';
import type { TenantId } from '@vestige/core/ids';
import { sql } from 'drizzle-orm';
import { rowsOf, type Transaction } from '../postgres.ts';
import type { AuditDraft } from './audit-store.ts';
import { bodyOf, canonicalText, commit, type EntryBody, NONCE_BYTES, payloadOf } from './entry-bytes.ts';

/** Leaves room for the entry's own fields below the 64 KiB of a tile entry, and keeps the trail cheap to page. */
const PAYLOAD_CHARS_MAX = 32_768;
/** Below the 65,535 bytes of an entry, with room for its two instants. */
const BODY_BYTES_MAX = 65_000;

/**
 * Writes an audit entry in the transaction of the change it tells of: both are there, or neither.
 *
 * It takes no lock and waits for nobody. The entry gets its index, and is seen by readers, once it is committed and
 * sequenced ({@link import('./sequence.ts').sequence}).
 *
 * @param redacts see {@link EntryBody}
 * @returns the id its index will be found by
 * @throws VestigeError `bad_request` for a payload over 32,768 characters
 */
export async function insertAudit(
  tx: Transaction,
  tenant: TenantId,
  draft: AuditDraft,
  redacts?: EntryBody['redacts'],
): Promise<number> {
  const payload = payloadOf(draft);
  const payloadText = canonicalText(payload);
  if (payloadText.length > PAYLOAD_CHARS_MAX) {
    throw new VestigeError('bad_request', `an audit payload has at most ${PAYLOAD_CHARS_MAX} characters`);
  }
  const nonce = randomBytes(NONCE_BYTES);
  const body = bodyOf(draft, commit(nonce, payloadText), redacts);
  const bodyText = canonicalText(body);
  if (Buffer.byteLength(bodyText) > BODY_BYTES_MAX) {
    throw new VestigeError('bad_request', `an audit entry has at most ${BODY_BYTES_MAX} bytes`);
  }
  const [row] = await rowsOf<{ id: number }>(
    tx,
    sql`WITH waiting AS (
          INSERT INTO audit_pending (tenant, body, request_id)
          VALUES (${tenant}, ${bodyText}, ${body.requestId})
          RETURNING id
        )
        INSERT INTO audit_payload (tenant, id, nonce, payload, subject_id, purpose, request_id)
        SELECT ${tenant}::int, id, ${nonce}::bytea, ${payloadText}::text, ${payload.subjectId ?? null}::uuid,
               ${payload.purpose ?? null}::text, ${body.requestId}::text
        FROM waiting
        RETURNING id::float8 AS id`,
  );
  if (!row) throw new VestigeError('internal', 'the audit entry was not stored');
  return row.id;
}
