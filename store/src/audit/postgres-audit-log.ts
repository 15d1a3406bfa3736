import { consistencyPath } from '@vestige/core/audit/consistency';
import { inclusionPath } from '@vestige/core/audit/inclusion';
import { type LeafRange, nodesOfRange, rangeHash } from '@vestige/core/audit/merkle-tree';
import { VestigeError } from '@vestige/core/errors';
import { TenantId } from '@vestige/core/ids';
import { and, asc, eq, gt, lte, sql } from 'drizzle-orm';
import { putFindings } from '../control/put-finding.ts';
import { type Database, rowsOf, type Transaction, withTenant } from '../postgres.ts';
import { postgresFailure } from '../postgres-failure.ts';
import { auditAnchor, auditCheckpoint } from '../tables/audit.ts';
import type { AuditLog } from './audit-log.ts';
import { beat } from './heartbeat.ts';
import { readStatus } from './log-status.ts';
import { readCertificateEntry, readCertificates, readLeaves } from './read-leaves.ts';
import { sequence, treeSize } from './sequence.ts';
import { newestCheckpoint, signTree, storedCheckpoint } from './sign-checkpoint.ts';
import { readNodes } from './tree-rows.ts';

export function postgresAuditLog(db: Database): AuditLog {
  const within = <T>(tenant: TenantId, work: (tx: Transaction) => Promise<T>) => withTenant(db, tenant, work);

  return {
    async waiting() {
      const rows = await rowsOf<{ tenant: number }>(
        db.orm,
        sql`SELECT tenant FROM vestige_audit_waiting() AS waiting (tenant)`,
      ).catch(postgresFailure);
      return rows.map(({ tenant }) => TenantId.parse(tenant));
    },
    sequence: (tenant) => sequence(db, tenant),
    heartbeat: (tenant) => within(tenant, (tx) => beat(tx, tenant)),
    status: (tenant) => within(tenant, (tx) => readStatus(tx, tenant)),

    sign: (tenant, origin, signers) => within(tenant, (tx) => signTree(tx, tenant, origin, signers)),
    checkpoint: (tenant, atMost) => within(tenant, (tx) => newestCheckpoint(tx, tenant, atMost)),
    checkpoints: (tenant, { afterSize, upTo, limit }) =>
      within(tenant, async (tx) => {
        const rows = await tx
          .select()
          .from(auditCheckpoint)
          .where(
            and(
              eq(auditCheckpoint.tenant, tenant),
              gt(auditCheckpoint.size, afterSize),
              lte(auditCheckpoint.size, upTo),
            ),
          )
          .orderBy(asc(auditCheckpoint.size))
          .limit(limit);
        return rows.map(storedCheckpoint);
      }),

    inclusionProof: (tenant, index, size) =>
      within(tenant, async (tx) => {
        if (index < 0 || index >= size || size > (await treeSize(tx, tenant))) {
          throw new VestigeError('not_found', 'there is no such entry');
        }
        return hashesOf(tx, tenant, inclusionPath(index, size));
      }),
    consistencyProof: (tenant, first, second) =>
      within(tenant, async (tx) => {
        if (first < 1 || first > second || second > (await treeSize(tx, tenant))) {
          throw new VestigeError('bad_request', 'sizes go from 1 up to the number of entries, the smaller one first');
        }
        return hashesOf(tx, tenant, consistencyPath(first, second));
      }),

    leaves: (tenant, range) => within(tenant, (tx) => readLeaves(tx, tenant, range)),
    certificateEntry: (tenant, id) => within(tenant, (tx) => readCertificateEntry(tx, tenant, id)),
    certificates: (tenant, range) => within(tenant, (tx) => readCertificates(tx, tenant, range)),

    putAnchor: (tenant, anchor) =>
      within(tenant, async (tx) => {
        await tx
          .insert(auditAnchor)
          .values({ tenant, ...anchor, proof: Buffer.from(anchor.proof) })
          .onConflictDoNothing();
      }),
    anchors: (tenant, { afterSize, upTo }) =>
      within(tenant, async (tx) => {
        const rows = await tx
          .select()
          .from(auditAnchor)
          .where(and(eq(auditAnchor.tenant, tenant), gt(auditAnchor.size, afterSize), lte(auditAnchor.size, upTo)))
          .orderBy(asc(auditAnchor.size), asc(auditAnchor.kind), asc(auditAnchor.place));
        return rows.map(({ tenant: _, at, ...anchor }) => ({ ...anchor, at: at.toISOString() }));
      }),
    lastAnchors: (tenant) =>
      within(tenant, (tx) =>
        rowsOf<LastAnchor>(
          tx,
          sql`SELECT DISTINCT ON (kind, place) kind, place, size::float8 AS size,
                     to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS at,
                     extract(epoch FROM clock_timestamp() - at)::float8 AS "ageS"
              FROM audit_anchor WHERE tenant = ${tenant}
              ORDER BY kind, place, size DESC`,
        ),
      ),
    note: (tenant, finding) => within(tenant, (tx) => putFindings(tx, tenant, [finding])),
  };
}

type LastAnchor = Awaited<ReturnType<AuditLog['lastAnchors']>>[number] & Record<string, unknown>;

async function hashesOf(tx: Transaction, tenant: TenantId, path: readonly LeafRange[]): Promise<Uint8Array[]> {
  const hashOf = await readNodes(tx, tenant, path.flatMap(nodesOfRange));
  return path.map((range) => rangeHash(range, hashOf));
}
