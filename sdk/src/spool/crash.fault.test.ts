import { existsSync, readdirSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { runChild, startChild } from '../testing/child.ts';
import { startTestCollector, type TestCollector, until } from '../testing/collector.ts';
import type { CrashArgument } from '../testing/crash.scenario.ts';
import { newSpoolDir } from '../testing/options.ts';

const SPANS = 500;
let collector: TestCollector;
let spoolDir: string;

beforeEach(async () => {
  collector = await startTestCollector();
  spoolDir = newSpoolDir();
});
afterEach(() => collector.close());

const argument = (end: CrashArgument['end'], options: CrashArgument['options'] = {}, spans = SPANS): CrashArgument => ({
  endpoint: collector.url,
  options: { spoolDir, exitDrainMs: 200, ...options },
  spans,
  end,
});

/** Distinct spans, however often each was sent. */
const delivered = (): Set<string> => new Set(collector.spans.map((span) => span.name));

async function recover(): Promise<{ lost: number }> {
  return runChild('./crash.scenario.ts', argument('recover', {}, 0));
}

describe('whatever ends the process while the collector is away, the next process delivers all spans that had ended', () => {
  test.each<[string, CrashArgument['end'], CrashArgument['options'], string | number]>([
    ['kill -9 in the same turn, durability each', 'kill-in-same-tick', { durability: 'each' }, 'SIGKILL'],
    ['kill -9 after the turn, durability tick', 'kill-after-tick', { batchMs: 60_000 }, 'SIGKILL'],
    ['kill -9 right after a declared flow, durability tick', 'kill-after-declared', { batchMs: 60_000 }, 'SIGKILL'],
    ['process.exit', 'exit', { durability: 'batch', batchMs: 60_000 }, 3],
    ['an uncaught error', 'throw', { durability: 'batch', batchMs: 60_000 }, 1],
    ['an unhandled rejection', 'rejection', { durability: 'batch', batchMs: 60_000 }, 1],
    ['a natural end', 'return', { durability: 'batch', batchMs: 60_000 }, 0],
  ])('%s', async (_, end, options, how) => {
    await collector.down();
    const { code, signal } = await startChild('./crash.scenario.ts', argument(end, options)).exited;
    expect(signal ?? code).toBe(how);
    await collector.up();
    await recover();
    expect(delivered().size).toBe(SPANS + (end === 'kill-after-declared' ? 1 : 0));
    expect(readdirSync(spoolDir)).toEqual([]);
  });

  test.each(['SIGTERM', 'SIGINT'] as const)('%s, which still ends the process as a signal', async (signal) => {
    await collector.down();
    const child = startChild('./crash.scenario.ts', argument('wait', { durability: 'batch', batchMs: 60_000 }));
    await until(() => child.lines.includes('ready'));
    child.process.kill(signal);
    expect(await child.exited).toEqual({ code: null, signal });
    await collector.up();
    await recover();
    expect(delivered().size).toBe(SPANS);
  });
});

test('a natural end and SIGTERM send what they can before they let go', async () => {
  await startChild(
    './crash.scenario.ts',
    argument('return', { durability: 'batch', batchMs: 60_000, exitDrainMs: 5_000 }),
  ).exited;
  expect(delivered().size).toBe(SPANS);
  collector.spans.length = 0;
  const child = startChild(
    './crash.scenario.ts',
    argument('wait', { durability: 'batch', batchMs: 60_000, exitDrainMs: 5_000 }),
  );
  await until(() => child.lines.includes('ready'));
  child.process.kill('SIGTERM');
  await child.exited;
  expect(delivered().size).toBe(SPANS);
});

test('a process with nothing to send ends at once although the collector is away', async () => {
  await collector.down();
  const started = performance.now();
  await startChild('./crash.scenario.ts', argument('return', { exitDrainMs: 10_000 }, 0)).exited;
  expect(performance.now() - started).toBeLessThan(5_000);
});

test('several processes share one spool folder: the living keep theirs, and each orphan is adopted once', async () => {
  await collector.down();
  const living = startChild('./crash.scenario.ts', argument('wait', { batchMs: 60_000, retryMsMax: 50 }, 10));
  await until(() => living.lines.includes('ready'));
  await Promise.all(
    [1, 2, 3].map(
      () => startChild('./crash.scenario.ts', argument('kill-in-same-tick', { durability: 'each' }, 100)).exited,
    ),
  );
  // One that started late may have adopted one that died early.
  expect(readdirSync(spoolDir).length).toBeGreaterThan(1);
  await collector.up();
  await Promise.all([recover(), recover()]);
  const ids = collector.spans.map((span) => span.spanId);
  expect(ids).toHaveLength(300);
  expect(new Set(ids).size).toBe(300);
  expect(readdirSync(spoolDir)).toHaveLength(1);
  living.process.kill('SIGKILL');
  await living.exited;
  await recover();
  expect(new Set(collector.spans.map((span) => span.spanId)).size).toBe(310);
  expect(existsSync(spoolDir) && readdirSync(spoolDir)).toEqual([]);
});
