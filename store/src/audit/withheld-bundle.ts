import { readCheckpoint } from '@vestige/core/audit/checkpoint';
import { formatTlogProof } from '@vestige/core/audit/tlog-proof';
import type { TenantId } from '@vestige/core/ids';
import { sql } from 'drizzle-orm';
import { type Database, rowsOf, withTenant } from '../postgres.ts';
import { postgresAuditLog } from './postgres-audit-log.ts';

/** A page of the entries is a file of the bundle; an entry has at most 64 KiB. */
const ENTRIES_PER_FILE = 256;
const CHECKPOINTS_PER_READ = 1000;
const FORMAT = 'urn:vestige:audit-bundle:v1';

export interface BundledFile {
  readonly name: string;
  readonly content: string | Uint8Array;
}

/**
 * The log of a tenant as the role `vestige_verifier` may read it (migrations/postgres/0104), in the form that
 * `audit-verify` checks: entries, checkpoints, time stamps and certificates; every payload is withheld, because the role
 * cannot read one. Nothing here can write, and nothing goes through the process that is being checked.
 *
 * @returns null for a log that nobody ever signed
 */
export async function withheldBundle(
  db: Database,
  tenant: { readonly id: TenantId; readonly name: string },
  madeAt: Date,
): Promise<{ readonly size: number; readonly files: AsyncGenerator<BundledFile> } | null> {
  const newest = await postgresAuditLog(db).checkpoint(tenant.id);
  if (newest === null) return null;
  return { size: newest.size, files: filesOf(db, tenant, newest, madeAt) };
}

async function* filesOf(
  db: Database,
  tenant: { readonly id: TenantId; readonly name: string },
  newest: { readonly size: number; readonly note: string },
  madeAt: Date,
): AsyncGenerator<BundledFile> {
  const log = postgresAuditLog(db);
  const { size } = newest;
  const { origin } = readCheckpoint(newest.note);
  const manifest = { format: FORMAT, origin, tenant: tenant.name, size, madeAt: madeAt.toISOString() };
  yield { name: 'bundle.json', content: `${JSON.stringify(manifest)}\n` };

  for (let from = 0; from < size; from += ENTRIES_PER_FILE) {
    const range = { from, until: Math.min(size, from + ENTRIES_PER_FILE) };
    const rows = await entriesOf(db, tenant.id, range);
    const name = `${numbered(from)}.jsonl`;
    yield {
      name: `entries/${name}`,
      content: rows.map(({ entry }) => `${Buffer.from(entry).toString('utf8')}\n`).join(''),
    };
    yield { name: `payloads/${name}`, content: rows.map((row) => `${JSON.stringify(payloadLine(row))}\n`).join('') };
    for (const { id, index, bytes } of await log.certificates(tenant.id, range)) {
      yield { name: `certificates/${id}.json`, content: bytes };
      const hashes = await log.inclusionProof(tenant.id, index, size);
      const extra = rows.find((row) => row.index === index)?.entry ?? new Uint8Array();
      yield {
        name: `certificates/${id}.tlog-proof`,
        content: formatTlogProof({ extra: Buffer.from(extra), index, hashes, checkpoint: newest.note }),
      };
    }
  }

  for (let afterSize = 0; afterSize < size; ) {
    const some = await log.checkpoints(tenant.id, { afterSize, upTo: size, limit: CHECKPOINTS_PER_READ });
    for (const checkpoint of some)
      yield { name: `checkpoints/${numbered(checkpoint.size)}.note`, content: checkpoint.note };
    const upTo = some.at(-1)?.size ?? size;
    for (const { size: of, kind, place, proof } of await log.anchors(tenant.id, { afterSize, upTo })) {
      const witness = place.replace(/[^A-Za-z0-9._-]/g, '_').slice(0, 60);
      if (kind === 'rfc3161') yield { name: `tsr/${numbered(of)}.${witness}.tsr`, content: proof };
    }
    afterSize = upTo;
  }
}

interface EntryRow extends Record<string, unknown> {
  readonly index: number;
  readonly entry: Uint8Array;
  readonly redactedBy: number | null;
}

function entriesOf(db: Database, tenant: TenantId, range: { readonly from: number; readonly until: number }) {
  return withTenant(db, tenant, (tx) =>
    rowsOf<EntryRow>(
      tx,
      sql`
        SELECT e.idx::float8 AS index, e.entry, by.idx::float8 AS "redactedBy"
        FROM audit_entry e
        LEFT JOIN audit_redaction r ON r.tenant = e.tenant AND r.idx = e.idx
        LEFT JOIN audit_entry by ON by.tenant = r.tenant AND by.id = r.by_id
        WHERE e.tenant = ${tenant} AND e.idx >= ${range.from} AND e.idx < ${range.until}
        ORDER BY e.idx`,
    ),
  );
}

const payloadLine = ({ index, redactedBy }: EntryRow): Record<string, unknown> =>
  redactedBy === null ? { index, withheld: true } : { index, redactedBy };

const numbered = (size: number): string => String(size).padStart(12, '0');
