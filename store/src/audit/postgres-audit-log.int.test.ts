import { generateKeyPairSync, randomUUID } from 'node:crypto';
import { openCheckpoint } from '@vestige/core/audit/checkpoint';
import { verifyConsistency } from '@vestige/core/audit/consistency';
import { verifyInclusion } from '@vestige/core/audit/inclusion';
import { leafHash } from '@vestige/core/audit/merkle-hash';
import { noteSigner } from '@vestige/core/audit/note-key';
import type { TenantId } from '@vestige/core/ids';
import { Secret } from '@vestige/core/secret';
import { openTestPostgres } from '@vestige/e2e/harness/engines';
import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { postgresFindingStore } from '../control/postgres-finding-store.ts';
import { postgresTenantStore } from '../control/postgres-tenant-store.ts';
import { type Database, rowsOf, withTenant } from '../postgres.ts';
import type { AuditLog, StoredCheckpoint } from './audit-log.ts';
import type { AuditStore } from './audit-store.ts';
import { commit } from './entry-bytes.ts';
import { erasePayloads } from './erase-payloads.ts';
import { insertAudit } from './insert-audit.ts';
import { postgresAuditLog } from './postgres-audit-log.ts';
import { postgresAuditStore } from './postgres-audit-store.ts';

const origin = 'vestige.example.com/audit/acme';
const signer = noteSigner(origin, new Secret(generateKeyPairSync('ed25519').privateKey));
const all = { from: 0, until: 1_000_000, limit: 100_000 };

let postgres: { db: Database; close(): Promise<void> };
let db: Database;
let log: AuditLog;
let audit: AuditStore;
let tenant: TenantId;
let serial = 0;

beforeAll(async () => {
  postgres = await openTestPostgres();
  db = postgres.db;
  log = postgresAuditLog(db);
  audit = postgresAuditStore(db);
});
beforeEach(async () => {
  serial += 1;
  tenant = (await postgresTenantStore(db).ensureTenant(`acme-${serial}`)).id;
});
afterAll(() => postgres.close());

const event = (id: string) => ({ type: 'test.happened', actor: 'key:abc', object: { kind: 'test', id } });
const write = async (count: number, of: TenantId = tenant) => {
  for (let n = 0; n < count; n += 1) await audit.append(of, event(`${n}`));
  await log.sequence(of);
};
const signed = async (): Promise<StoredCheckpoint> => {
  const checkpoint = await log.sign(tenant, origin, [signer]);
  if (checkpoint === null) throw new Error('nothing was signed');
  return checkpoint;
};
/** As the owner of the tables with the triggers off: what only somebody with the database in their hands can do. */
const tamper = (statement: ReturnType<typeof sql>) =>
  db.orm.transaction(async (tx) => {
    await tx.execute(sql`SET LOCAL ROLE NONE`);
    await tx.execute(sql`SET LOCAL session_replication_role = replica`);
    await tx.execute(statement);
  });

describe('writing', () => {
  test('a thousand writers at once, some of whom give up, leave no gap, no doubt and no entry behind', async () => {
    const writers = Array.from({ length: 1_000 }, (_, n) =>
      withTenant(db, tenant, async (tx) => {
        await insertAudit(tx, tenant, event(`${n}`));
        if (n % 10 === 3) throw new Error('gave up');
      }).catch(() => 'gave up'),
    );
    const sequencers = Array.from({ length: 5 }, () => log.sequence(tenant));
    const ended = await Promise.all(writers);
    await Promise.all(sequencers);
    await log.sequence(tenant);
    expect(ended.filter((each) => each === 'gave up')).toHaveLength(100);

    const leaves = await log.leaves(tenant, all);
    expect(leaves.map(({ index }) => index)).toEqual(Array.from({ length: 900 }, (_, n) => n));
    const said = leaves.map(({ entry }) => Number(JSON.parse(Buffer.from(entry).toString('utf8')).object.id));
    expect(said.toSorted((a, b) => a - b)).toEqual(
      Array.from({ length: 1_000 }, (_, n) => n).filter((n) => n % 10 !== 3),
    );
    expect(await log.status(tenant)).toMatchObject({ size: 900, waiting: 0, oldestWaitingS: 0 });

    const checkpoint = openCheckpoint((await signed()).note, origin, [signer]);
    for (const index of [0, 1, 511, 512, 899]) {
      const proof = await log.inclusionProof(tenant, index, 900);
      const leaf = leafHash(leaves[index]?.entry ?? Buffer.alloc(0));
      expect(verifyInclusion(index, 900, leaf, proof, checkpoint.root)).toBe(true);
    }
  });

  test('every commitment opens with the nonce and payload that lie beside it', async () => {
    await audit.append(tenant, { ...event('1'), subjectId: randomUUID(), purpose: 'test', payload: { seen: 3 } });
    await log.sequence(tenant);
    const [leaf] = await log.leaves(tenant, all);
    const entry = JSON.parse(Buffer.from(leaf?.entry ?? []).toString('utf8'));
    expect(leaf?.payload?.nonce).toHaveLength(32);
    expect(commit(leaf?.payload?.nonce ?? Buffer.alloc(0), leaf?.payload?.text ?? '')).toBe(entry.commitment);
  });

  test('the time an entry was logged never goes back, and is never before it was written', async () => {
    await write(30);
    const times = (await log.leaves(tenant, all)).map(({ entry }) => JSON.parse(Buffer.from(entry).toString('utf8')));
    expect(times.map(({ loggedAt }) => loggedAt)).toEqual(times.map(({ loggedAt }) => loggedAt).toSorted());
    expect(times.filter(({ at, loggedAt }) => at > loggedAt)).toEqual([]);
  });

  test('who waits is known without knowing a tenant, and nobody waits once everything is sequenced', async () => {
    await audit.append(tenant, event('1'));
    expect(await log.waiting()).toContain(tenant);
    await log.sequence(tenant);
    expect(await log.waiting()).not.toContain(tenant);
  });
});

