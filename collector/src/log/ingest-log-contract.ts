import { setTimeout as sleep } from 'node:timers/promises';
import { TenantId } from '@vestige/core/ids';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { IngestLog, LogRecord } from './ingest-log.ts';

export interface ContractBounds {
  readonly bytesMax: number;
  readonly tenantBytesMax: number;
}

const ROOMY: ContractBounds = { bytesMax: 64 * 1024 * 1024, tenantBytesMax: 48 * 1024 * 1024 };
/** A record counts as 4 KiB at least, so this is room for eight small ones, and for five of one tenant. */
const TIGHT: ContractBounds = { bytesMax: 8 * 4096, tenantBytesMax: 5 * 4096 };
const NOW = { spansMax: 10_000, bytesMax: 64 * 1024 * 1024, waitMs: 0 };

export const tenantOf = (id: number): TenantId => TenantId.parse(id);
export const aRecord = (tenant: number, text: string, spans = 1): LogRecord => ({
  tenant: tenantOf(tenant),
  spans,
  payload: Buffer.from(`${tenant} ${text}`),
});
export const textsOf = (payloads: readonly Uint8Array[]): string[] =>
  payloads.map((payload) => Buffer.from(payload).toString());

/** The promises of `IngestLog`, for one implementation. */
export function describeIngestLog(name: string, open: (bounds: ContractBounds) => Promise<IngestLog>): void {
  describe(`${name}, as every log`, () => {
    let log: IngestLog;
    let appends: Promise<unknown>[];
    const append = (tenant: number, text: string, spans = 1) => {
      const appended = log.append(aRecord(tenant, text, spans));
      appends.push(appended.catch(() => {}));
      return appended;
    };
    /** Appends end when their records are drained, or sooner: nobody here waits for them one by one. */
    const appendAll = async (...records: readonly [tenant: number, text: string, spans?: number][]) => {
      for (const [tenant, text, spans] of records) void append(tenant, text, spans).catch(() => {});
      await expect.poll(() => log.backlog().records).toBe(records.length);
    };
    const taken = async (limits = NOW) => (await log.take(limits)) ?? expect.fail('the log is closed');

    beforeEach(async () => {
      appends = [];
      log = await open(ROOMY);
    });
    afterEach(async () => {
      await log.close();
      await Promise.all(appends);
    });

    test('what is appended is offered once, as it was, in its order', async () => {
      await appendAll([1, 'a'], [1, 'b'], [1, 'c']);
      const block = await taken();
      expect(textsOf(block.payloads)).toEqual(['1 a', '1 b', '1 c']);
      const next = log.take(NOW);
      void append(1, 'd').catch(() => {});
      expect(textsOf((await next)?.payloads ?? [])).toEqual(['1 d']);
    });

    test('an append has ended when its record is done', async () => {
      const appended = append(1, 'a');
      await (await taken()).done();
      await appended;
    });

    test('a block ends at the limit of spans, and takes one record that is larger than it', async () => {
      await appendAll([1, 'a', 6], [1, 'b', 5], [1, 'huge', 50], [1, 'c', 1]);
      const limits = { ...NOW, spansMax: 10 };
      const blocks = [];
      for (let i = 0; i < 4; i += 1) blocks.push(textsOf((await taken(limits)).payloads));
      expect(blocks).toEqual([['1 a'], ['1 b'], ['1 huge'], ['1 c']]);
    });

    test('a block ends at the limit of bytes', async () => {
      await appendAll([1, 'a'.repeat(600)], [1, 'b'.repeat(600)]);
      expect((await taken({ ...NOW, bytesMax: 1000 })).payloads).toHaveLength(1);
    });

    test('records of different tenants share blocks, and a backlog of one is not in the way of another', async () => {
      const noisy = Array.from({ length: 40 }, (_, i) => [1, `n${i}`, 500] as [number, string, number]);
      await appendAll(...noisy, [2, 'quiet', 1]);
      const first = await taken();
      expect(textsOf(first.payloads)).toContain('2 quiet');
      expect(first.payloads.length).toBeGreaterThan(10);
    });

    test('waits for more until the time is over, and not when there is enough', async () => {
      await appendAll([1, 'a', 5]);
      const early = log.take({ ...NOW, spansMax: 10, waitMs: 60_000 });
      void append(1, 'b', 5).catch(() => {});
      expect(textsOf((await early)?.payloads ?? [])).toEqual(['1 a', '1 b']);
      void append(1, 'c', 1).catch(() => {});
      expect(textsOf((await taken({ ...NOW, waitMs: 5 })).payloads)).toEqual(['1 c']);
    });

    test('released records are offered again or refused to their sender, never forgotten', async () => {
      const refused = append(1, 'a').then(
        () => new Promise<never>(() => {}),
        () => ['refused'],
      );
      (await taken()).release();
      const offeredAgain = log.take(NOW).then((block) => textsOf(block?.payloads ?? []));
      expect([['1 a'], ['refused']]).toContainEqual(await Promise.race([offeredAgain, refused]));
    });

    test('counts what waits and what is being drained, until it is done', async () => {
      await appendAll([1, 'a', 3], [2, 'bb', 4]);
      const block = await taken();
      expect(log.backlog()).toMatchObject({ records: 2, spans: 7, bytes: 7 });
      expect(log.backlog().bytesByTenant).toEqual(
        new Map([
          [tenantOf(1), 3],
          [tenantOf(2), 4],
        ]),
      );
      await block.done();
      expect(log.backlog()).toMatchObject({ records: 0, spans: 0, bytes: 0, ageMs: 0 });
    });

    test('a tenant beyond its share is told to slow down, and others are not', async () => {
      await log.close();
      log = await open(TIGHT);
      await appendAll([1, 'a'], [1, 'b'], [1, 'c'], [1, 'd'], [1, 'e']);
      await expect(log.append(aRecord(1, 'f'))).rejects.toMatchObject({ code: 'rate_limited' });
      void append(2, 'other').catch(() => {});
      await expect.poll(() => log.backlog().records).toBe(6);
    });

    test('beyond the whole bound everybody is told to come back, and is taken again when there is room', async () => {
      await log.close();
      log = await open(TIGHT);
      await appendAll([1, 'a'], [1, 'b'], [1, 'c'], [1, 'd'], [2, 'a'], [2, 'b'], [2, 'c'], [2, 'd']);
      expect(log.state()).toBe('full');
      await expect(log.append(aRecord(3, 'x'))).rejects.toMatchObject({ code: 'store_unavailable', retryable: true });
      await (await taken()).done();
      expect(log.state()).toBe('ok');
      const appended = append(3, 'x');
      await (await taken()).done();
      await appended;
    });

    test('drained is said when everything before is done, and at once for a tenant without anything', async () => {
      await log.drained(tenantOf(9));
      await appendAll([1, 'a']);
      const block = await taken();
      let said = false;
      const drained = log.drained(tenantOf(1)).then(() => {
        said = true;
      });
      await sleep(20);
      expect(said).toBe(false);
      await block.done();
      await drained;
    });

    test('what was taken can be done after the log has stopped offering', async () => {
      await appendAll([1, 'a'], [1, 'b', 5]);
      const block = await taken({ ...NOW, spansMax: 1 });
      log.stopOffering();
      expect(await log.take(NOW)).toBeNull();
      await block.done();
      expect(log.backlog().records).toBe(1);
    });

    test('a closed log offers nothing and takes nothing', async () => {
      const waiting = log.take(NOW);
      await log.close();
      expect(await waiting).toBeNull();
      expect(await log.take(NOW)).toBeNull();
      await expect(log.append(aRecord(1, 'a'))).rejects.toMatchObject({ code: 'store_unavailable' });
    });
  });
}
