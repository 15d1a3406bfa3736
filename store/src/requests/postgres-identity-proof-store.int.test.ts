import type { TenantId } from '@vestige/core/ids';
import {
  DEFAULT_IDENTITY_POLICY,
  PROOF_BYTES_MAX,
  PROOF_KINDS,
  PROOFS_MAX,
} from '@vestige/core/request/identity-policy';
import { openTestPostgres } from '@vestige/e2e/harness/engines';
import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { AuditStore } from '../audit/audit-store.ts';
import { postgresAuditStore } from '../audit/postgres-audit-store.ts';
import { postgresTenantStore } from '../control/postgres-tenant-store.ts';
import { type Database, rowsOf, withTenant } from '../postgres.ts';
import type { IdentityProofStore, NewProof } from './identity-proof-store.ts';
import { postgresIdentityProofStore } from './postgres-identity-proof-store.ts';
import { postgresRequestStore } from './postgres-request-store.ts';
import { DEFAULT_POLICY, type RequestStore } from './request-store.ts';

const start = new Date('2026-06-01T10:00:00.000Z');
const by = (actor = 'key:officer', days = 0) => ({ actor, now: new Date(start.getTime() + days * 86_400_000) });
const ANSWER = 'the name of her first cat was Mitzi';
const proof: NewProof = {
  kind: 'knowledge',
  assurance: 'low',
  mediaType: 'text/plain',
  content: new TextEncoder().encode(ANSWER),
};

let db: Database;
let close: () => Promise<void>;
let tenant: TenantId;
let rival: TenantId;
let requests: RequestStore;
let proofs: IdentityProofStore;
let audit: AuditStore;
beforeAll(async () => {
  ({ db, close } = await openTestPostgres());
  const tenants = postgresTenantStore(db);
  tenant = (await tenants.ensureTenant('acme')).id;
  rival = (await tenants.ensureTenant('rival')).id;
  requests = postgresRequestStore(db);
  proofs = postgresIdentityProofStore(db);
  audit = postgresAuditStore(db);
});
afterAll(() => close());

async function filed(): Promise<string> {
  const given = {
    type: 'access' as const,
    regime: 'gdpr' as const,
    receivedAt: start,
    ground: null,
    identifiers: [{ type: 'email', value: 'jane.doe@example.com' }],
    tokens: [],
    subjectIds: [],
  };
  return (await requests.file(tenant, given, by('key:filer'))).id;
}
const verify = (id: string, assurance = 'substantial') =>
  requests.decide(tenant, id, { event: 'verify_identity', method: 'shared_knowledge', assurance }, by());
const trail = async (requestId: string) =>
  (await audit.entries(tenant, { afterIndex: -1, limit: 1000, requestId })).filter(({ type }) =>
    type.startsWith('identity.'),
  );
/** What is left of the proofs of a request, as the engine holds it. */
const rowsAndKeys = (id: string) =>
  withTenant(db, tenant, async (tx) => {
    const rows = await rowsOf<{ rows: number; keys: number; held: string | null }>(
      tx,
      sql`SELECT (SELECT count(*)::int FROM identity_proofs WHERE request_id = ${id}) AS rows,
                 (SELECT count(*)::int FROM request_keys WHERE request_id = ${id} AND purpose = 'identity') AS keys,
                 (SELECT string_agg(encode(sealed, 'hex'), '') FROM identity_proofs WHERE request_id = ${id}) AS held`,
    );
    return rows[0];
  });

