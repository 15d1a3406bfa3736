import type { TenantId } from '@vestige/core/ids';
import type { RetentionReading } from '@vestige/core/retention/judge-retention';
import type { ReceivedSince } from './received-since.ts';
import type { SubjectTable } from './subject-tables.ts';

/**
 * Physical erasure of our own telemetry (design 06, research/compliance.md §6.4). Runs with the `eraser` credential.
 *
 * Promises:
 * - Subjects are named by reference to the `erase_queue` table, never by a literal in a statement.
 * - The queue of a batch is emptied only by {@link TelemetryEraser.finish}, after the verifier has counted to zero.
 * - Every call may be repeated, also after a crash halfway: one batch ends in one state.
 */
export interface TelemetryEraser {
  /** Registers the subjects of a batch. The same batch again adds nothing. */
  enqueue(batch: string, tenant: TenantId, subjectIds: readonly string[]): Promise<void>;
  /** Rewrites every part that holds a queued subject; returns when the engine says it is done (which is no evidence). */
  erase(batch: string): Promise<EraseProgress>;
  /** Empties the queue of a verified batch and waits until its own parts are gone. */
  finish(batch: string): Promise<void>;
  /** Name of the login that erases. Where the verifier counted under the same one, it looked again and no more. */
  login(): Promise<string>;
}

export interface EraseProgress {
  /** Rows found before the rewrite, per table. */
  readonly foundRows: Readonly<Record<string, number>>;
  /** Unix seconds by the engine's clock: parts that became inactive later were already clean. */
  readonly doneAtS: number;
}

/**
 * Counts what is left, by another path and with the `verifier` credential, deleted masks and patch parts switched off.
 *
 * Promises:
 * - What it counted is written down as evidence, under its own login; the eraser's login cannot write there.
 * - People are counted in chunks, and what an earlier call counted to zero after the same rewrite is not counted again:
 *   a verification that is killed goes on where it was.
 */
export interface TelemetryVerifier {
  /** The "nothing remains" row of research/compliance.md §6.5 for every table and replica. */
  residue(batch: string, doneAtS: number): Promise<Residue>;
  /** Rows of a subject by a plain count with the verifier's credential; for re-checks after the queue is gone. */
  countSubject(tenant: TenantId, subjectIds: readonly string[]): Promise<number>;
  /** Those of the subjects of whom any row is left, also where a mask hides it. */
  presentAmong(tenant: TenantId, subjectIds: readonly string[]): Promise<string[]>;
  /**
   * Everybody who is stored in a table, in the order of their ids, also where a mask hides the rows.
   *
   * @param after id to go on after; null from the start
   * @returns at most `limit` ids; fewer at the end
   */
  subjectsIn(tenant: TenantId, table: SubjectTable, after: string | null, limit: number): Promise<string[]>;
  /** What lies outside the reach of an erasure: parts that were detached, by table. Attached again they are back. */
  detachedParts(): Promise<Readonly<Record<string, number>>>;
  /** How old what the engine holds is, a reading for each table; installation-wide, because parts hold several tenants. */
  ages(): Promise<RetentionReading[]>;
  /**
   * Since when what each server holds about people has been received; installation-wide. A server that was lost and made
   * anew begins later than the others.
   */
  receivedSince(): Promise<ReceivedSince>;
}

export interface Residue {
  /** The queue is intact and every check is zero on every replica. */
  readonly clean: boolean;
  /** False when the queue holds fewer subjects than were registered: counting by it would prove nothing. */
  readonly queueIntact: boolean;
  readonly checks: readonly ResidueCheck[];
  /** Login under which the engine keeps these counts; null while there is something left. */
  readonly verifiedBy: string | null;
}

export interface ResidueCheck {
  readonly table: string;
  readonly replica: string;
  readonly rawRows: number;
  readonly maskedActiveParts: number;
  readonly inactiveParts: number;
  readonly patchParts: number;
  readonly detachedParts: number;
  readonly openMutations: number;
  readonly droppedTables: number;
}
