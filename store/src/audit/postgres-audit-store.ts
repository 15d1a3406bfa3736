import type { TenantId } from '@vestige/core/ids';
import { type SQL, sql } from 'drizzle-orm';
import { type Database, rowsOf, type Transaction, withTenant } from '../postgres.ts';
import { type AuditEntry, type AuditStore, LATEST_SCAN_MAX } from './audit-store.ts';
import { type Entry, type EntryPayload, HIDDEN_ID } from './entry-bytes.ts';
import { erasePayloads } from './erase-payloads.ts';
import { insertAudit } from './insert-audit.ts';
import { sequence } from './sequence.ts';

/** How much of a backlog a reader works off before reading: 10,000 entries. */
const READER_BATCHES_MAX = 10;

export function postgresAuditStore(db: Database): AuditStore {
  return {
    async append(tenant, draft) {
      await withTenant(db, tenant, (tx) => insertAudit(tx, tenant, draft));
    },

    async entries(tenant, { afterIndex, limit, subjectIds, during = [], requestId, readsOnly }) {
      if (subjectIds?.length === 0) return [];
      await sequence(db, tenant, READER_BATCHES_MAX);
      const only: SQL[] = [];
      if (subjectIds) only.push(sql`AND (${sql.join([aboutAny(subjectIds), ...during.map(aboutDuring)], sql` OR `)})`);
      if (requestId !== undefined) only.push(sql`AND e.request_id = ${requestId}`);
      if (readsOnly) only.push(sql`AND p.purpose IS NOT NULL`);
      const rows = await withTenant(db, tenant, (tx) =>
        rowsOf<Row>(
          tx,
          sql`${ENTRIES} WHERE e.tenant = ${tenant} AND e.idx > ${afterIndex} ${sql.join(only, sql` `)}
              ORDER BY e.idx
              LIMIT ${limit}`,
        ),
      );
      return rows.map(auditEntryOf);
    },

    async latest(tenant, { beforeIndex, limit, type, actor, requestId }) {
      if (beforeIndex === null) await sequence(db, tenant, READER_BATCHES_MAX);
      return withTenant(db, tenant, async (tx) => {
        const end = beforeIndex ?? (await sizeOf(tx, tenant));
        const begin = Math.max(0, end - LATEST_SCAN_MAX);
        const said = sql`convert_from(e.entry, 'UTF8')::jsonb`;
        const only: SQL[] = [];
        if (type !== undefined) only.push(sql`AND starts_with(${said} ->> 'type', ${type})`);
        if (actor !== undefined) only.push(sql`AND ${said} ->> 'actor' = ${actor}`);
        if (requestId !== undefined) only.push(sql`AND e.request_id = ${requestId}`);
        const rows = await rowsOf<Row>(
          tx,
          sql`${ENTRIES} WHERE e.tenant = ${tenant} AND e.idx >= ${begin} AND e.idx < ${end} ${sql.join(only, sql` `)}
              ORDER BY e.idx DESC
              LIMIT ${limit}`,
        );
        const reached = rows.length === limit ? (rows.at(-1)?.index ?? begin) : begin;
        return { entries: rows.map(auditEntryOf), before: reached > 0 ? reached : null };
      });
    },

    erasePayloads: async (tenant, subjectIds, by) =>
      subjectIds.length === 0 ? 0 : withTenant(db, tenant, (tx) => erasePayloads(tx, tenant, subjectIds, by)),
  };
}

const aboutAny = (subjectIds: readonly string[]) => sql`p.subject_id IN ${[...subjectIds]}`;

const aboutDuring = ({ subjectId, from, to }: { subjectId: string; from: string; to: string }) => sql`
  (p.subject_id = ${subjectId}
   AND (convert_from(e.entry, 'UTF8')::jsonb ->> 'at')::timestamptz >= ${from}::timestamptz
   AND (convert_from(e.entry, 'UTF8')::jsonb ->> 'at')::timestamptz < ${to}::timestamptz)`;

const ENTRIES = sql`
  SELECT e.idx::float8 AS index, convert_from(e.entry, 'UTF8') AS entry, p.payload, by.idx::float8 AS "redactedBy"
  FROM audit_entry e
  LEFT JOIN audit_payload p ON p.tenant = e.tenant AND p.id = e.id
  LEFT JOIN audit_redaction r ON r.tenant = e.tenant AND r.idx = e.idx
  LEFT JOIN audit_entry by ON by.tenant = r.tenant AND by.id = r.by_id`;

/** Indexes have no gaps. */
async function sizeOf(tx: Transaction, tenant: TenantId): Promise<number> {
  const [row] = await rowsOf<{ size: number }>(
    tx,
    sql`SELECT coalesce(max(idx) + 1, 0)::float8 AS size FROM audit_entry WHERE tenant = ${tenant}`,
  );
  return row?.size ?? 0;
}

interface Row extends Record<string, unknown> {
  readonly index: number;
  readonly entry: string;
  readonly payload: string | null;
  readonly redactedBy: number | null;
}

function auditEntryOf({ index, entry: text, payload: payloadText, redactedBy }: Row): AuditEntry {
  const entry = JSON.parse(text) as Entry;
  const payload = payloadText === null ? null : (JSON.parse(payloadText) as EntryPayload);
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
    redactedBy,
  };
}
