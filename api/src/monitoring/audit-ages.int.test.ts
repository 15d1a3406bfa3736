import { generateKeyPairSync } from 'node:crypto';
import { Secret } from '@vestige/core/secret';
import { openTestPostgres } from '@vestige/e2e/harness/engines';
import { postgresAuditLog } from '@vestige/store/audit/postgres-audit-log';
import { postgresAuditStore } from '@vestige/store/audit/postgres-audit-store';
import { postgresTenantStore } from '@vestige/store/control/postgres-tenant-store';
import type { Tenant } from '@vestige/store/control/tenant-store';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type KeeperDeps, keepLog } from '../audit/keep-log.ts';
import { LogKeys } from '../audit/log-keys.ts';
import { auditAges } from './audit-ages.ts';

let postgres: Awaited<ReturnType<typeof openTestPostgres>>;
let deps: KeeperDeps;
let tenant: Tenant;
let serial = 0;
beforeAll(async () => {
  postgres = await openTestPostgres();
  const witness = {
    kind: 'copy',
    place: 'bucket.example.com',
    everyS: 0,
    testify: async () => Buffer.from('seen'),
  } as const;
  deps = {
    tenants: { tenants: async () => [tenant] },
    audit: postgresAuditStore(postgres.db),
    auditLog: postgresAuditLog(postgres.db),
    logKeys: new LogKeys('vestige.example.com/audit', [new Secret(generateKeyPairSync('ed25519').privateKey)]),
    witnesses: [witness],
  };
});
beforeEach(async () => {
  serial += 1;
  tenant = await postgresTenantStore(postgres.db).ensureTenant(`aged-${serial}`);
});
afterAll(() => postgres.close());

const write = () => deps.audit.append(tenant.id, { type: 'test', actor: 'key:a', object: { kind: 'test', id: '1' } });
const sign = () => deps.auditLog.sign(tenant.id, deps.logKeys.origin(tenant), deps.logKeys.signers(tenant));
const ages = () => auditAges(deps, tenant.id);

describe('the ages of an audit log', () => {
  test('are all zero, or not there yet, while it is numbered, signed and seen', async () => {
    await write();
    await keepLog(deps, tenant, 0);
    const found = await ages();
    expect(found).toMatchObject({
      vestige_audit_sequencer_lag_seconds: 0,
      vestige_audit_checkpoint_age_seconds: 0,
      vestige_audit_witness_age_seconds: 0,
    });
    expect(found.vestige_audit_heartbeat_age_seconds).toBeGreaterThanOrEqual(0);
  });

  test('grow with an entry that waits for its place', async () => {
    await write();
    expect((await ages()).vestige_audit_sequencer_lag_seconds).toBeGreaterThan(0);
  });

  test('are without end where something is logged and nobody ever signed', async () => {
    await write();
    await deps.auditLog.sequence(tenant.id);
    expect((await ages()).vestige_audit_checkpoint_age_seconds).toBe(Number.POSITIVE_INFINITY);
    expect((await ages()).vestige_audit_witness_age_seconds).toBeNull();
  });

  test('grow with a log that is not signed again, and with a checkpoint that no witness has seen', async () => {
    await keepLog(deps, tenant, 0);
    await write();
    await deps.auditLog.sequence(tenant.id);
    expect((await ages()).vestige_audit_checkpoint_age_seconds).toBeGreaterThan(0);
    expect((await ages()).vestige_audit_witness_age_seconds).toBe(0);
    await sign();
    expect((await ages()).vestige_audit_checkpoint_age_seconds).toBe(0);
    expect((await ages()).vestige_audit_witness_age_seconds).toBeGreaterThan(0);
  });
});