describe('a proof', () => {
  test('is sealed, opens for whoever decides, and every step of it is in the trail without its content', async () => {
    const id = await filed();
    const { id: proofId, expiresAt } = await proofs.add(tenant, id, proof, by());
    expect(expiresAt).toEqual(by('', DEFAULT_IDENTITY_POLICY.proofDays).now);
    expect((await rowsAndKeys(id))?.held).not.toContain(Buffer.from('Mitzi').toString('hex'));
    expect(await proofs.proofs(tenant, id, start)).toEqual([
      expect.objectContaining({ id: proofId, kind: 'knowledge', assurance: 'low', bytes: ANSWER.length }),
    ]);
    const opened = await proofs.read(tenant, id, proofId, 'to decide', by());
    expect(new TextDecoder().decode(opened?.content)).toBe(ANSWER);
    await verify(id);
    const entries = await trail(id);
    expect(entries.map(({ type }) => type)).toEqual([
      'identity.proof_add',
      'identity.proof_read',
      'identity.proof_destroy',
    ]);
    expect(entries.at(-1)).toMatchObject({ payload: { proof: proofId, kind: 'knowledge', why: 'decided' } });
    expect(JSON.stringify(entries)).not.toContain('Mitzi');
  });

  test.each([
    ['verified', (id: string) => verify(id)],
    ['withdrawn', (id: string) => requests.decide(tenant, id, { event: 'withdraw' }, by())],
    [
      'refused',
      (id: string) =>
        requests.refuse(
          tenant,
          id,
          { code: 'eu-gdpr:JustificationA12IdentityFailure', complaintAuthority: 'the authority' },
          by(),
        ),
    ],
    [
      'never answered',
      async (id: string) => {
        await requests.decide(tenant, id, { event: 'ask_identity' }, by());
        await requests.decide(tenant, id, { event: 'expire' }, by());
      },
    ],
  ])('is gone with its key once the request is %s', async (_, end) => {
    const id = await filed();
    const { id: proofId } = await proofs.add(tenant, id, proof, by());
    await end(id);
    expect(await rowsAndKeys(id)).toEqual({ rows: 0, keys: 0, held: null });
    expect(await proofs.read(tenant, id, proofId, 'to look again', by())).toBeNull();
    await expect(proofs.add(tenant, id, proof, by())).rejects.toMatchObject({ code: 'conflict' });
  });

  test('survives a decision that is refused: too low a level is none', async () => {
    const id = await filed();
    await proofs.add(tenant, id, proof, by());
    await expect(verify(id, 'low')).rejects.toMatchObject({ facts: { reason: 'assurance_too_low' } });
    expect(await rowsAndKeys(id)).toMatchObject({ rows: 1, keys: 1 });
    expect((await requests.request(tenant, id))?.state).toBe('received');
    await verify(id);
  });

  test('goes at its own expiry though nobody has decided, and one attached later keeps its time', async () => {
    const id = await filed();
    const first = await proofs.add(tenant, id, proof, by());
    const later = await proofs.add(tenant, id, proof, by('key:officer', 3));
    const over = by('system:workflow', DEFAULT_IDENTITY_POLICY.proofDays);
    // Not readable in the moment it is over, whether or not the workflow has come by.
    expect(await proofs.read(tenant, id, first.id, 'to decide', over)).toBeNull();
    expect((await proofs.proofs(tenant, id, over.now)).map((each) => each.id)).toEqual([later.id]);
    expect(await proofs.expire(tenant, over)).toBe(1);
    expect(await proofs.expire(tenant, over)).toBe(0);
    expect((await proofs.read(tenant, id, later.id, 'to decide', over))?.bytes).toBe(ANSWER.length);
    expect(await proofs.expire(tenant, by('system:workflow', 20))).toBe(1);
    expect(await rowsAndKeys(id)).toEqual({ rows: 0, keys: 0, held: null });
    expect((await trail(id)).filter(({ payload }) => payload?.['why'] === 'expired')).toHaveLength(2);
  });

  test('can be destroyed before, and leaves the other ones readable', async () => {
    const id = await filed();
    const mistaken = await proofs.add(tenant, id, proof, by());
    const kept = await proofs.add(tenant, id, { ...proof, kind: 'account_login' }, by());
    expect(await proofs.destroy(tenant, id, mistaken.id, by())).toBe(true);
    expect(await proofs.destroy(tenant, id, mistaken.id, by())).toBe(false);
    expect((await proofs.read(tenant, id, kept.id, 'to decide', by()))?.kind).toBe('account_login');
  });

  test('of another tenant does not exist', async () => {
    const id = await filed();
    const { id: proofId } = await proofs.add(tenant, id, proof, by());
    await expect(proofs.proofs(rival, id, start)).rejects.toMatchObject({ code: 'not_found' });
    await expect(proofs.add(rival, id, proof, by())).rejects.toMatchObject({ code: 'not_found' });
    await expect(proofs.destroy(rival, id, proofId, by())).rejects.toMatchObject({ code: 'not_found' });
    expect(await proofs.read(rival, id, proofId, 'to look', by())).toBeNull();
  });
});

describe('a tenant', () => {
  test('takes no copies of documents unless its policy says so', async () => {
    const id = await filed();
    const passport: NewProof = { ...proof, kind: 'document', assurance: 'high', mediaType: 'image/png' };
    await expect(proofs.add(tenant, id, passport, by())).rejects.toMatchObject({ code: 'conflict' });
    const { workPaused: _, ...policy } = DEFAULT_POLICY;
    await requests.putPolicy(
      tenant,
      { ...policy, identity: { ...policy.identity, proofKinds: PROOF_KINDS, proofDays: 2 } },
      by('key:admin'),
    );
    const taken = await proofs.add(tenant, id, passport, by());
    expect(taken.expiresAt).toEqual(by('', 2).now);
    await requests.putPolicy(tenant, policy, by('key:admin'));
  });

  test('gets no more of them than a person can look at, and none that is too large', async () => {
    const id = await filed();
    const large = { ...proof, content: new Uint8Array(PROOF_BYTES_MAX + 1) };
    await expect(proofs.add(tenant, id, large, by())).rejects.toMatchObject({ code: 'too_large' });
    await proofs.add(tenant, id, { ...proof, content: new Uint8Array(PROOF_BYTES_MAX) }, by());
    for (let each = 1; each < PROOFS_MAX; each += 1) await proofs.add(tenant, id, proof, by());
    await expect(proofs.add(tenant, id, proof, by())).rejects.toMatchObject({ code: 'too_large' });
  });

  test('that asks for more than a request was verified with hears so, and the request stays where it is', async () => {
    const { workPaused: _, ...policy } = DEFAULT_POLICY;
    const requiredAssurance = { ...policy.identity.requiredAssurance, access: 'high' as const };
    await requests.putPolicy(tenant, { ...policy, identity: { ...policy.identity, requiredAssurance } }, by());
    const id = await filed();
    await expect(verify(id)).rejects.toMatchObject({
      code: 'illegal_transition',
      facts: { reason: 'assurance_too_low', legal: expect.arrayContaining(['verify_identity']) },
    });
    await requests.putPolicy(tenant, policy, by());
    expect((await verify(id)).state).toBe('assessing');
  });
});
