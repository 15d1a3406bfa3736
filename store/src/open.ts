import type { Secret } from '@vestige/core/secret';
import type { AuditLog } from './audit/audit-log.ts';
import type { AuditStore } from './audit/audit-store.ts';
import { postgresAuditLog } from './audit/postgres-audit-log.ts';
import { postgresAuditStore } from './audit/postgres-audit-store.ts';
import type { AliasStore } from './control/alias-store.ts';
import { type DeadRows, embeddedDeadRows, operatorsDeadRows } from './control/dead-rows.ts';
import type { ErasureWatchStore } from './control/erasure-watch-store.ts';
import type { ExposureStore } from './control/exposure-store.ts';
import type { FindingStore } from './control/finding-store.ts';
import type { IdempotencyStore } from './control/idempotency-store.ts';
import { postgresAliasStore } from './control/postgres-alias-store.ts';
import { postgresErasureWatchStore } from './control/postgres-erasure-watch-store.ts';
import { postgresExposureStore } from './control/postgres-exposure-store.ts';
import { postgresFindingStore } from './control/postgres-finding-store.ts';
import { postgresIdempotencyStore } from './control/postgres-idempotency-store.ts';
import { postgresRegistryStore } from './control/postgres-registry-store.ts';
import { postgresSubjectKeyStore } from './control/postgres-subject-key-store.ts';
import { postgresTenantStore } from './control/postgres-tenant-store.ts';
import type { RegistryStore } from './control/registry-store.ts';
import type { SubjectKeyStore } from './control/subject-key-store.ts';
import type { TenantStore } from './control/tenant-store.ts';
import { openTelemetryEraser } from './events/clickhouse-eraser.ts';
import { openEventStore } from './events/clickhouse-event-store.ts';
import { openTelemetryVerifier } from './events/clickhouse-verifier.ts';
import type { EventStore } from './events/event-store.ts';
import type { TelemetryEraser, TelemetryVerifier } from './events/telemetry-eraser.ts';
import type { NoticeStore } from './notices/notice-store.ts';
import { postgresNoticeStore } from './notices/postgres-notice-store.ts';
import type { DelegationStore } from './opendsr/delegation-store.ts';
import type { OpendsrStore } from './opendsr/opendsr-store.ts';
import { postgresDelegationStore } from './opendsr/postgres-delegation-store.ts';
import { postgresOpendsrStore } from './opendsr/postgres-opendsr-store.ts';
import { type DatabaseConfig, openDatabase } from './postgres.ts';
import type { HoldStore } from './requests/hold-store.ts';
import type { IdentityProofStore } from './requests/identity-proof-store.ts';
import type { PackageStore } from './requests/package-store.ts';
import { postgresHoldStore } from './requests/postgres-hold-store.ts';
import { postgresIdentityProofStore } from './requests/postgres-identity-proof-store.ts';
import { postgresPackageStore } from './requests/postgres-package-store.ts';
import { postgresRequestStore } from './requests/postgres-request-store.ts';
import { postgresRestrictionStore } from './requests/postgres-restriction-store.ts';
import type { RequestStore } from './requests/request-store.ts';
import type { RestrictionStore } from './requests/restriction-store.ts';
import { postgresRetentionStore } from './retention/postgres-retention-store.ts';
import type { RetentionStore } from './retention/retention-store.ts';

export interface StoresConfig {
  /** One URL per role: what a process may do in ClickHouse is decided there, not here. */
  readonly clickhouse: Readonly<Record<'collector' | 'api' | 'eraser' | 'verifier', Secret>>;
  /** Name of the ClickHouse cluster; absent on a single node. */
  readonly cluster?: string;
  readonly postgres: DatabaseConfig;
}

export interface Stores {
  readonly events: EventStore;
  readonly eraser: TelemetryEraser;
  readonly verifier: TelemetryVerifier;
  readonly tenants: TenantStore;
  readonly aliases: AliasStore;
  readonly registry: RegistryStore;
  readonly findings: FindingStore;
  readonly exposures: ExposureStore;
  readonly erasureWatch: ErasureWatchStore;
  readonly requests: RequestStore;
  readonly notices: NoticeStore;
  readonly opendsr: OpendsrStore;
  readonly delegations: DelegationStore;
  readonly holds: HoldStore;
  readonly restrictions: RestrictionStore;
  readonly packages: PackageStore;
  readonly identityProofs: IdentityProofStore;
  readonly audit: AuditStore;
  readonly auditLog: AuditLog;
  readonly idempotency: IdempotencyStore;
  readonly retention: RetentionStore;
  readonly subjectKeys: SubjectKeyStore;
  readonly deadRows: DeadRows;
  /** Waits for what is under way in each, and closes all of them even when one fails to. */
  close(): Promise<void>;
}

/**
 * Every store on its real engine. Postgres is asked at once; ClickHouse with the first call.
 *
 * @throws VestigeError as {@link openDatabase}
 */
export async function openStores({ clickhouse, cluster, postgres }: StoresConfig): Promise<Stores> {
  const db = await openDatabase(postgres);
  const onCluster = cluster === undefined ? {} : { cluster };
  const events = openEventStore({ writeUrl: clickhouse.collector, readUrl: clickhouse.api });
  const eraser = openTelemetryEraser({ url: clickhouse.eraser, ...onCluster });
  const verifier = openTelemetryVerifier({ url: clickhouse.verifier, ...onCluster });
  return {
    events,
    eraser,
    verifier,
    tenants: postgresTenantStore(db),
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
    packages: postgresPackageStore(db),
    audit: postgresAuditStore(db),
    identityProofs: postgresIdentityProofStore(db),
    auditLog: postgresAuditLog(db),
    idempotency: postgresIdempotencyStore(db),
    retention: postgresRetentionStore(db),
    subjectKeys: postgresSubjectKeyStore(db),
    deadRows: postgres.kind === 'url' ? operatorsDeadRows : embeddedDeadRows(db),
    async close() {
      const closed = await Promise.allSettled([events, eraser, verifier, db].map((each) => each.close()));
      const failed = closed.find((each) => each.status === 'rejected');
      if (failed) throw failed.reason;
    },
  };
}
