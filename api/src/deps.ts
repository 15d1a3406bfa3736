import type { KeyObject } from 'node:crypto';
import type { SubjectKeyring } from '@vestige/core/identity/keyring';
import type { SkewBounds } from '@vestige/core/lineage/clock';
import type { Secret } from '@vestige/core/secret';
import type { AuditLog } from '@vestige/store/audit/audit-log';
import type { AuditStore } from '@vestige/store/audit/audit-store';
import type { AliasStore } from '@vestige/store/control/alias-store';
import type { DeadRows } from '@vestige/store/control/dead-rows';
import type { ErasureWatchStore } from '@vestige/store/control/erasure-watch-store';
import type { ExposureStore } from '@vestige/store/control/exposure-store';
import type { FindingStore } from '@vestige/store/control/finding-store';
import type { IdempotencyStore } from '@vestige/store/control/idempotency-store';
import type { RegistryStore } from '@vestige/store/control/registry-store';
import type { SubjectKeyStore } from '@vestige/store/control/subject-key-store';
import type { TenantStore } from '@vestige/store/control/tenant-store';
import type { EventStore } from '@vestige/store/events/event-store';
import type { TelemetryEraser, TelemetryVerifier } from '@vestige/store/events/telemetry-eraser';
import type { NoticeStore } from '@vestige/store/notices/notice-store';
import type { DelegationStore } from '@vestige/store/opendsr/delegation-store';
import type { OpendsrStore } from '@vestige/store/opendsr/opendsr-store';
import type { HoldStore } from '@vestige/store/requests/hold-store';
import type { IdentityProofStore } from '@vestige/store/requests/identity-proof-store';
import type { PackageStore } from '@vestige/store/requests/package-store';
import type { RequestStore } from '@vestige/store/requests/request-store';
import type { RestrictionStore } from '@vestige/store/requests/restriction-store';
import type { RetentionStore } from '@vestige/store/retention/retention-store';
import type { Logger } from 'pino';
import type { LogKeys } from './audit/log-keys.ts';
import type { ConsoleFile } from './console/console-files.ts';

/** Everything the API stands on, handed in by the process that wires it. Nothing here is global. */
export interface ApiDeps {
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
  readonly identityProofs: IdentityProofStore;
  readonly packages: PackageStore;
  readonly audit: AuditStore;
  readonly auditLog: AuditLog;
  readonly idempotency: IdempotencyStore;
  readonly retention: RetentionStore;
  readonly subjectKeys: SubjectKeyStore;
  readonly deadRows: DeadRows;
  /** Pseudonymisation keys the operator has given this server; raw identifiers are refused where it holds none. */
  readonly keyring: SubjectKeyring;
  /** Names and keys of the audit logs; others than the one that signs certificates. */
  readonly logKeys: LogKeys;
  /** Ed25519 key that signs certificates. */
  readonly signingKey: Secret<KeyObject>;
  /** What `/` answers; empty where the console was not built. */
  readonly consoleFiles: ReadonlyMap<string, ConsoleFile>;
  readonly now: () => Date;
  /** How far clocks may be apart (ruling 11); absent: what the ruling says. */
  readonly skew?: SkewBounds;
  /** Absent in tests: nothing is logged then. */
  readonly log?: Logger;
}
