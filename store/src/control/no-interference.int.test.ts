import type { TenantId } from '@vestige/core/ids';
import { openTestPostgres } from '@vestige/e2e/harness/engines';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { postgresAuditStore } from '../audit/postgres-audit-store.ts';
import type { Database } from '../postgres.ts';
import { postgresRequestStore } from '../requests/postgres-request-store.ts';
import { postgresAliasStore } from './postgres-alias-store.ts';
import { postgresExposureStore } from './postgres-exposure-store.ts';
import { postgresFindingStore } from './postgres-finding-store.ts';
import { postgresIdempotencyStore } from './postgres-idempotency-store.ts';
import { postgresRegistryStore } from './postgres-registry-store.ts';
import { postgresTenantStore } from './postgres-tenant-store.ts';

/**
 * What one tenant does changes no answer of another, although both use the same tokens, names and ids: the answers of each
 * are those of a tenant who did the same alone. Ids that a store draws itself are compared by the order they appear in.
 */

let db: Database;
let close: () => Promise<void>;
let serial = 0;
beforeAll(async () => {
  ({ db, close } = await openTestPostgres());
});
afterAll(() => close());

const TOKENS = ['A', 'B', 'C'].map((letter) => `ps1.k1.${letter.repeat(22)}`);
const STORES = ['store:sqlite:crm.db/main.people', 'store:sqlite:crm.db/main.notes'];
const EXPOSURE = '20000000-0000-4000-8000-000000000001';
const AT = new Date('2026-06-01T10:00:00Z');
const by = (actor: string) => ({ actor, now: AT });
const audit = { type: 'test', actor: 'system:test', object: { kind: 'test', id: '1' } };
const party = { legalName: 'Post', role: 'processor', country: 'DE', transferMechanism: null, contact: null } as const;

type Act = (tenant: TenantId) => Promise<unknown>;

/** A refusal is an answer too, so it is compared by its code. */
const tried = async (act: () => Promise<unknown>) => {
  try {
    return (await act()) ?? null;
  } catch (error) {
    if (error instanceof Error && 'code' in error) return { refused: error.code };
    throw error;
  }
};

function everythingToDo(): fc.Arbitrary<Act> {
  const aliases = postgresAliasStore(db);
  const registry = postgresRegistryStore(db);
  const requests = postgresRequestStore(db);
  const exposures = postgresExposureStore(db);
  const idempotency = postgresIdempotencyStore(db);
  const tenants = postgresTenantStore(db);
  const one = <T>(from: readonly T[]) => fc.constantFrom(...from);
  const two = fc.constantFrom<[string, string]>([TOKENS[0] ?? '', TOKENS[1] ?? ''], [TOKENS[1] ?? '', TOKENS[2] ?? '']);
  const act = (made: Act): Act => made;
  return fc.oneof(
    one(TOKENS).map((token) => act((tenant) => aliases.resolve(tenant, [{ token, atMs: 1 }]))),
    fc.record({ tokens: two, action: fc.constantFrom('link' as const, 'unlink' as const) }).map(({ tokens, action }) =>
      act(async (tenant) => {
        // One after the other: of two subjects made at the same instant, the one with the lower id speaks for both.
        for (const token of tokens) await aliases.resolve(tenant, [{ token, atMs: 1 }]);
        return aliases.link(tenant, { action, tokens, kind: 'operator', evidence: 'seen' }, audit);
      }),
    ),
    one(TOKENS).map((token) => act((tenant) => aliases.markShared(tenant, { token, shared: true }, audit))),
    one(TOKENS).map((token) =>
      act(async (tenant) => {
        const [found] = await aliases.find(tenant, [token]);
        if (!found) return null;
        await aliases.suppress(tenant, [found.subjectId], 2, 'r1');
        return aliases.forget(tenant, [found.subjectId]);
      }),
    ),
    fc.nat(9).map((version) => act((tenant) => aliases.acknowledgeSuppression('collector-1', tenant, version))),
    one(STORES).map((id) =>
      act((tenant) =>
        registry.putStore(
          tenant,
          {
            id,
            title: 'CRM',
            partyId: null,
            connector: 'sqlite',
            retentionDays: null,
            backupRetentionDays: null,
            identifierTypes: ['email'],
          },
          audit,
        ),
      ),
    ),
    one(STORES).map((id) => act((tenant) => registry.removeStore(tenant, id, audit))),
    fc.constant(act((tenant) => registry.putParty(tenant, { id: 'post', hosts: ['post.example'], ...party }, audit))),
    fc.constant(act((tenant) => registry.removeParty(tenant, 'post', audit))),
    one(STORES).map((canonical) =>
      act((tenant) => registry.learnNodeAliases(tenant, [{ alias: 'store:hive://a/people', canonical }], audit)),
    ),
    fc
      .subarray(['a.internal', 'b.internal'])
      .map((hosts) => act((tenant) => registry.putInternalHosts(tenant, hosts, audit))),
    fc.constant(
      act((tenant) =>
        exposures.ask(
          tenant,
          { id: EXPOSURE, question: {}, askedBy: 'key:a', askedAt: AT, purpose: 'a breach' },
          audit,
        ),
      ),
    ),
    one(['key:a', 'key:b']).map((actor) =>
      act((tenant) => exposures.approve(tenant, EXPOSURE, { actor, at: AT }, { ...audit, actor })),
    ),
    one(['{}', '{"a":1}']).map((body) =>
      act(async (tenant) => {
        const call = { scope: 'key POST /v1/requests', key: 'monthly', body: Buffer.from(body) };
        const claim = await idempotency.claim(tenant, call);
        if (claim.outcome === 'run') await idempotency.complete(tenant, claim.claimId, { status: 201, body });
        return claim.outcome;
      }),
    ),
    fc.nat(3).map((spansPerS) => act((tenant) => tenants.setQuota(tenant, { spansPerS, bytesPerS: null }))),
    fc.constant(
      act((tenant) =>
        requests.file(
          tenant,
          {
            type: 'erasure',
            regime: 'gdpr',
            receivedAt: AT,
            ground: null,
            identifiers: [{ type: 'email', value: 'nora.quist@example.com' }],
            tokens: [TOKENS[0] ?? ''],
            subjectIds: [],
          },
          by('key:a'),
        ),
      ),
    ),
    fc
      .boolean()
      .map((singleKeyApproval) =>
        act(async (tenant) =>
          requests.putPolicy(tenant, { ...(await requests.policy(tenant)), singleKeyApproval }, by('key:a')),
        ),
      ),
  );
}

