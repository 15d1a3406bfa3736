import type { TenantId } from '@vestige/core/ids';
import { and, asc, desc, eq, gt, isNotNull, lte, sql } from 'drizzle-orm';
import { insertAudit } from '../audit/insert-audit.ts';
import { type Database, type Transaction, withTenant } from '../postgres.ts';
import { auditPayload } from '../tables/audit.ts';
import { dataPlace } from './reporting.ts';
import { lockRequest, readPolicy } from './request-rows.ts';
import type { By, NewPackage, PackageInfo } from './request-store.ts';
import { destroyRequestKey, newRequestKey, requestKey, seal, unseal } from './sealing.ts';
import { packages, requests, taskData, tasks } from './tables.ts';

/** Exported rows on their way into the package, and the package on its way to the person. */
const DAY_MS = 86_400_000;
const EXPIRED_PER_CALL = 100;

export async function* deliveredData(db: Database, tenant: TenantId, requestId: string) {
  const delivered = await withTenant(db, tenant, (tx) =>
    tx
      .select({ taskId: taskData.taskId, node: tasks.node })
      .from(taskData)
      .innerJoin(tasks, and(eq(tasks.tenant, taskData.tenant), eq(tasks.id, taskData.taskId)))
      .innerJoin(requests, and(eq(requests.tenant, tasks.tenant), eq(requests.id, tasks.requestId)))
      .where(
        and(
          eq(taskData.tenant, tenant),
          eq(taskData.requestId, requestId),
          eq(tasks.planVersion, requests.planVersion),
        ),
      )
      .orderBy(asc(tasks.node)),
  );
  for (const { taskId, node } of delivered) {
    const opened = await withTenant(db, tenant, async (tx) => {
      const key = await requestKey(tx, tenant, requestId, 'selectors');
      const [row] = await tx
        .select({ rows: taskData.rowCount, sealed: taskData.sealed })
        .from(taskData)
        .where(and(eq(taskData.tenant, tenant), eq(taskData.taskId, taskId)));
      return key && row ? { node, rows: row.rows, ndjson: unseal(key, dataPlace(tenant, taskId), row.sealed) } : null;
    });
    if (opened) yield opened;
  }
}

const packagePlace = (tenant: TenantId, id: string) => `${tenant}/${id}/package`;
const ofRequest = (tenant: TenantId, id: string) => and(eq(packages.tenant, tenant), eq(packages.requestId, id));

/** The delivered rows go into the sealed copy and nowhere else: they are deleted here. */
export async function storePackage(
  tx: Transaction,
  tenant: TenantId,
  id: string,
  given: NewPackage,
  by: By,
): Promise<void> {
  const request = await lockRequest(tx, tenant, id);
  const policy = await readPolicy(tx, tenant);
  const key = await newRequestKey(tx, tenant, id, 'package');
  const row = {
    planVersion: request.planVersion,
    sha256: given.sha256,
    complete: given.complete,
    byteCount: given.bytes.length,
    sealed: seal(key, packagePlace(tenant, id), given.bytes),
    sealedAt: by.now,
    expiresAt: new Date(by.now.getTime() + policy.packageDays * DAY_MS),
    downloads: 0,
  };
  await tx
    .insert(packages)
    .values({ tenant, requestId: id, ...row })
    .onConflictDoUpdate({ target: [packages.tenant, packages.requestId], set: row });
  await tx.delete(taskData).where(and(eq(taskData.tenant, tenant), eq(taskData.requestId, id)));
  await insertAudit(tx, tenant, {
    type: 'package.seal',
    actor: by.actor,
    object: { kind: 'request', id },
    requestId: id,
    payload: { sha256: given.sha256, complete: given.complete, bytes: given.bytes.length },
  });
}

export async function packageInfo(tx: Transaction, tenant: TenantId, id: string): Promise<PackageInfo | null> {
  const [row] = await tx
    .select({
      planVersion: packages.planVersion,
      sha256: packages.sha256,
      complete: packages.complete,
      bytes: packages.byteCount,
      sealedAt: packages.sealedAt,
      expiresAt: packages.expiresAt,
      downloads: packages.downloads,
    })
    .from(packages)
    .where(ofRequest(tenant, id));
  return row ?? null;
}

export async function openPackage(
  tx: Transaction,
  tenant: TenantId,
  id: string,
  purpose: string,
  by: By,
): Promise<{ info: PackageInfo; bytes: Uint8Array } | null> {
  const [row] = await tx
    .update(packages)
    .set({ downloads: sql`${packages.downloads} + 1` })
    .where(and(ofRequest(tenant, id), isNotNull(packages.sealed), gt(packages.expiresAt, by.now)))
    .returning();
  const key = await requestKey(tx, tenant, id, 'package');
  if (!row?.sealed || key === null) return null;
  const bytes = unseal(key, packagePlace(tenant, id), row.sealed);
  const { planVersion, sha256, complete, byteCount, sealedAt, expiresAt, downloads } = row;
  const subjectId = await whomItIsAbout(tx, tenant, id);
  await insertAudit(tx, tenant, {
    ...(subjectId === null ? {} : { subjectId }),
    type: 'package.download',
    actor: by.actor,
    object: { kind: 'request', id },
    requestId: id,
    purpose,
    payload: { sha256, downloads },
  });
  return { info: { planVersion, sha256, complete, bytes: byteCount, sealedAt, expiresAt, downloads }, bytes };
}

/**
 * So that the download is among the looks at this person. The request itself has forgotten whom it was about; the audit
 * trail knows until the person is erased.
 */
async function whomItIsAbout(tx: Transaction, tenant: TenantId, id: string): Promise<string | null> {
  const [planned] = await tx
    .select({ subjectId: auditPayload.subjectId })
    .from(auditPayload)
    .where(and(eq(auditPayload.tenant, tenant), eq(auditPayload.requestId, id), isNotNull(auditPayload.subjectId)))
    .orderBy(desc(auditPayload.id))
    .limit(1);
  return planned?.subjectId ?? null;
}

/** Bytes and key go; that there was a package, and its hash, stay. */
export async function expirePackages(tx: Transaction, tenant: TenantId, by: By): Promise<number> {
  const due = await tx
    .select({ id: packages.requestId })
    .from(packages)
    .where(and(eq(packages.tenant, tenant), isNotNull(packages.sealed), lte(packages.expiresAt, by.now)))
    .limit(EXPIRED_PER_CALL)
    .for('update', { skipLocked: true });
  for (const { id } of due) {
    await tx.update(packages).set({ sealed: null }).where(ofRequest(tenant, id));
    await destroyRequestKey(tx, tenant, id, 'package');
  }
  for (const { id } of due) {
    await insertAudit(tx, tenant, {
      type: 'package.expire',
      actor: by.actor,
      object: { kind: 'request', id },
      requestId: id,
    });
  }
  return due.length;
}
