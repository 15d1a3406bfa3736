import { generateKeyPairSync, randomBytes } from 'node:crypto';
import type { OpenAPIHono } from '@hono/zod-openapi';
import { SubjectKeyring } from '@vestige/core/identity/keyring';
import { Secret } from '@vestige/core/secret';
import { openTestPostgres, startTestClickHouse, type TestClickHouse } from '@vestige/e2e/harness/engines';
import { postgresAuditLog } from '@vestige/store/audit/postgres-audit-log';
import { postgresAuditStore } from '@vestige/store/audit/postgres-audit-store';
import { operatorsDeadRows } from '@vestige/store/control/dead-rows';
import { postgresAliasStore } from '@vestige/store/control/postgres-alias-store';
import { postgresErasureWatchStore } from '@vestige/store/control/postgres-erasure-watch-store';
import { postgresExposureStore } from '@vestige/store/control/postgres-exposure-store';
import { postgresFindingStore } from '@vestige/store/control/postgres-finding-store';
import { postgresIdempotencyStore } from '@vestige/store/control/postgres-idempotency-store';
import { postgresRegistryStore } from '@vestige/store/control/postgres-registry-store';
import { postgresSubjectKeyStore } from '@vestige/store/control/postgres-subject-key-store';
import { postgresTenantStore } from '@vestige/store/control/postgres-tenant-store';
import { SCOPES, type Scope, type Tenant } from '@vestige/store/control/tenant-store';
import { openTelemetryEraser } from '@vestige/store/events/clickhouse-eraser';
import { openEventStore } from '@vestige/store/events/clickhouse-event-store';
import { openTelemetryVerifier } from '@vestige/store/events/clickhouse-verifier';
import { postgresNoticeStore } from '@vestige/store/notices/postgres-notice-store';
import { postgresDelegationStore } from '@vestige/store/opendsr/postgres-delegation-store';
import { postgresOpendsrStore } from '@vestige/store/opendsr/postgres-opendsr-store';
import { postgresHoldStore } from '@vestige/store/requests/postgres-hold-store';
import { postgresIdentityProofStore } from '@vestige/store/requests/postgres-identity-proof-store';
import { postgresPackageStore } from '@vestige/store/requests/postgres-package-store';
import { postgresRequestStore } from '@vestige/store/requests/postgres-request-store';
import { postgresRestrictionStore } from '@vestige/store/requests/postgres-restriction-store';
import { postgresRetentionStore } from '@vestige/store/retention/postgres-retention-store';
import { type DestinationStream, pino } from 'pino';
import { createApp } from '../app.ts';
import { LogKeys } from '../audit/log-keys.ts';
import type { ApiDeps } from '../deps.ts';
import type { ApiEnv } from '../http/env.ts';

export interface TestApi {
  readonly app: OpenAPIHono<ApiEnv>;
  readonly deps: ApiDeps;
  /** The server holds this tenant's pseudonymisation key. */
  readonly acme: Tenant;
  /** The server holds no key of this one. */
  readonly rival: Tenant;
  /** A bearer of that tenant with these scopes; all scopes when none are named. */
  bearer(tenant: Tenant, ...scopes: Scope[]): Promise<string>;
  /** Everything the API has logged. */
  logged(): string;
  close(): Promise<void>;
}

type TestPostgres = Awaited<ReturnType<typeof openTestPostgres>>;

/**
 * The API on real engines, without a socket: call `app.request(path, init)`.
 *
 * @param options.clickhouse the caller's own, which `close` leaves running; likewise `postgres`
 * @param options.now for tests in which days pass
 */
export async function openTestApi(
  options: { readonly clickhouse?: TestClickHouse; readonly postgres?: TestPostgres; readonly now?: () => Date } = {},
): Promise<TestApi> {
  const [clickhouse, postgres] = await Promise.all([
    options.clickhouse ?? startTestClickHouse(),
    options.postgres ?? openTestPostgres(),
  ]);
  const { db } = postgres;
  const events = openEventStore({ writeUrl: clickhouse.url('collector'), readUrl: clickhouse.url('api') });
  const eraser = openTelemetryEraser({ url: clickhouse.url('eraser') });
  const verifier = openTelemetryVerifier({ url: clickhouse.url('verifier') });
  const tenants = postgresTenantStore(db);
  const lines: string[] = [];
  const destination: DestinationStream = { write: (line) => lines.push(line) };
  const deps: ApiDeps = {
    events,
    eraser,
    verifier,
    tenants,
    aliases: postgresAliasStore(db),
    registry: postgresRegistryStore(db),
    findings: postgresFindingStore(db),
    exposures: postgresExposureStore(db),
    erasureWatch: postgresErasureWatchStore(db),
    requests: postgresRequestStore(db),
    notices: postgresNoticeStore(db),
    opendsr: postgresOpendsrStore(db),
    delegations: postgresDelegationStore(db),
    holds: postgresHoldStore(db),
    restrictions: postgresRestrictionStore(db),
    identityProofs: postgresIdentityProofStore(db),
    packages: postgresPackageStore(db),
    audit: postgresAuditStore(db),
    auditLog: postgresAuditLog(db),
    idempotency: postgresIdempotencyStore(db),
    retention: postgresRetentionStore(db),
    subjectKeys: postgresSubjectKeyStore(db),
    deadRows: operatorsDeadRows,
    keyring: new SubjectKeyring([{ tenant: 'acme', kid: 'k1', key: new Secret(new Uint8Array(randomBytes(32))) }]),
    logKeys: new LogKeys('vestige.example.com/audit', [new Secret(generateKeyPairSync('ed25519').privateKey)]),
    consoleFiles: new Map(),
    signingKey: new Secret(generateKeyPairSync('ed25519').privateKey),
    now: options.now ?? (() => new Date()),
    log: pino({ level: 'trace' }, destination),
  };
  return {
    app: createApp(deps),
    deps,
    acme: await tenants.ensureTenant('acme'),
    rival: await tenants.ensureTenant('rival'),
    async bearer(tenant, ...scopes) {
      const { secret } = await tenants.createKey(tenant.id, {
        name: 'test',
        scopes: scopes.length > 0 ? scopes : SCOPES,
        expiresAt: null,
      });
      return secret.reveal();
    },
    logged: () => lines.join(''),
    async close() {
      await Promise.all([events.close(), eraser.close(), verifier.close()]);
      await Promise.all([
        options.clickhouse === undefined && clickhouse.stop(),
        options.postgres === undefined && postgres.close(),
      ]);
    },
  };
}
