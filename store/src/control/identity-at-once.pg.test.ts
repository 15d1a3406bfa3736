import { randomBytes } from 'node:crypto';
import type { TenantId } from '@vestige/core/ids';
import { openTestPostgres, type TestPostgres } from '@vestige/e2e/harness/engines';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { AliasStore } from './alias-store.ts';
import { postgresAliasStore } from './postgres-alias-store.ts';
import { postgresTenantStore } from './postgres-tenant-store.ts';

/** Changes of who is who at the same moment: an embedded Postgres has one session, in which nobody waits for anybody. */

const ROUNDS = 30;
const draft = { type: 'alias.linked', actor: 'key:test', object: { kind: 'subject', id: '-' } };
const tokenOf = (kid: string, name: string) => `ps1.${kid}.${name.padEnd(22, '0')}`;

let postgres: TestPostgres;
let aliases: AliasStore;
let tenant: TenantId;
beforeAll(async () => {
  postgres = await openTestPostgres();
  aliases = postgresAliasStore(postgres.db);
  tenant = (await postgresTenantStore(postgres.db).ensureTenant('acme')).id;
});
afterAll(() => postgres?.close());

/** The same identifier under two keys, joined; either token may come first in the order in which tokens are locked. */
async function twoVersions(): Promise<[string, string]> {
  const name = randomBytes(6).toString('hex');
  const pair: [string, string] = [tokenOf('k1', name), tokenOf('k2', name)];
  await aliases.resolve(
    tenant,
    pair.map((token) => ({ token, atMs: Date.now() })),
  );
  await aliases.joinKeyVersions(tenant, pair, draft);
  return pair;
}

test('whoever marks an identifier as shared by one key does not wait for who does so by another, who waits for them', async () => {
  for (let round = 0; round < ROUNDS; round += 1) {
    const versions = await twoVersions();
    const marked = versions.flatMap((token) => [token, token]).map((token) => ({ token, shared: true }));
    await Promise.all(marked.map((change) => aliases.markShared(tenant, change, draft)));
    expect(await aliases.find(tenant, versions)).toMatchObject([{ shared: true }, { shared: true }]);
  }
});

test('joins, links, marks and erasures of the same people at once end in an order, whichever it is', async () => {
  const refused: unknown[] = [];
  /** A conflict is an answer: somebody was shared, parted or erased first. */
  const settled = (change: Promise<unknown>) =>
    change.catch((error: unknown) => {
      const code = error instanceof Error && 'code' in error ? error.code : error;
      if (code !== 'conflict' && code !== 'not_found') refused.push(error);
    });
  for (let round = 0; round < ROUNDS; round += 1) {
    const [mail, phone] = [await twoVersions(), await twoVersions()];
    const third = tokenOf('k3', mail[0].slice(7, 19));
    const people = await aliases.resolve(
      tenant,
      [...mail, ...phone, third].map((token) => ({ token, atMs: Date.now() })),
    );
    const link = { action: 'link', kind: 'operator', evidence: 'ticket 1' } as const;
    await Promise.all(
      [
        aliases.joinKeyVersions(tenant, [third, ...mail], draft),
        aliases.joinKeyVersions(tenant, [mail[0], third], draft),
        aliases.markShared(tenant, { token: mail[1], shared: round % 2 === 0 }, draft),
        aliases.markShared(tenant, { token: third, shared: round % 2 === 0 }, draft),
        aliases.link(tenant, { ...link, tokens: [phone[1], mail[0]] }, draft),
        aliases.link(tenant, { ...link, tokens: [mail[1], phone[0]] }, draft),
        aliases.suppress(tenant, round % 3 === 0 ? people : [], 1, `request-${round}`),
      ].map(settled),
    );
  }
  expect(refused).toEqual([]);
});