describe('what the application may not do', () => {
  test.each([
    ['drop what waits', sql`DELETE FROM audit_pending`, '23001'],
    ['change what waits', sql`UPDATE audit_pending SET body = '{}'`, '42501'],
    ['erase a payload without an entry that says so', sql`DELETE FROM audit_payload`, '23001'],
    ['change a payload', sql`UPDATE audit_payload SET payload = '{}'`, '42501'],
    ['take a checkpoint back', sql`DELETE FROM audit_checkpoint`, '42501'],
    ['change a checkpoint', sql`UPDATE audit_checkpoint SET note = ''`, '42501'],
    ['change the tree', sql`UPDATE audit_node SET hash = hash`, '42501'],
    ['take a heartbeat back', sql`DELETE FROM audit_heartbeat`, '42501'],
  ])('%s', async (_, statement, sqlState) => {
    await log.heartbeat(tenant);
    await write(1);
    await signed();
    await audit.append(tenant, event('waiting'));
    const asked = withTenant(db, tenant, (tx) => tx.execute(statement));
    await expect(asked).rejects.toMatchObject({ facts: { sqlState } });
  });
});

describe('signing', () => {
  test('an empty log has no checkpoint, and a log without news keeps the one it has', async () => {
    expect(await log.sign(tenant, origin, [signer])).toBeNull();
    await write(3);
    const first = await signed();
    expect(await signed()).toEqual(first);
    expect(await log.checkpoint(tenant)).toEqual(first);
    expect(first.size).toBe(3);
  });

  test('every checkpoint continues the one before', async () => {
    const notes: StoredCheckpoint[] = [];
    for (const count of [1, 2, 5, 1, 8]) {
      await write(count);
      notes.push(await signed());
    }
    expect(notes.map(({ size }) => size)).toEqual([1, 3, 8, 9, 17]);
    for (const [n, later] of notes.slice(1).entries()) {
      const [a, b] = [notes[n] ?? later, later].map(({ note }) => openCheckpoint(note, origin, [signer]));
      if (!a || !b) throw new Error('unreachable');
      expect(
        verifyConsistency(a.size, b.size, await log.consistencyProof(tenant, a.size, b.size), a.root, b.root),
      ).toBe(true);
    }
    expect(await log.checkpoints(tenant, { afterSize: 1, upTo: 9, limit: 10 })).toEqual(notes.slice(1, 4));
    expect(await log.checkpoint(tenant, 8)).toEqual(notes[2]);
  });

  test('a tree whose past was rewritten is not signed', async () => {
    await write(4);
    await signed();
    await tamper(sql`UPDATE audit_node SET hash = sha256('x') WHERE tenant = ${tenant} AND level = 2`);
    await write(3);
    await expect(signed()).rejects.toMatchObject({ code: 'internal', facts: { size: 4 } });
    expect((await log.checkpoint(tenant))?.size).toBe(4);
  });

  test('a database that was cut back to before its checkpoint is not signed', async () => {
    await write(6);
    await signed();
    await tamper(sql`DELETE FROM audit_entry WHERE tenant = ${tenant} AND idx >= 4`);
    await tamper(sql`DELETE FROM audit_node WHERE tenant = ${tenant} AND ((pos + 1) << level) > 4`);
    await expect(signed()).rejects.toThrow();
    await write(5);
    await expect(signed()).rejects.toThrow();
  });

  test('a log keeps its name', async () => {
    await write(1);
    await signed();
    await write(1);
    const renamed = log.sign(tenant, 'vestige.example.com/audit/other', [signer]);
    await expect(renamed).rejects.toMatchObject({ code: 'misconfigured' });
  });

  test('two processes that sign at once sign one checkpoint', async () => {
    await write(5);
    const [one, other] = await Promise.all([signed(), signed()]);
    expect(one).toEqual(other);
  });
});

