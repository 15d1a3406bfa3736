import type { AuditStore } from '@vestige/store/audit/audit-store';
import type { Context } from 'hono';
import type { ApiEnv } from './env.ts';
import { purposeOf } from './router.ts';

export interface PersonRead {
  /** Dotted verb, e.g. `subject.lineage_read`. */
  readonly type: string;
  /** Null when the read found nobody: that somebody looked is kept all the same. */
  readonly subjectId: string | null;
  readonly requestId?: string;
  /** Erasable details without raw identifiers, e.g. the window of time that was asked for. */
  readonly payload?: Readonly<Record<string, unknown>>;
}

/**
 * Writes down who looks at which person and why. Call it before the answer is made: no entry, no answer.
 *
 * @returns the purpose
 * @throws VestigeError `purpose_required`; `store_unavailable` when the entry cannot be written
 */
export async function auditRead(c: Context<ApiEnv>, audit: AuditStore, read: PersonRead): Promise<string> {
  const purpose = purposeOf(c);
  await audit.append(c.var.caller.tenant.id, {
    type: read.type,
    actor: actorOf(c),
    object: { kind: 'subject', id: read.subjectId ?? '-' },
    purpose,
    ...(read.subjectId === null ? {} : { subjectId: read.subjectId }),
    ...(read.requestId === undefined ? {} : { requestId: read.requestId }),
    ...(read.payload === undefined ? {} : { payload: read.payload }),
  });
  return purpose;
}

/** Who acts, for the audit trail: the key, which a company maps to people on its own side. */
export function actorOf(c: Context<ApiEnv>): string {
  return `key:${c.var.caller.keyId}`;
}
