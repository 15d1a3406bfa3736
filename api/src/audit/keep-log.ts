import { readCheckpoint } from '@vestige/core/audit/checkpoint';
import { openNote } from '@vestige/core/audit/signed-note';
import { isVestigeError } from '@vestige/core/errors';
import type { AuditLog, StoredCheckpoint } from '@vestige/store/audit/audit-log';
import type { AuditStore } from '@vestige/store/audit/audit-store';
import type { Tenant, TenantStore } from '@vestige/store/control/tenant-store';
import type { Logger } from 'pino';
import { anchorCheckpoint, assertNotAhead, type Witness } from './anchoring/witness.ts';
import type { LogKeys } from './log-keys.ts';

/**
 * The loop that keeps the audit logs: numbers what waits, signs, lets witnesses see what was signed, and says every day
 * that it is alive. It holds no state that another process would miss, so any number of them may run.
 */
export interface KeeperDeps {
  readonly tenants: Pick<TenantStore, 'tenants'>;
  readonly audit: AuditStore;
  readonly auditLog: AuditLog;
  readonly logKeys: LogKeys;
  readonly witnesses: readonly Witness[];
  readonly log?: Logger;
}

export interface KeeperOptions {
  /** Between two looks at what waits for an index. */
  readonly intervalMs: number;
  /** Between two looks at every tenant's heartbeat, checkpoint and witnesses. */
  readonly upkeepMs?: number;
  /** research/compliance.md §4.3: at least every ten minutes where something was logged. */
  readonly checkpointEveryS?: number;
}

const UPKEEP_MS = 30_000;
const CHECKPOINT_EVERY_S = 600;
/** Entries since the last checkpoint that are looked through for a change of keys. */
const SINCE_MAX = 1000;

export function startLogKeeper(deps: KeeperDeps, options: KeeperOptions): { close(): Promise<void> } {
  let stopped = false;
  let wake: () => void = () => {};
  const loop = (async () => {
    let upkeepAt = 0;
    while (!stopped) {
      await sequenceWaiting(deps);
      if (performance.now() >= upkeepAt) {
        await keepAll(deps, options.checkpointEveryS ?? CHECKPOINT_EVERY_S);
        upkeepAt = performance.now() + (options.upkeepMs ?? UPKEEP_MS);
      }
      if (stopped) break;
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, options.intervalMs);
        wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  })();
  return {
    /** Waits for the look under way. */
    close: () => {
      stopped = true;
      wake();
      return loop;
    },
  };
}

/** Numbers what waits, of every tenant. A tenant whose log cannot be written keeps nobody else's waiting. */
export async function sequenceWaiting(deps: KeeperDeps): Promise<void> {
  const waiting = await guarded(deps, 'look', () => deps.auditLog.waiting());
  for (const tenant of waiting ?? []) await guarded(deps, 'sequence', () => deps.auditLog.sequence(tenant));
}

/** Heartbeat, checkpoint and witnesses of every tenant. */
export async function keepAll(deps: KeeperDeps, checkpointEveryS: number): Promise<void> {
  const tenants = await guarded(deps, 'look', () => deps.tenants.tenants());
  for (const tenant of tenants ?? []) await guarded(deps, 'upkeep', () => keepLog(deps, tenant, checkpointEveryS));
}

/** One look at one tenant's log. */
export async function keepLog(deps: KeeperDeps, tenant: Tenant, checkpointEveryS: number): Promise<void> {
  await beat(deps, tenant);
  await deps.auditLog.sequence(tenant.id);
  const keysChanged = await noteChangedKeys(deps, tenant);
  const { size, checkpoint } = await deps.auditLog.status(tenant.id);
  const due = checkpoint === null || checkpoint.ageS >= checkpointEveryS || keysChanged;
  if (size > (checkpoint?.size ?? 0) && due) await sign(deps, tenant);
  const newest = await deps.auditLog.checkpoint(tenant.id);
  if (newest !== null) await anchorCheckpoint(deps, tenant, newest);
}

/** A day without a heartbeat is a day in which the log could have been off: found out by the next one that is written. */
async function beat(deps: KeeperDeps, tenant: Tenant): Promise<void> {
  let written: { day: string; before: string | null } | null;
  try {
    written = await deps.auditLog.heartbeat(tenant.id);
  } catch (error) {
    // Another process was as quick, and wrote it.
    if (isVestigeError(error, 'conflict')) return;
    throw error;
  }
  if (written?.before == null || daysBetween(written.before, written.day) <= 1) return;
  await deps.auditLog.note(tenant.id, {
    type: 'audit.heartbeat_missing',
    key: written.day,
    details: { after: written.before, until: written.day },
  });
}

async function sign(deps: KeeperDeps, tenant: Tenant): Promise<StoredCheckpoint | null> {
  try {
    await assertNotAhead(deps, tenant);
    return await deps.auditLog.sign(tenant.id, deps.logKeys.origin(tenant), deps.logKeys.signers(tenant));
  } catch (error) {
    if (isVestigeError(error, 'store_unavailable')) throw error;
    const details = isVestigeError(error) ? { code: error.code, ...error.facts } : { code: 'unexpected' };
    await deps.auditLog.note(tenant.id, { type: 'audit.checkpoint_refused', key: 'sign', details });
    throw error;
  }
}

/**
 * Writes down that other keys sign from now on than signed the last checkpoint. The entry makes the log grow, so the
 * next checkpoint, which carries all signatures, follows at once.
 */
async function noteChangedKeys(deps: KeeperDeps, tenant: Tenant): Promise<boolean> {
  const last = await deps.auditLog.checkpoint(tenant.id);
  if (last === null) return false;
  const signers = deps.logKeys.signers(tenant);
  const lines = last.note
    .slice(last.note.lastIndexOf('\n\n') + 2)
    .trimEnd()
    .split('\n').length;
  if (lines === signers.length && signedByAll(last.note, signers)) return false;
  // Once, though signing may fail and be tried again: after this entry the log is larger than what was signed.
  const { size } = readCheckpoint(last.note);
  const since = await deps.auditLog.leaves(tenant.id, { from: size, until: size + SINCE_MAX, limit: SINCE_MAX });
  if (since.some(({ entry }) => Buffer.from(entry).includes('"type":"audit.keys_changed"'))) return true;
  await deps.audit.append(tenant.id, {
    type: 'audit.keys_changed',
    actor: 'system:audit',
    object: { kind: 'audit_log', id: deps.logKeys.origin(tenant) },
    payload: { keys: signers.map(({ text }) => text) },
  });
  await deps.auditLog.sequence(tenant.id);
  return true;
}

function signedByAll(note: string, signers: ReturnType<LogKeys['signers']>): boolean {
  try {
    return openNote(note, signers).signedBy.length === signers.length;
  } catch {
    return false;
  }
}

const daysBetween = (a: string, b: string): number => (Date.parse(b) - Date.parse(a)) / 86_400_000;

async function guarded<T>(deps: KeeperDeps, step: string, work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    deps.log?.error({ step, code: isVestigeError(error) ? error.code : 'unexpected' }, 'audit log: a step failed');
    return undefined;
  }
}
