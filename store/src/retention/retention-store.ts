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
  /**
   * When the first was seen of those of whom something should be left, because it is not time to look yet; null when there
   * are none.
   *
   * @param withinDays of those who were first seen in this time; null: of all
   */
  firstSeen(tenant: TenantId, withinDays: number | null): Promise<Date | null>;
  /** People of whom it is time to look whether anything is left; whoever is longest due first. */
  identitiesDue(tenant: TenantId, limit: number): Promise<DueIdentity[]>;
  /**
   * In one transaction, of subject ids: `leave` are those nobody is led to from now on, `forget` those that go, `keep` stay
   * and are looked at in a month, also where nobody was led to them for a while. Nobody leaves or is forgotten of whom what
   * {@link identitiesDue} said is not so any more.
   */
  judgeIdentities(
    tenant: TenantId,
    verdicts: Readonly<Record<'keep' | 'leave' | 'forget', readonly string[]>>,
  ): Promise<void>;
  /** @param day UTC. @returns false when that day has its proof */
  prove(tenant: TenantId, day: string, judged: readonly JudgedRetention[]): Promise<boolean>;
  /** Those of the newest day; [] before the first. */
  newestProof(tenant: TenantId): Promise<RetentionProof[]>;
}

export interface DueIdentity {
  /** The subjects that are one person. */
  readonly members: readonly string[];
  /** Nobody is led to them any more, for a day. */
  readonly left: boolean;
  /** They stay, whatever is left of them: somebody of them is new, being erased, or wanted by a request, hold or restriction. */
  readonly kept: boolean;
}

export interface RetentionProof extends JudgedRetention {
  /** UTC. */
  readonly day: string;
  readonly provedAt: Date;
}
