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
/** Entries per statement of {@link insertAudits}. */
const ENTRIES_PER_STATEMENT = 200;

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
  const { body, bodyText, payload, payloadText, nonce } = sealed(draft, redacts);
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

/**
 * The same for many entries, in their order, one statement for hundreds: ten claimed tasks would wait for ten round trips.
 * Bodies are told apart by their commitments, each to a nonce of its own.
 */
export async function insertAudits(tx: Transaction, tenant: TenantId, drafts: readonly AuditDraft[]): Promise<void> {
  for (let from = 0; from < drafts.length; from += ENTRIES_PER_STATEMENT) {
    const entries = drafts.slice(from, from + ENTRIES_PER_STATEMENT).map((draft) => sealed(draft));
    // Absent ones travel as '', which drivers agree upon in arrays.
    const texts = (of: (entry: Sealed) => string | null | undefined) =>
      sql.param(entries.map((each) => of(each) ?? ''));
    const rows = await rowsOf<{ id: number }>(
      tx,
      sql`WITH entries AS (
            SELECT * FROM unnest(
              ${texts(({ bodyText }) => bodyText)}::text[], ${texts(({ body }) => body.requestId)}::text[],
              ${texts(({ nonce }) => nonce.toString('hex'))}::text[], ${texts(({ payloadText }) => payloadText)}::text[],
              ${texts(({ payload }) => payload.subjectId)}::text[], ${texts(({ payload }) => payload.purpose)}::text[]
            ) WITH ORDINALITY AS e (body, request_id, nonce, payload, subject_id, purpose, place)
          ), waiting AS (
            INSERT INTO audit_pending (tenant, body, request_id)
            SELECT ${tenant}::int, body, nullif(request_id, '') FROM entries ORDER BY place
            RETURNING id, body
          )
          INSERT INTO audit_payload (tenant, id, nonce, payload, subject_id, purpose, request_id)
          SELECT ${tenant}::int, w.id, decode(e.nonce, 'hex'), e.payload, nullif(e.subject_id, '')::uuid,
                 nullif(e.purpose, ''), nullif(e.request_id, '')
          FROM waiting w JOIN entries e ON e.body = w.body
          RETURNING id::float8 AS id`,
    );
    if (rows.length !== entries.length) throw new VestigeError('internal', 'the audit entries were not stored');
  }
}

type Sealed = ReturnType<typeof sealed>;

/** @throws VestigeError `bad_request` for a payload or an entry that is too large */
function sealed(draft: AuditDraft, redacts?: EntryBody['redacts']) {
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
  return { body, bodyText, payload, payloadText, nonce };
}
