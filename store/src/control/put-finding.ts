import type { TenantId } from '@vestige/core/ids';
import { sql } from 'drizzle-orm';
import type { Transaction } from '../postgres.ts';
import { findings } from '../tables/findings.ts';

export interface NewFinding {
  readonly type: string;
  /** What makes it the same thing when it is found again. */
  readonly key: string;
  readonly details: Readonly<Record<string, unknown>>;
}

/** Writes findings in the transaction of the work that found them. */
export async function putFindings(tx: Transaction, tenant: TenantId, found: readonly NewFinding[]): Promise<void> {
  const unique = [...new Map(found.map((one) => [`${one.type}\n${one.key}`, one])).values()];
  if (unique.length === 0) return;
  // Not now(), the beginning of the transaction: one that waited would write an instant before a settling that it came after.
  await tx
    .insert(findings)
    .values(unique.map((one) => ({ tenant, ...one })))
    .onConflictDoUpdate({
      target: [findings.tenant, findings.type, findings.key],
      set: { details: sql`excluded.details`, times: sql`${findings.times} + 1`, lastSeen: sql`clock_timestamp()` },
    });
}
