import { readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { until } from '@vestige/e2e/crash/children';
import { dice } from '@vestige/e2e/crash/dice';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { FaultWorld } from './testing/fault-world.ts';
import { SeededSender } from './testing/seeded-sender.ts';

const SEED = 20_260_719;
const DISK_BYTES = 200_000;

let world: FaultWorld;
let sender: SeededSender;
beforeEach(async () => {
  world = await FaultWorld.open();
  const chance = dice(SEED);
  sender = new SeededSender((bound) => chance.between(0, bound));
}, 120_000);
afterEach(async () => {
  sender?.close();
  await world?.close();
});

const readyz = async (url: string) => {
  const answer = await fetch(`${url}/readyz`);
  return { status: answer.status, ...((await answer.json()) as { checks: { log: string } }) };
};

test('a full disk: what was acknowledged before is stored, what comes is told to come back, over a kill too', async () => {
  const key = world.keys[0] ?? '';
  const first = world.collector({ diskBytes: DISK_BYTES });
  const url = await first.url;
  expect(await sender.send(url, key, 'empty disk')).toBe(true);
  await world.endClickHouse();
  while (await sender.send(url, key, 'filling'));
  expect([...sender.answers.keys()]).toEqual([200, 503]);
  expect(await readyz(url)).toMatchObject({ status: 503, checks: { log: 'failing' } });
  await first.kill9();

  const second = world.collector({ diskBytes: DISK_BYTES });
  const again = await second.url;
  // The end of the disk may have room for a small request.
  while (await sender.send(again, key, 'full disk, after a kill'));
  expect([...sender.answers.keys()]).toEqual([200, 503]);
  await world.startClickHouse();
  await until('there is room again', () => sender.send(again, key, 'room'));
  await second.stop();
  await world.expectAllStoredOnce(sender);
  expect(world.aside()).toEqual([]);
});

test('two collectors on one folder: the second says so in one sentence and ends, and a killed one leaves no lock behind', async () => {
  const first = world.collector();
  await first.url;
  const second = world.collector();
  expect(await second.ended).not.toBe(0);
  expect(second.said()).toMatch(/The log folder \S+ is in use by another collector \(pid \d+\)\. Give each collector/);
  expect(await sender.send(await first.url, world.keys[0] ?? '', 'first')).toBe(true);
  await first.kill9();
  const third = world.collector();
  expect(await sender.send(await third.url, world.keys[0] ?? '', 'third')).toBe(true);
  await third.stop();
  await world.expectAllStoredOnce(sender);
});

test('a torn end costs nothing that was acknowledged; a damaged piece costs that piece alone, and both are told', async () => {
  const key = world.keys[0] ?? '';
  const first = world.collector({ settings: { VESTIGE_COLLECTOR_LOG_SEGMENT_BYTES: '1073741824' } });
  const url = await first.url;
  await sender.send(url, key, 'known tenant');
  await until('the log is empty', () => world.segments().length === 0);
  await world.endClickHouse();
  for (let request = 0; request < 40; request += 1) await sender.send(url, key, `request ${request}`);
  await first.kill9();
  const [name = ''] = world.segments();
  const file = join(world.logDir(), name);
  const bytes = readFileSync(file);
  // A write that had begun when the power went: half a frame behind the last one.
  writeFileSync(file, Buffer.concat([bytes, bytes.subarray(20, 60), Buffer.from('half a record')]));
  truncateSync(file, bytes.length + 45);
  const damaged = readFileSync(file);
  const at = damaged.length >> 1;
  damaged[at] = (damaged[at] ?? 0) ^ 0xff;
  writeFileSync(file, damaged);

  await world.startClickHouse();
  const second = world.collector();
  await second.url;
  await until('the log is drained', () => world.segments().length === 0);
  await second.stop();
  expect(second.said()).toContain('"kind":"torn"');
  expect(second.said()).toContain('"kind":"damaged"');
  expect(second.said()).toContain(name);
  expect(world.aside()).toHaveLength(1);
  const stored = await world.rowsPerSpan();
  const missing = [...sender.acknowledged].filter(([spanId]) => !stored.has(spanId)).map(([, life]) => life);
  expect(new Set(missing).size).toBe(1);
  expect(missing.length).toBeLessThan(7);
});
