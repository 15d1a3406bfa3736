import { randomBytes, randomUUID } from 'node:crypto';
import { isVestigeError, VestigeError } from '@vestige/core/errors';
import type { TenantId } from '@vestige/core/ids';
import { and, asc, desc, eq, gt, isNotNull, lte, ne, sql } from 'drizzle-orm';
import { insertAudit } from '../audit/insert-audit.ts';
import { type Database, type Transaction, withTenant } from '../postgres.ts';
import { auditPayload } from '../tables/audit.ts';
import { readChunks, type Written, writeChunks } from './package-content.ts';
import type { DeliveredData, NewPackage, OpenedPackage, PackageInfo } from './package-store.ts';
import { packageChunks, packageLinks } from './package-tables.ts';
import { dataPlace } from './reporting.ts';
import { lockRequest, readPolicy } from './request-rows.ts';
import type { By } from './request-store.ts';
import { destroyRequestKey, newRequestKey, requestKey, unseal } from './sealing.ts';
import { packages, requests, taskData, tasks } from './tables.ts';

/** Exported rows on their way into the package, and the package until it expires. */
const DAY_MS = 86_400_000;
const EXPIRED_PER_CALL = 100;
const KEY_BYTES = 32;

export async function* deliveredData(db: Database, tenant: TenantId, requestId: string): AsyncIterable<DeliveredData> {
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

/**
 * Pieces first, each in a transaction of its own, then the row and the key that make them a package in one. What a
 * process wrote that died in between has no key, and is swept by the next attempt.
 */
export async function sealPackage(
  db: Database,
  tenant: TenantId,
  requestId: string,
  given: NewPackage,
  by: By,
): Promise<PackageInfo> {
  const packageId = randomUUID();
  const key = randomBytes(KEY_BYTES);
  const sealed = await withTenant(db, tenant, async (tx) => {
    // Under the lock that closing takes: between reading which package is the current one and sweeping the others, one
    // could be closed, and its pieces would be swept as nobody's.
    const request = await lockRequest(tx, tenant, requestId);
    const info = await packageInfo(tx, tenant, requestId);
    if (info?.planVersion === request.planVersion) return info;
    await sweepChunks(tx, tenant, requestId, await currentPackage(tx, tenant, requestId));
    return null;
  });
  if (sealed) return sealed;
  const written = await writeChunks(db, { tenant, requestId, packageId, key }, given.content);
  try {
    return await withTenant(db, tenant, (tx) =>
      closePackage(tx, tenant, requestId, { packageId, key, written, complete: given.complete }, by),
    );
  } catch (error) {
    // The winner swept before these pieces were there, and a sealed package is not attempted again.
    if (isVestigeError(error, 'conflict')) await withTenant(db, tenant, (tx) => dropChunks(tx, tenant, packageId));
    throw error;
  }
}

/** Removes the pieces of one package that never came to be; their key was never stored. */
async function dropChunks(tx: Transaction, tenant: TenantId, packageId: string): Promise<void> {
  await tx.delete(packageChunks).where(and(eq(packageChunks.tenant, tenant), eq(packageChunks.packageId, packageId)));
}

async function closePackage(
  tx: Transaction,
  tenant: TenantId,
  requestId: string,
  made: { packageId: string; key: Buffer; written: Written; complete: boolean },
  by: By,
): Promise<PackageInfo> {
  const { packageId, written, complete } = made;
  const request = await lockRequest(tx, tenant, requestId);
  const other = await packageInfo(tx, tenant, requestId);
  const [there] = await tx
    .select({ chunks: sql<number>`count(*)::int` })
    .from(packageChunks)
    .where(
      and(
        eq(packageChunks.tenant, tenant),
        eq(packageChunks.requestId, requestId),
        eq(packageChunks.packageId, packageId),
      ),
    );
  if (other?.planVersion === request.planVersion || there?.chunks !== written.chunks) {
    throw new VestigeError('conflict', 'another process sealed this package at the same time');
  }
  const policy = await readPolicy(tx, tenant);
  await newRequestKey(tx, tenant, requestId, 'package', made.key);
  const row = {
    planVersion: request.planVersion,
    packageId,
    sha256: written.sha256,
    complete,
    byteCount: written.bytes,
    sealedAt: by.now,
    expiresAt: new Date(by.now.getTime() + policy.packageDays * DAY_MS),
    downloads: 0,
  };
  await tx
    .insert(packages)
    .values({ tenant, requestId, ...row })
    .onConflictDoUpdate({ target: [packages.tenant, packages.requestId], set: row });
  await sweepChunks(tx, tenant, requestId, packageId);
  // A link belongs to the copy it was made for.
  await tx.delete(packageLinks).where(and(eq(packageLinks.tenant, tenant), eq(packageLinks.requestId, requestId)));
  await tx.delete(taskData).where(and(eq(taskData.tenant, tenant), eq(taskData.requestId, requestId)));
  await insertAudit(tx, tenant, {
    type: 'package.seal',
    actor: by.actor,
    object: { kind: 'request', id: requestId },
    requestId,
    payload: { sha256: written.sha256, complete, bytes: written.bytes },
  });
  const { packageId: _id, byteCount: bytes, ...info } = row;
  return { ...info, bytes };
}

const ofRequest = (tenant: TenantId, id: string) => and(eq(packages.tenant, tenant), eq(packages.requestId, id));

async function currentPackage(tx: Transaction, tenant: TenantId, id: string): Promise<string | null> {
  const [row] = await tx.select({ packageId: packages.packageId }).from(packages).where(ofRequest(tenant, id));
  return row?.packageId ?? null;
}

/** Removes every piece but those of one package. */
async function sweepChunks(tx: Transaction, tenant: TenantId, id: string, but: string | null): Promise<void> {
  await tx
    .delete(packageChunks)
    .where(
      and(
        eq(packageChunks.tenant, tenant),
        eq(packageChunks.requestId, id),
        but === null ? undefined : ne(packageChunks.packageId, but),
      ),
    );
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

/** In the transaction: one more download, written down. The content is read after it, piece by piece. */
export async function openPackage(
  db: Database,
  tx: Transaction,
  tenant: TenantId,
  id: string,
  purpose: string,
  by: By,
): Promise<OpenedPackage | null> {
  const [row] = await tx
    .update(packages)
    .set({ downloads: sql`${packages.downloads} + 1` })
    .where(and(ofRequest(tenant, id), isNotNull(packages.packageId), gt(packages.expiresAt, by.now)))
    .returning();
  const key = await requestKey(tx, tenant, id, 'package');
  if (!row?.packageId || key === null) return null;
  const { packageId, byteCount: bytes, planVersion, sha256, complete, sealedAt, expiresAt, downloads } = row;
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
  return {
    info: { planVersion, sha256, complete, bytes, sealedAt, expiresAt, downloads },
    content: readChunks(db, { tenant, requestId: id, packageId, key }, { bytes, sha256 }),
  };
}

/**
 * So that the download is among the looks at this person. The request itself has forgotten whom it was about; the audit
 * trail knows until the person is erased.
 */
export async function whomItIsAbout(tx: Transaction, tenant: TenantId, id: string): Promise<string | null> {
  const [planned] = await tx
    .select({ subjectId: auditPayload.subjectId })
    .from(auditPayload)
    .where(and(eq(auditPayload.tenant, tenant), eq(auditPayload.requestId, id), isNotNull(auditPayload.subjectId)))
    .orderBy(desc(auditPayload.id))
    .limit(1);
  return planned?.subjectId ?? null;
}

/** Bytes, key and link go; that there was a package, and its hash, stay. */
export async function expirePackages(tx: Transaction, tenant: TenantId, by: By): Promise<number> {
  const due = await tx
    .select({ id: packages.requestId })
    .from(packages)
    .where(and(eq(packages.tenant, tenant), isNotNull(packages.packageId), lte(packages.expiresAt, by.now)))
    .limit(EXPIRED_PER_CALL)
    .for('update', { skipLocked: true });
  for (const { id } of due) {
    await tx.update(packages).set({ packageId: null }).where(ofRequest(tenant, id));
    await sweepChunks(tx, tenant, id, null);
    await tx.delete(packageLinks).where(and(eq(packageLinks.tenant, tenant), eq(packageLinks.requestId, id)));
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
