import { type HashOf, nodeKey, type TreeNode } from '@vestige/core/audit/merkle-tree';
import type { TenantId } from '@vestige/core/ids';
import { and, eq, inArray, or } from 'drizzle-orm';
import type { Transaction } from '../postgres.ts';
import { auditNode } from '../tables/audit.ts';

/** The stored hashes of these nodes, in one question. A node that is not there is not found later either. */
export async function readNodes(tx: Transaction, tenant: TenantId, nodes: readonly TreeNode[]): Promise<HashOf> {
  const found = new Map<string, Uint8Array>();
  const perLevel = Map.groupBy(nodes, ({ level }) => level);
  if (perLevel.size > 0) {
    const wanted = [...perLevel].map(([level, of]) =>
      and(eq(auditNode.level, level), inArray(auditNode.pos, [...new Set(of.map(({ pos }) => pos))])),
    );
    const rows = await tx
      .select({ level: auditNode.level, pos: auditNode.pos, hash: auditNode.hash })
      .from(auditNode)
      .where(and(eq(auditNode.tenant, tenant), or(...wanted)));
    for (const row of rows) found.set(nodeKey(row), row.hash);
  }
  return (node) => found.get(nodeKey(node));
}
