import type { Hands } from '@vestige/core/access/four-eyes';
import { actorOfKey } from '@vestige/core/access/person';
import type { TenantId } from '@vestige/core/ids';
import { sql } from 'drizzle-orm';
import { rowsOf, type Transaction } from '../postgres.ts';

/**
 * Every key of the person behind an actor, as actor names, revoked and expired keys included: what somebody filed with a
 * key that is gone they still filed. An actor that is no key, such as `system:workflow`, is nobody but itself.
 */
export async function handsOf(tx: Transaction, tenant: TenantId, actor: string): Promise<Hands> {
  const rows = await rowsOf<{ id: string }>(
    tx,
    sql`
      SELECT others.id FROM api_keys own JOIN api_keys others ON others.tenant = own.tenant AND others.person = own.person
      WHERE own.tenant = ${tenant} AND own.id = ${actor.replace(/^key:/, '')}`,
  );
  return new Set([actor, ...rows.map(({ id }) => actorOfKey(id))]);
}