/** Every list there is, and what is found under the ids that everybody uses. */
async function viewOf(tenant: TenantId): Promise<unknown> {
  const aliases = postgresAliasStore(db);
  const registry = postgresRegistryStore(db);
  const requests = postgresRequestStore(db);
  const found = await aliases.find(tenant, TOKENS);
  const people = [];
  for (const one of found) {
    if (one)
      people.push(await aliases.canonical(tenant, one.subjectId), await aliases.aliasesOf(tenant, one.subjectId));
  }
  return [
    found,
    people,
    await aliases.suppressionVersion(tenant),
    await aliases.unacknowledged(tenant, 5, 60_000),
    await registry.stores(tenant),
    await registry.parties(tenant),
    await registry.nodeAliases(tenant),
    await registry.internalHosts(tenant),
    await postgresFindingStore(db).findings(tenant, { after: null, limit: 100 }),
    await postgresExposureStore(db).exposure(tenant, EXPOSURE),
    // Listed by due day and id, and all are due on one day here: without the ids their order says nothing.
    (await requests.requests(tenant, { after: null, limit: 100 })).map(({ id: _, ...request }) => request),
    await requests.policy(tenant),
    await postgresTenantStore(db).quota(tenant),
    (await postgresTenantStore(db).keys(tenant)).length,
    (await postgresAuditStore(db).entries(tenant, { afterIndex: -1, limit: 1_000 })).map(
      ({ index, type, actor, object, payload }) => ({
        index,
        type,
        actor,
        object: object.id === String(tenant) ? 'the tenant' : object,
        payload,
      }),
    ),
  ];
}

/** Random ids by the order of their first appearance; instants that the database took, not at all. */
function comparable(answers: unknown): unknown {
  const seen = new Map<string, string>();
  const text = JSON.stringify(answers)
    .replaceAll(/[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}/g, (id) => {
      if (!seen.has(id)) seen.set(id, `id ${seen.size}`);
      return seen.get(id) ?? id;
    })
    .replaceAll(/"(firstSeen|lastSeen|linkedAt|at)":"[^"]+"/g, '"$1":"then"');
  return JSON.parse(text);
}

test('tenants with the same ids do not meet in any answer of the control stores', async () => {
  const tenants = postgresTenantStore(db);
  const newTenant = async () => (await tenants.ensureTenant(`t${++serial}`)).id;
  const history = fc.array(fc.record({ who: fc.nat(2), act: everythingToDo() }), { minLength: 5, maxLength: 40 });
  await fc.assert(
    fc.asyncProperty(history, async (steps) => {
      const together = [await newTenant(), await newTenant(), await newTenant()];
      const said: unknown[][] = [[], [], []];
      for (const { who, act } of steps) said[who]?.push(await tried(() => act(together[who] as TenantId)));
      for (const [who, tenant] of together.entries()) {
        const alone = await newTenant();
        const answers: unknown[] = [];
        for (const step of steps.filter((each) => each.who === who)) answers.push(await tried(() => step.act(alone)));
        const [theirs, own] = [await viewOf(tenant), await viewOf(alone)];
        expect(comparable([said[who], theirs])).toEqual(comparable([answers, own]));
      }
    }),
    { numRuns: 6, interruptAfterTimeLimit: 40_000 },
  );
});
