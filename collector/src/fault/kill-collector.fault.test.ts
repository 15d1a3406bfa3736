import { setTimeout as sleep } from 'node:timers/promises';
import { type Dice, dice } from '@vestige/e2e/crash/dice';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { FaultWorld } from './testing/fault-world.ts';
import { SeededSender } from './testing/seeded-sender.ts';

const SEED = 20_260_717;
const KILLS = 204;
/** Collectors at the same time, each with its own log: most of a round is the start of a process. */
const LANES = ['log-a', 'log-b'];
/** Of a lane's rounds every so manieth kills ClickHouse too. */
const CLICKHOUSE_EVERY = 25;
const CALLS_OF_A_LIFE = 120;
const KINDS = ['in service', 'at a system call of the log', 'while it starts'] as const;

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

test(`${KILLS} collectors are killed with -9, ${KINDS.join(', ')} (seed ${SEED}): what was acknowledged is stored exactly once`, {
  timeout: 900_000,
}, async () => {
  let listened = 0;
  let copies = 0;
  const lane = async (log: string, chance: Dice): Promise<void> => {
    for (let round = 0; round < KILLS / LANES.length; round += 1) {
      const kind = KINDS[round % KINDS.length] ?? 'in service';
      const moment = (['before', 'inside', 'after'] as const)[chance.between(0, 3)] ?? 'before';
      const dieAt = { call: chance.between(1, CALLS_OF_A_LIFE), moment };
      const collector = world.collector(kind === 'at a system call of the log' ? { log, dieAt } : { log });
      const life = `${log}, round ${round}, ${kind}, ${moment} ${dieAt.call}`;
      const stop = new AbortController();
      const streaming = collector.url.then(
        (url) => {
          listened += 1;
          return sender.stream(url, [...world.keys, ...world.keys], life, stop.signal);
        },
        () => {},
      );
      if (kind === 'while it starts') await sleep(chance.between(0, 1_300));
      else await Promise.race([collector.url, collector.ended]).catch(() => {});
      if (kind === 'in service') await sleep(chance.between(0, 1_200));
      if (kind === 'at a system call of the log') await Promise.race([collector.ended, sleep(2_000)]);
      if (log === LANES[0] && round % CLICKHOUSE_EVERY === CLICKHOUSE_EVERY - 1) await world.killClickHouse();
      expect(collector.said(), life).not.toContain('collector closed');
      await collector.kill9();
      stop.abort();
      await streaming;
      if (round % 10 === 0) copies = Math.max(copies, await world.copies().catch(() => 0));
    }
  };
  await Promise.all(LANES.map((log, index) => lane(log, dice(SEED + index))));

  expect(listened).toBeGreaterThan(KILLS / 4);
  expect(sender.acknowledged.size).toBeGreaterThan(KILLS);
  const stored = await world.expectAllStoredOnce(sender, ...LANES);
  expect(LANES.flatMap((log) => world.aside(log))).toEqual([]);
  process.stdout.write(
    `${KILLS} kills: ${sender.acknowledged.size} of ${sender.attempted.size} spans acknowledged, ${stored.size} stored, up to ${copies} copies on the disk at a time\n`,
  );
});
