import { fourEyesObjection } from '@vestige/core/access/four-eyes';
import { VestigeError } from '@vestige/core/errors';
import type { TenantId } from '@vestige/core/ids';
import type { SignOffCode } from '@vestige/core/package/open-points';
import { and, asc, eq } from 'drizzle-orm';
import { insertAudit } from '../audit/insert-audit.ts';
import { handsOf } from '../control/hands.ts';
import { type Database, type Transaction, withTenant } from '../postgres.ts';
import { openLink, storeLink } from './package-links.ts';
import type { PackageStore } from './package-store.ts';
import { packageSignOffs } from './package-tables.ts';
import { lockRequest, readPolicy, requireRequest } from './request-rows.ts';
import {
  deliveredData,
  expirePackages,
  openPackage,
  packageInfo,
  sealPackage,
  whomItIsAbout,
} from './sealing-packages.ts';
import { requests } from './tables.ts';

/** Packages on Postgres or PGlite. */
export function postgresPackageStore(db: Database): PackageStore {
  const within = <T>(tenant: TenantId, work: (tx: Transaction) => Promise<T>) => withTenant(db, tenant, work);

  return {
    deliveredData: (tenant, requestId) => deliveredData(db, tenant, requestId),
    seal: (tenant, requestId, given, by) => sealPackage(db, tenant, requestId, given, by),
    info: (tenant, requestId) => within(tenant, (tx) => packageInfo(tx, tenant, requestId)),
    personOf: (tenant, requestId) => within(tenant, (tx) => whomItIsAbout(tx, tenant, requestId)),
    download: (tenant, requestId, purpose, by) =>
      within(tenant, (tx) => openPackage(db, tx, tenant, requestId, purpose, by)),
    putLink: (tenant, requestId, link, by) => within(tenant, (tx) => storeLink(tx, tenant, requestId, link, by)),
    openLink: (tenant, given, now) => openLink(db, tenant, given, now),
    signOff: (tenant, requestId, signOff, by) =>
      within(tenant, async (tx) => {
        const { planVersion, filedBy } = await lockRequest(tx, tenant, requestId);
        const policy = await readPolicy(tx, tenant);
        const hands = await handsOf(tx, tenant, by.actor);
        const objection = fourEyesObjection('package.sign_off', filedBy, hands, policy.singleKeyApproval);
        if (objection !== null) throw new VestigeError('forbidden', objection);
        const stored = await tx
          .insert(packageSignOffs)
          .values({ tenant, requestId, planVersion, ...signOff, byKey: by.actor, at: by.now })
          .onConflictDoNothing()
          .returning({ what: packageSignOffs.what });
        if (stored.length === 0) throw new VestigeError('conflict', 'this point was signed off before');
        await tx
          .update(requests)
          .set({ attention: null, workAfter: by.now })
          .where(and(eq(requests.tenant, tenant), eq(requests.id, requestId)));
        await insertAudit(tx, tenant, {
          type: 'package.sign_off',
          actor: by.actor,
          object: { kind: 'request', id: requestId },
          requestId,
          payload: { ...signOff },
        });
        return { ...signOff, by: by.actor, at: by.now };
      }),
    signOffs: (tenant, requestId) =>
      within(tenant, async (tx) => {
        const { planVersion } = await requireRequest(tx, tenant, requestId);
        const rows = await tx
          .select()
          .from(packageSignOffs)
          .where(
            and(
              eq(packageSignOffs.tenant, tenant),
              eq(packageSignOffs.requestId, requestId),
              eq(packageSignOffs.planVersion, planVersion),
            ),
          )
          .orderBy(asc(packageSignOffs.what));
        return rows.map(({ what, code, basis, byKey, at }) => ({
          what,
          code: code as SignOffCode,
          basis,
          by: byKey,
          at,
        }));
      }),
    expire: (tenant, by) => within(tenant, (tx) => expirePackages(tx, tenant, by)),
  };
}
