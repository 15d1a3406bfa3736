import type { TenantId } from '@vestige/core/ids';
import { and, eq, inArray, or } from 'drizzle-orm';
import type { Transaction } from '../postgres.ts';
import { aliases, subjectLinks, subjectSetMembers, subjects } from '../tables/subjects.ts';

/**
 * Nothing leads to these subjects any more.
 *
 * @returns rows deleted
 */
export async function forgetSubjects(tx: Transaction, tenant: TenantId, subjectIds: string[]): Promise<number> {
  const links = await tx
    .delete(subjectLinks)
    .where(
      and(
        eq(subjectLinks.tenant, tenant),
        or(inArray(subjectLinks.low, subjectIds), inArray(subjectLinks.high, subjectIds)),
      ),
    )
    .returning({ low: subjectLinks.low });
  const tokenRows = await tx
    .delete(aliases)
    .where(and(eq(aliases.tenant, tenant), inArray(aliases.subjectId, subjectIds)))
    .returning({ subjectId: aliases.subjectId });
  const people = await tx
    .delete(subjects)
    .where(and(eq(subjects.tenant, tenant), inArray(subjects.id, subjectIds)))
    .returning({ id: subjects.id });
  return links.length + tokenRows.length + people.length;
}

/**
 * Who is erased leaves the sets they are in, because a token in a set is a token all the same. To be called while their
 * aliases are there. Who merely was not seen for long stays in them: a run that names the set tomorrow is about them.
 *
 * @param unseen tokens of the same people that no span has brought
 * @returns rows deleted
 */
export async function forgetSetMembers(
  tx: Transaction,
  tenant: TenantId,
  subjectIds: string[],
  unseen: string[],
): Promise<number> {
  const tokens = tx
    .select({ token: aliases.token })
    .from(aliases)
    .where(and(eq(aliases.tenant, tenant), inArray(aliases.subjectId, subjectIds)));
  const members = await tx
    .delete(subjectSetMembers)
    .where(
      and(
        eq(subjectSetMembers.tenant, tenant),
        or(inArray(subjectSetMembers.token, tokens), inArray(subjectSetMembers.token, unseen)),
      ),
    )
    .returning({ setId: subjectSetMembers.setId });
  return members.length;
}
