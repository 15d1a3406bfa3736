import { randomBytes, randomUUID } from 'node:crypto';
import type { TenantId } from '@vestige/core/ids';
import { addDays } from '@vestige/core/request/civil-date';
import { buildPlan, planHash } from '@vestige/core/request/plan';
import { type Database, type Transaction, withTenant } from '../../postgres.ts';
import { seal } from '../sealing.ts';
import { plans, requestIdentifiers, requestKeys, requests, tasks } from '../tables.ts';

/**
 * Many erasures under way, written as rows: to file, approve and start ten thousand of them takes longer than what is to
 * be measured about them. Each has a person of its own, an approved plan and one task per node, ready to be claimed.
 */
const REQUESTS_PER_INSERT = 200;
const ALIASES = { count: 1, commitment: `sha256:${'0'.repeat(64)}` };

export interface OpenRequests {
  readonly requests: number;
  /** Nodes with a task in every request. */
  readonly nodes: readonly string[];
  /** Deadlines are spread over the days after this one. */
  readonly from: string;
  readonly now: Date;
}

export async function fillOpenRequests(db: Database, tenant: TenantId, given: OpenRequests): Promise<void> {
  const plan = buildPlan({
    type: 'erasure',
    lineage: null,
    registered: given.nodes.map((id) => ({ id, connector: 'sqlite' })),
    parties: new Set(),
    aliases: ALIASES,
  });
  const hash = planHash(plan);
  for (let start = 0; start < given.requests; start += REQUESTS_PER_INSERT) {
    const ids = Array.from({ length: Math.min(REQUESTS_PER_INSERT, given.requests - start) }, () => randomUUID());
    await withTenant(db, tenant, (tx) => insertRequests(tx, tenant, ids, start, given, { plan, hash }));
  }
}

async function insertRequests(
  tx: Transaction,
  tenant: TenantId,
  ids: readonly string[],
  start: number,
  { nodes, from, now }: OpenRequests,
  { plan, hash }: { plan: (typeof plans.$inferInsert)['plan']; hash: string },
): Promise<void> {
  const at = now.toISOString();
  const dueOn = (index: number) => addDays(from, (start + index) % 30);
  await tx.insert(requests).values(
    ids.map((id, index) => ({
      tenant,
      id,
      version: 5,
      type: 'erasure' as const,
      regime: 'gdpr',
      state: 'executing' as const,
      filedBy: 'key:filer',
      filedAt: now,
      receivedAt: now,
      clock: { regime: 'gdpr' as const, receivedOn: from, pauses: [], extension: null },
      dueOn: dueOn(index),
      identity: { method: 'account_login', assurance: 'high', by: 'key:officer', at },
      approval: { planHash: hash, by: 'key:officer', at, singleKey: false },
      planVersion: 1,
      planHash: hash,
      subjectIds: [randomUUID()],
      selectorCount: 1,
      suppressionVersion: 1,
      erasedBefore: now,
      suppressed: true,
      startedAt: now,
      purposes: [],
      workAfter: now,
    })),
  );
  await tx.insert(plans).values(ids.map((id) => ({ tenant, requestId: id, version: 1, hash, plan, madeAt: now })));
  const keys = ids.map((id) => ({ id, key: randomBytes(32) }));
  await tx
    .insert(requestKeys)
    .values(keys.map(({ id, key }) => ({ tenant, requestId: id, purpose: 'selectors' as const, key })));
  await tx.insert(requestIdentifiers).values(
    keys.map(({ id, key }, index) => ({
      tenant,
      requestId: id,
      kind: 'identifier' as const,
      ordinal: 0,
      sealed: seal(key, `${tenant}/${id}/identifier`, selectorText(start + index)),
    })),
  );
  for (const node of nodes) {
    await tx.insert(tasks).values(
      ids.map((id, index) => ({
        tenant,
        id: randomUUID(),
        requestId: id,
        planVersion: 1,
        node,
        action: 'erase' as const,
        origin: 'residency',
        confidence: 'declared',
        upstream: [],
        state: 'ready' as const,
        notBefore: now,
        cannotErase: [],
        dueOn: dueOn(index),
        updatedAt: now,
      })),
    );
  }
}

const selectorText = (index: number): Buffer =>
  Buffer.from(JSON.stringify({ type: 'email', value: `person${index}@example.com` }));
