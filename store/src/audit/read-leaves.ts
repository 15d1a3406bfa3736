import type { TenantId } from '@vestige/core/ids';
import { type SQL, sql } from 'drizzle-orm';
import { rowsOf, type Transaction } from '../postgres.ts';
import type { LoggedCertificate, LogLeaf } from './audit-log.ts';

interface Row extends Record<string, unknown> {
  readonly index: number;
  readonly entry: Uint8Array;
  readonly nonce: Uint8Array | null;
  readonly payload: string | null;
  readonly subjectId: string | null;
  readonly redactedBy: number | null;
}

const LEAVES = (tenant: TenantId, which: SQL, limit: number) => sql`
  SELECT e.idx::float8 AS index, e.entry, p.nonce, p.payload, p.subject_id AS "subjectId", by.idx::float8 AS "redactedBy"
  FROM audit_entry e
  LEFT JOIN audit_payload p ON p.tenant = e.tenant AND p.id = e.id
  LEFT JOIN audit_redaction r ON r.tenant = e.tenant AND r.idx = e.idx
  LEFT JOIN audit_entry by ON by.tenant = r.tenant AND by.id = r.by_id
  WHERE e.tenant = ${tenant} AND ${which}
  ORDER BY e.idx
  LIMIT ${limit}`;

export async function readLeaves(
  tx: Transaction,
  tenant: TenantId,
  { from, until, limit }: { from: number; until: number; limit: number },
): Promise<LogLeaf[]> {
  return (await rowsOf<Row>(tx, LEAVES(tenant, sql`e.idx >= ${from} AND e.idx < ${until}`, limit))).map(leafOf);
}

/** The certificate names its request, and the entry of a completed request names its certificate in the open. */
export async function readCertificateEntry(tx: Transaction, tenant: TenantId, id: string): Promise<LogLeaf | null> {
  const which = sql`
    e.request_id = (SELECT c.request_id::text FROM certificates c WHERE c.tenant = ${tenant} AND c.id = ${id}::uuid)
    AND convert_from(e.entry, 'UTF8')::jsonb #>> '{facts,certificate}' = ${id}`;
  const [row] = await rowsOf<Row>(tx, LEAVES(tenant, which, 1));
  return row ? leafOf(row) : null;
}

/** At most as many as there are entries in the range. */
export async function readCertificates(
  tx: Transaction,
  tenant: TenantId,
  { from, until }: { from: number; until: number },
): Promise<LoggedCertificate[]> {
  const rows = await rowsOf<{ id: string; index: number; bytes: Uint8Array }>(
    tx,
    sql`SELECT c.id::text AS id, e.idx::float8 AS index, c.bytes
        FROM audit_entry e JOIN certificates c ON c.tenant = e.tenant AND c.request_id::text = e.request_id
        WHERE e.tenant = ${tenant} AND e.idx >= ${from} AND e.idx < ${until} AND e.request_id IS NOT NULL
          AND convert_from(e.entry, 'UTF8')::jsonb #>> '{facts,certificate}' = c.id::text
        ORDER BY e.idx`,
  );
  return rows.map(({ id, index, bytes }) => ({ id, index, bytes: Buffer.from(bytes) }));
}

function leafOf({ index, entry, nonce, payload, subjectId, redactedBy }: Row): LogLeaf {
  return {
    index,
    entry: Buffer.from(entry),
    payload: nonce === null || payload === null ? null : { nonce: Buffer.from(nonce), text: payload, subjectId },
    redactedBy,
  };
}