describe('erasing payloads', () => {
  test('changes neither tree nor proof, and takes nonce and payload', async () => {
    const jane = randomUUID();
    await audit.append(tenant, { ...event('1'), subjectId: jane, purpose: 'access request' });
    await write(4);
    const before = await signed();
    const proof = await log.inclusionProof(tenant, 0, 5);
    await audit.erasePayloads(tenant, [jane], { actor: 'system:test' });
    await log.sequence(tenant);
    const [erased] = await log.leaves(tenant, all);
    expect(erased).toMatchObject({ payload: null, redactedBy: 5 });
    expect(await log.inclusionProof(tenant, 0, 5)).toEqual(proof);
    const { root } = openCheckpoint(before.note, origin, [signer]);
    expect(verifyInclusion(0, 5, leafHash(erased?.entry ?? Buffer.alloc(0)), proof, root)).toBe(true);
    await signed();
    const kept = await withTenant(db, tenant, (tx) =>
      rowsOf<{ text: string }>(tx, sql`SELECT string_agg(convert_from(entry, 'UTF8'), ' ') AS text FROM audit_entry`),
    );
    expect(kept[0]?.text).not.toContain(jane);
  });

  test('reaches entries that had no index yet', async () => {
    const jane = randomUUID();
    await audit.append(tenant, { ...event('1'), subjectId: jane });
    expect(await audit.erasePayloads(tenant, [jane], { actor: 'system:test' })).toBe(1);
  });

  test('takes several entries when a person was looked at more often than one has room for', async () => {
    const [jane, joe] = [randomUUID(), randomUUID()];
    for (const subjectId of [jane, joe, jane, joe, jane, joe]) await audit.append(tenant, { ...event('1'), subjectId });
    const by = { actor: 'system:test' };
    expect(await withTenant(db, tenant, (tx) => erasePayloads(tx, tenant, [jane], by, 2))).toBe(3);
    const after = await audit.entries(tenant, { afterIndex: -1, limit: 10 });
    expect(after.map(({ redactedBy }) => redactedBy)).toEqual([6, null, 6, null, 7, null, null, null]);
  });

  test('says in the open which entries it took, so that a verifier needs no table of ours', async () => {
    const jane = randomUUID();
    for (const subjectId of [jane, jane, randomUUID(), jane]) await audit.append(tenant, { ...event('1'), subjectId });
    await audit.erasePayloads(tenant, [jane], { actor: 'system:test', requestId: 'r-1' });
    await log.sequence(tenant);
    const last = (await log.leaves(tenant, all)).at(-1);
    expect(JSON.parse(Buffer.from(last?.entry ?? []).toString('utf8'))).toMatchObject({
      type: 'audit.payloads_erased',
      requestId: 'r-1',
      redacts: [
        [0, 1],
        [3, 3],
      ],
    });
  });
});

describe('heartbeats', () => {
  test('are written once a day, whoever asks', async () => {
    const first = await log.heartbeat(tenant);
    expect(first).toMatchObject({ day: expect.stringMatching(/^\d{4}-\d\d-\d\d$/), before: null });
    expect(await log.heartbeat(tenant)).toBeNull();
    await log.sequence(tenant);
    expect((await audit.entries(tenant, { afterIndex: -1, limit: 10 })).map(({ type }) => type)).toEqual([
      'audit.heartbeat',
    ]);
    expect(await log.status(tenant)).toMatchObject({ heartbeat: { day: first?.day } });
  });

  test('of a log that was silent name the day it last spoke', async () => {
    await withTenant(db, tenant, (tx) =>
      tx.execute(sql`INSERT INTO audit_heartbeat VALUES (${tenant}, '2026-01-02', 1)`),
    );
    expect(await log.heartbeat(tenant)).toMatchObject({ before: '2026-01-02' });
  });
});

describe('one tenant’s log', () => {
  test('is a tree of its own', async () => {
    const rival = (await postgresTenantStore(db).ensureTenant(`rival-${serial}`)).id;
    await write(3);
    await write(2, rival);
    await signed();
    expect((await log.status(rival)).size).toBe(2);
    expect(await log.checkpoint(rival)).toBeNull();
    await expect(log.inclusionProof(rival, 2, 3)).rejects.toMatchObject({ code: 'not_found' });
    await expect(log.consistencyProof(rival, 2, 3)).rejects.toMatchObject({ code: 'bad_request' });
  });

  test('keeps anchors once, and shows findings about itself', async () => {
    await write(2);
    await signed();
    const anchor = { size: 2, kind: 'copy' as const, place: 'bucket', proof: Buffer.from('x') };
    await log.putAnchor(tenant, anchor);
    await log.putAnchor(tenant, anchor);
    expect(await log.anchors(tenant, { afterSize: 0, upTo: 9 })).toMatchObject([
      { size: 2, kind: 'copy', place: 'bucket' },
    ]);
    await log.note(tenant, { type: 'audit.heartbeat_missing', key: 'x', details: { after: '2026-01-02' } });
    const found = await postgresFindingStore(db).findings(tenant, { after: null, limit: 10 });
    expect(found).toMatchObject([{ type: 'audit.heartbeat_missing' }]);
  });
});
