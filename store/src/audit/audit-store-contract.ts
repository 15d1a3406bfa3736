import { randomUUID } from 'node:crypto';
import type { TenantId } from '@vestige/core/ids';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { TenantStore } from '../control/tenant-store.ts';
import type { AuditDraft, AuditEntry, AuditStore, LatestQuery } from './audit-store.ts';

const all = { afterIndex: -1, limit: 1000 };

/** The promises of {@link AuditStore} as tests; every implementation runs them. */
export function auditStoreContract(
  name: string,
  open: () => Promise<{ tenants: TenantStore; audit: AuditStore; close(): Promise<void> }>,
): void {
  describe(name, () => {
    let stores: Awaited<ReturnType<typeof open>>;
    let audit: AuditStore;
    let tenant: TenantId;
    let serial = 0;
    beforeAll(async () => {
      stores = await open();
      audit = stores.audit;
    });
    beforeEach(async () => {
      serial += 1;
      tenant = (await stores.tenants.ensureTenant(`acme-${serial}`)).id;
    });
    afterAll(() => stores.close());

    const looked = (subjectId: string, more: Partial<AuditDraft> = {}): AuditDraft => ({
      type: 'subject.read',
      actor: 'key:abc',
      object: { kind: 'subject', id: subjectId },
      subjectId,
      purpose: 'access request 12',
      ...more,
    });

    test('what is appended is what is read', async () => {
      const subjectId = randomUUID();
      const requestId = randomUUID();
      await audit.append(tenant, looked(subjectId, { requestId, payload: { window: '2026' } }));
      const entries = await audit.entries(tenant, all);
      expect(entries).toHaveLength(1);
      const written = entries[0] as AuditEntry;
      expect(written).toMatchObject({
        index: 0,
        type: 'subject.read',
        actor: 'key:abc',
        object: { kind: 'subject', id: subjectId },
        requestId,
        purpose: 'access request 12',
        payload: { window: '2026' },
      });
      expect(written.at).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
      expect(written.commitment).toMatch(/^sha256:[0-9a-f]{64}$/);
      expect(await audit.entries(tenant, all)).toEqual([written]);
    });

    test('indexes are gap-free and in the order of time under many writers at once', async () => {
      await Promise.all(Array.from({ length: 40 }, () => audit.append(tenant, looked(randomUUID()))));
      const entries = await audit.entries(tenant, all);
      expect(entries.map(({ index }) => index)).toEqual(entries.map((_, position) => position));
      expect(entries).toHaveLength(40);
      const times = entries.map(({ at }) => at);
      expect(times).toEqual(times.toSorted());
    });

    test('every tenant counts from zero and sees its own entries only', async () => {
      const rival = (await stores.tenants.ensureTenant(`rival-${serial}`)).id;
      await audit.append(tenant, looked(randomUUID()));
      const joe = randomUUID();
      await audit.append(rival, looked(joe));
      expect(await audit.entries(rival, all)).toMatchObject([{ index: 0, object: { id: joe } }]);
    });

    test('a page continues after an index and reads the same for ever', async () => {
      for (let n = 0; n < 5; n++) await audit.append(tenant, looked(randomUUID()));
      const page = await audit.entries(tenant, { afterIndex: 1, limit: 2 });
      expect(page.map(({ index }) => index)).toEqual([2, 3]);
      await audit.append(tenant, looked(randomUUID()));
      expect(await audit.entries(tenant, { afterIndex: 1, limit: 2 })).toEqual(page);
    });

    test('entries are found by person, by request, and by being a look at somebody', async () => {
      const [jane, joe, requestId] = [randomUUID(), randomUUID(), randomUUID()];
      await audit.append(tenant, looked(jane, { requestId }));
      await audit.append(tenant, looked(joe));
      const { purpose: _none, ...change } = looked(jane, { type: 'alias.linked' });
      await audit.append(tenant, change);
      const [read, , linked] = await audit.entries(tenant, all);
      expect(await audit.entries(tenant, { ...all, subjectIds: [jane] })).toEqual([read, linked]);
      expect(await audit.entries(tenant, { ...all, subjectIds: [jane], readsOnly: true })).toEqual([read]);
      expect(await audit.entries(tenant, { ...all, requestId })).toEqual([read]);
      expect(await audit.entries(tenant, { ...all, subjectIds: [] })).toEqual([]);
    });

    test('entries about somebody else are found for the time that is asked for', async () => {
      const [jane, joe] = [randomUUID(), randomUUID()];
      for (let n = 0; n < 3; n++) {
        await audit.append(tenant, looked(joe));
        // Instants are told to the millisecond.
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
      await audit.append(tenant, looked(jane));
      const [, second, third, own] = await audit.entries(tenant, all);
      const during = [{ subjectId: joe, from: second?.at ?? '', to: third?.at ?? '' }];
      expect(await audit.entries(tenant, { ...all, subjectIds: [jane], during })).toEqual([second, own]);
    });

    test('the latest come newest first, page after page, by type, by actor and by request', async () => {
      const requestId = randomUUID();
      for (let n = 0; n < 5; n++) await audit.append(tenant, looked(randomUUID()));
      await audit.append(tenant, looked(randomUUID(), { type: 'request.file', actor: 'key:def', requestId }));
      const indexes = async (query: Partial<LatestQuery>) => {
        const { entries, before } = await audit.latest(tenant, { beforeIndex: null, limit: 2, ...query });
        return [entries.map(({ index }) => index), before];
      };
      expect(await indexes({})).toEqual([[5, 4], 4]);
      expect(await indexes({ beforeIndex: 4 })).toEqual([[3, 2], 2]);
      expect(await indexes({ beforeIndex: 2 })).toEqual([[1, 0], null]);
      expect(await indexes({ type: 'request.' })).toEqual([[5], null]);
      expect(await indexes({ actor: 'key:abc' })).toEqual([[4, 3], 3]);
      expect(await indexes({ requestId })).toEqual([[5], null]);
      expect(await indexes({ type: 'subject.read', actor: 'key:def' })).toEqual([[], null]);
      const rival = (await stores.tenants.ensureTenant(`rival-${serial}`)).id;
      expect((await audit.latest(rival, { beforeIndex: null, limit: 10 })).entries).toEqual([]);
    });

    test('erasing payloads takes the person out, leaves entry, index and commitment, and says by whose leave', async () => {
      const [jane, joe, requestId] = [randomUUID(), randomUUID(), randomUUID()];
      await audit.append(tenant, looked(jane, { payload: { seen: 3 } }));
      await audit.append(tenant, looked(joe));
      await audit.append(tenant, looked(jane));
      const before = await audit.entries(tenant, all);
      const by = { actor: 'system:test', requestId };
      expect(await audit.erasePayloads(tenant, [jane], by)).toBe(2);
      expect(await audit.erasePayloads(tenant, [jane], by)).toBe(0);
      const entries = await audit.entries(tenant, all);
      const gone = { object: { kind: 'subject', id: '-' }, purpose: null, payload: null, redactedBy: 3 };
      expect(entries).toEqual([
        { ...before[0], ...gone },
        before[1],
        { ...before[2], ...gone },
        expect.objectContaining({ index: 3, type: 'audit.payloads_erased', requestId, payload: { count: 2 } }),
      ]);
      expect(JSON.stringify(entries)).not.toContain(jane);
    });

    test('payloads of another tenant cannot be erased', async () => {
      const jane = randomUUID();
      await audit.append(tenant, looked(jane));
      const rival = (await stores.tenants.ensureTenant(`rival-${serial}`)).id;
      expect(await audit.erasePayloads(rival, [jane], { actor: 'system:test' })).toBe(0);
      expect(await audit.entries(tenant, { ...all, subjectIds: [jane] })).toHaveLength(1);
    });

    test('two entries that say the same have different commitments', async () => {
      const jane = randomUUID();
      await audit.append(tenant, looked(jane));
      await audit.append(tenant, looked(jane));
      const [one, other] = await audit.entries(tenant, all);
      expect(one?.commitment).not.toBe(other?.commitment);
    });

    test('an oversized payload is refused and takes no index', async () => {
      const big = looked(randomUUID(), { payload: { text: 'x'.repeat(40_000) } });
      await expect(audit.append(tenant, big)).rejects.toMatchObject({ code: 'bad_request' });
      await audit.append(tenant, looked(randomUUID()));
      expect((await audit.entries(tenant, all)).map(({ index }) => index)).toEqual([0]);
    });
  });
}
