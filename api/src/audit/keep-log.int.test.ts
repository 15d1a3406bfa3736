import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inMemory } from '@vestige/audit-verify/testing/made-log';
import { verifyBundle } from '@vestige/audit-verify/verify-bundle';
import { readCheckpoint } from '@vestige/core/audit/checkpoint';
import { VestigeError } from '@vestige/core/errors';
import { Secret } from '@vestige/core/secret';
import { openTestPostgres } from '@vestige/e2e/harness/engines';
import { postgresAuditLog } from '@vestige/store/audit/postgres-audit-log';
import { postgresAuditStore } from '@vestige/store/audit/postgres-audit-store';
import { postgresFindingStore } from '@vestige/store/control/postgres-finding-store';
import { postgresTenantStore } from '@vestige/store/control/postgres-tenant-store';
import type { Tenant } from '@vestige/store/control/tenant-store';
import { type Database, withTenant } from '@vestige/store/postgres';
import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { folderWitness, webhookWitness } from './anchoring/copies.ts';
import type { Witness } from './anchoring/witness.ts';
import { bundleFiles } from './bundle.ts';
import { type KeeperDeps, keepAll, keepLog, sequenceWaiting, startLogKeeper } from './keep-log.ts';
import { LogKeys } from './log-keys.ts';

let postgres: { db: Database; close(): Promise<void> };
let folder: string;
let tenant: Tenant;
let serial = 0;
const secret = () => new Secret<KeyObject>(generateKeyPairSync('ed25519').privateKey);

beforeAll(async () => {
  postgres = await openTestPostgres();
  folder = await mkdtemp(join(tmpdir(), 'vestige-copies-'));
});
beforeEach(async () => {
  serial += 1;
  tenant = await postgresTenantStore(postgres.db).ensureTenant(`acme-${serial}`);
});
afterAll(async () => {
  await postgres.close();
  await rm(folder, { recursive: true, force: true });
});

function keeper(witnesses: readonly Witness[] = [], keys = [secret()]): KeeperDeps {
  const { db } = postgres;
  return {
    tenants: { tenants: async () => [tenant] },
    audit: postgresAuditStore(db),
    auditLog: postgresAuditLog(db),
    logKeys: new LogKeys('vestige.example.com/audit', keys),
    witnesses,
  };
}
const write = (deps: KeeperDeps) =>
  deps.audit.append(tenant.id, { type: 'test', actor: 'key:a', object: { kind: 'test', id: '1' } });
const types = async (deps: KeeperDeps) =>
  (await deps.audit.entries(tenant.id, { afterIndex: -1, limit: 100 })).map(({ type }) => type);
const findings = async () => postgresFindingStore(postgres.db).findings(tenant.id, { after: null, limit: 10 });
const signatures = (note = '') =>
  note
    .slice(note.lastIndexOf('\n\n') + 2)
    .trimEnd()
    .split('\n').length;

async function verdictOf(deps: KeeperDeps, keys: string) {
  const size = (await deps.auditLog.checkpoint(tenant.id))?.size ?? 0;
  const files = new Map<string, Buffer>();
  for await (const { name, content } of bundleFiles(deps, tenant, { size, madeAt: new Date(), subjectIds: [] })) {
    files.set(name, Buffer.from(content));
  }
  return verifyBundle(inMemory(files), { keys, saved: [], authorities: [], issuer: null });
}

describe('the keeper', () => {
  test('beats, numbers and signs, and does none of it twice', async () => {
    const deps = keeper();
    await write(deps);
    await keepLog(deps, tenant, 600);
    const first = await deps.auditLog.checkpoint(tenant.id);
    expect(first?.size).toBe(2);
    await keepLog(deps, tenant, 600);
    expect(await deps.auditLog.checkpoint(tenant.id)).toEqual(first);
    expect((await types(deps)).filter((type) => type === 'audit.heartbeat')).toHaveLength(1);
  });

  test('waits with the next checkpoint until it is due', async () => {
    const deps = keeper();
    await keepLog(deps, tenant, 600);
    await write(deps);
    await keepLog(deps, tenant, 600);
    expect((await deps.auditLog.checkpoint(tenant.id))?.size).toBe(1);
    await keepLog(deps, tenant, 0);
    expect((await deps.auditLog.checkpoint(tenant.id))?.size).toBe(2);
  });

  test('makes a finding of days on which nobody kept the log', async () => {
    const deps = keeper();
    await withTenant(postgres.db, tenant.id, (tx) =>
      tx.execute(sql`INSERT INTO audit_heartbeat VALUES (${tenant.id}, '2026-01-02', 1)`),
    );
    await keepLog(deps, tenant, 0);
    expect(await findings()).toMatchObject([{ type: 'audit.heartbeat_missing', details: { after: '2026-01-02' } }]);
  });

  test('numbers what waits of every tenant, though one of them fails', async () => {
    const deps = keeper();
    await write(deps);
    const failing = { ...deps.auditLog, waiting: async () => [99_999 as never, tenant.id] };
    await sequenceWaiting({ ...deps, auditLog: failing });
    expect((await deps.auditLog.status(tenant.id)).waiting).toBe(0);
  });

  test('runs by itself until it is closed', async () => {
    const deps = keeper();
    await write(deps);
    const running = startLogKeeper(deps, { intervalMs: 10, upkeepMs: 20, checkpointEveryS: 0 });
    while ((await deps.auditLog.checkpoint(tenant.id)) === null)
      await new Promise((resolve) => setTimeout(resolve, 10));
    await running.close();
    expect((await deps.auditLog.status(tenant.id)).waiting).toBe(0);
  });
});

