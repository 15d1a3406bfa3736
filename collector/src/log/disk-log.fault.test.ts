import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { dice } from '@vestige/e2e/crash/dice';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type DiskLog, openDiskLog } from './disk-log.ts';
import { aRecord, tenantOf, textsOf } from './ingest-log-contract.ts';
import type { LogReport } from './log-report.ts';
import { type Crash, SimulatedDisk } from './testing/simulated-disk.ts';

/** Each one to three lives of the process, every life ended at a random system call. */
const ROUNDS = 1500;
const SEED = 20_260_716;
const ALL = { spansMax: 1_000_000, bytesMax: 1e9, waitMs: 0 };

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'vestige-log-fault-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const openOn = (disk: SimulatedDisk, report: (event: LogReport) => void = () => {}): Promise<DiskLog> =>
  openDiskLog({
    folder,
    bytesMax: 1e9,
    tenantBytesMax: 1e9,
    segmentBytes: 2000,
    memoryBytesMax: 500,
    nowMs: () => performance.now(),
    wallMs: () => Date.now(),
    report,
    files: disk,
  });

/** What one sender was told, over all lives of the process. */
class Ledger {
  readonly attempted = new Set<string>();
  readonly acknowledged = new Set<string>();
  readonly done = new Set<string>();
  #next = 0;

  newText(): string {
    const text = `r${this.#next++}`;
    this.attempted.add(text);
    return text;
  }
}

/** One life: appends and drains until the disk dies. */
async function live(log: DiskLog, ledger: Ledger, below: (bound: number) => number, died: Promise<void>) {
  let dead = false;
  const death = died.then(() => {
    dead = true;
  });
  const send = async () => {
    while (!dead) {
      const tenant = 1 + below(3);
      const text = ledger.newText();
      const padding = '.'.repeat(below(300));
      const appended = log.append(aRecord(tenant, `${text}|${padding}`)).then(() => ledger.acknowledged.add(text));
      await Promise.race([appended, death]);
    }
  };
  const drain = async () => {
    while (!dead) {
      const block = await Promise.race([log.take({ ...ALL, spansMax: 1 + below(6) }), death]);
      if (!block || dead) return;
      const texts = namesOf(block.payloads);
      for (const text of texts) expect(ledger.done.has(text), `${text} was done in this life`).toBe(false);
      if (below(10) === 0) {
        block.release();
        continue;
      }
      for (const text of texts) ledger.done.add(text);
      await Promise.race([block.done(), death]);
    }
  };
  const wait = async () => {
    while (!dead) {
      await Promise.race([log.drained(tenantOf(1 + below(3))), death]);
      await new Promise(setImmediate);
    }
  };
  await Promise.all([send(), send(), drain(), wait()]);
}

const namesOf = (payloads: readonly Uint8Array[]) =>
  textsOf(payloads).map((text) => (text.split(' ')[1] ?? '').split('|')[0] ?? '');

async function offeredNow(log: DiskLog): Promise<string[]> {
  const texts: string[] = [];
  while (log.backlog().records > texts.length) texts.push(...namesOf((await log.take(ALL))?.payloads ?? []));
  return texts;
}

describe.each<Crash>(['process-killed', 'power-cut'])('%s at a random system call', (crash) => {
  test(`${ROUNDS} times (seed ${SEED}): what was acknowledged and not drained is offered again, once, and nothing that was never sent`, async () => {
    const chance = dice(SEED);
    const below = (bound: number) => chance.between(0, bound);
    let died = 0;
    for (let round = 0; round < ROUNDS; round += 1) {
      const disk = new SimulatedDisk(below);
      const ledger = new Ledger();
      const lives = 1 + below(3);
      for (let life = 0; life < lives; life += 1) {
        // What the former life drained may be offered again: its files were not yet gone.
        ledger.done.clear();
        const death = disk.dieAfter(2 + below(60));
        const log = await Promise.race([openOn(disk), death]);
        if (log) await live(log, ledger, below, death);
        disk.crash(crash);
        died += 1;
        const doneBefore = new Set(ledger.done);
        const reports: LogReport[] = [];
        const last = await openOn(disk, (event) => reports.push(event));
        const offered = await offeredNow(last);
        const place = `round ${round}, life ${life}`;
        expect(new Set(offered).size, place).toBe(offered.length);
        const missing = [...ledger.acknowledged].filter((text) => !doneBefore.has(text) && !offered.includes(text));
        expect(missing, place).toEqual([]);
        expect(
          offered.filter((text) => !ledger.attempted.has(text)),
          place,
        ).toEqual([]);
        if (crash === 'process-killed')
          expect(
            reports.filter(({ kind }) => kind === 'damaged'),
            place,
          ).toEqual([]);
        // The next life begins with what is really there.
        for (const text of doneBefore) ledger.acknowledged.delete(text);
        disk.crash('process-killed');
      }
    }
    expect(died).toBeGreaterThan(ROUNDS);
  });
});
