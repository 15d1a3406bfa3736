import type { TenantId } from '@vestige/core/ids';
import type { JudgedRetention, RetentionReading } from '@vestige/core/retention/judge-retention';

/**
 * How old what we keep is, and the daily proof that nothing stays longer than it may. Postgres; what ClickHouse holds is
 * told by {@link import('../events/telemetry-eraser.ts').TelemetryVerifier.ages}.
 *
 * Promises:
 * - A day's proof is written once, with its audit entry and its findings, in one transaction; a second call that day
 *   changes nothing.
 * - Tidying takes only what has had its time, by the clock of the row itself.
 */
export interface RetentionStore {
  /** One reading for each place in Postgres. */
  readings(tenant: TenantId): Promise<RetentionReading[]>;
  /** Takes out suppression entries, repeat keys and proofs whose time is over. */
  tidy(tenant: TenantId): Promise<void>;
  /** @param day UTC. @returns false when that day has its proof */
  prove(tenant: TenantId, day: string, judged: readonly JudgedRetention[]): Promise<boolean>;
  /** Those of the newest day; [] before the first. */
  newestProof(tenant: TenantId): Promise<RetentionProof[]>;
}

export interface RetentionProof extends JudgedRetention {
  /** UTC. */
  readonly day: string;
  readonly provedAt: Date;
}