describe('a key', () => {
  test('is handed over without a break: who trusts the old one can verify the whole log', async () => {
    const [old, young] = [secret(), secret()];
    const before = keeper([], [old]);
    await write(before);
    await keepLog(before, tenant, 0);
    const during = keeper([], [young, old]);
    await keepLog(during, tenant, 600);
    expect(signatures((await during.auditLog.checkpoint(tenant.id))?.note)).toBe(2);
    const after = keeper([], [young]);
    await keepLog(after, tenant, 600);
    expect(signatures((await after.auditLog.checkpoint(tenant.id))?.note)).toBe(1);
    expect((await types(after)).filter((type) => type === 'audit.keys_changed')).toHaveLength(2);

    const verdict = await verdictOf(after, before.logKeys.signers(tenant)[0]?.text ?? '');
    expect(verdict).toMatchObject({ verdict: 'holds', findings: [] });
  });

  test('that was swapped for another is not believed by who knows the old one', async () => {
    const before = keeper();
    await write(before);
    await keepLog(before, tenant, 0);
    const swapped = keeper();
    await keepLog(swapped, tenant, 0);
    const verdict = await verdictOf(swapped, before.logKeys.signers(tenant)[0]?.text ?? '');
    expect(verdict.findings.map(({ code }) => code)).toContain('unvouched_key');
  });
});

describe('copies', () => {
  test('are left in a folder, one file a checkpoint, and each once', async () => {
    const deps = keeper([folderWitness(folder)]);
    await keepLog(deps, tenant, 0);
    await write(deps);
    await keepLog(deps, tenant, 0);
    const names = await readdir(join(folder, tenant.name));
    expect(names.sort()).toEqual(['000000000001.note', '000000000002.note']);
    const last = await readFile(join(folder, tenant.name, '000000000002.note'), 'utf8');
    expect(last).toBe((await deps.auditLog.checkpoint(tenant.id))?.note);
    expect(await deps.auditLog.lastAnchors(tenant.id)).toMatchObject([{ kind: 'copy', place: folder, size: 2 }]);
  });

  test('that are ahead of the log stop it from being signed: the database was set back', async () => {
    const deps = keeper([folderWitness(folder)]);
    await keepLog(deps, tenant, 0);
    const known = (await deps.auditLog.checkpoint(tenant.id))?.note ?? '';
    const { origin } = readCheckpoint(known);
    await writeFile(
      join(folder, tenant.name, '000000000009.note'),
      `${origin}\n9\n${Buffer.alloc(32, 1).toString('base64')}\n\n\u2014 x y\n`,
    );
    await write(deps);
    await keepAll(deps, 0);
    expect((await deps.auditLog.checkpoint(tenant.id))?.size).toBe(1);
    expect(await findings()).toMatchObject([{ type: 'audit.checkpoint_refused', details: { size: 9 } }]);
  });

  test('are sent to an address, with tenant and size filled in', async () => {
    const calls: [string, RequestInit | undefined][] = [];
    const call: typeof fetch = async (url, init) => {
      calls.push([String(url), init]);
      return new Response(null, { status: 201 });
    };
    const deps = keeper([webhookWitness('https://bucket.example.com/v/{tenant}/{size}.note', call)]);
    await keepLog(deps, tenant, 0);
    expect(calls).toMatchObject([
      [`https://bucket.example.com/v/${tenant.name}/1.note`, { method: 'PUT', redirect: 'error' }],
    ]);
    expect(calls[0]?.[1]?.body).toBe((await deps.auditLog.checkpoint(tenant.id))?.note);
    await keepLog(deps, tenant, 0);
    expect(calls).toHaveLength(1);
  });

  test('that cannot be left are a finding, and are tried again', async () => {
    let away = true;
    const witness: Witness = {
      kind: 'copy',
      place: 'bucket.example.com',
      everyS: 0,
      async testify() {
        if (away) throw new VestigeError('store_unavailable', 'away');
        return Buffer.from('there');
      },
    };
    const deps = keeper([witness]);
    await keepLog(deps, tenant, 0);
    expect(await findings()).toMatchObject([{ type: 'audit.witness_away', details: { place: 'bucket.example.com' } }]);
    away = false;
    await keepLog(deps, tenant, 0);
    expect(await deps.auditLog.lastAnchors(tenant.id)).toMatchObject([{ place: 'bucket.example.com', size: 1 }]);
  });

  test('of a witness that costs something are not made of every checkpoint', async () => {
    let asked = 0;
    const witness: Witness = {
      kind: 'rfc3161',
      place: 'tsa.example.com',
      everyS: 3_600,
      testify: async () => {
        asked += 1;
        return Buffer.from('stamp');
      },
    };
    const deps = keeper([witness]);
    for (let n = 0; n < 3; n += 1) {
      await write(deps);
      await keepLog(deps, tenant, 0);
    }
    expect(asked).toBe(1);
  });
});

test('a name that could be read two ways, or no key at all, is no log', () => {
  for (const base of ['https://example.com/audit', 'with space', 'a+b', 'ends/', '']) {
    expect(() => new LogKeys(base, [secret()])).toThrow('URL without scheme');
  }
  expect(() => new LogKeys('example.com', [])).toThrow('need a key');
});
