import { appendFileSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { trace } from '@opentelemetry/api';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { recordRead } from '../flow.ts';
import type { VestigeHandle } from '../open.ts';
import type { Loss, VestigeOptions } from '../options.ts';
import type { Problem } from '../problem.ts';
import { startVestige } from '../start.ts';
import { startTestCollector, type TestCollector, until } from '../testing/collector.ts';
import { newSpoolDir, testOptions } from '../testing/options.ts';

let collector: TestCollector;
let vestige: VestigeHandle | undefined;
let spoolDir: string;
let problems: Problem[];

beforeEach(async () => {
  collector = await startTestCollector();
  spoolDir = newSpoolDir();
  problems = [];
});
afterEach(async () => {
  await vestige?.shutdown(0);
  vestige = undefined;
  await collector.close().catch(() => {});
});

function start(more: Partial<VestigeOptions> = {}): VestigeHandle {
  const onProblem = (problem: Problem) => void problems.push(problem);
  vestige = startVestige(testOptions(collector.url, { spoolDir, onProblem, ...more }));
  return vestige;
}

function emit(count: number, prefix = 'span'): void {
  const tracer = trace.getTracer('app');
  for (let i = 0; i < count; i++) tracer.startSpan(`${prefix} ${i}`).end();
}

const distinct = () => new Set(collector.spans.map((span) => span.spanId)).size;
const files = (suffix: string) =>
  (readdirSync(spoolDir, { recursive: true }) as string[]).filter((name) => name.endsWith(suffix));
const codes = () => problems.map(({ code }) => code);

test('an outage at 200 spans a second with a burst of 10,000 in the middle loses none and tells of it', async () => {
  const started = start();
  await collector.down();
  for (let round = 0; round < 20; round++) {
    emit(10, `round ${round}`);
    if (round === 10) emit(10_000, 'burst');
    await new Promise((next) => setTimeout(next, 50));
  }
  expect(started.stats().sent).toBe(0);
  expect(codes()).toContain('endpoint_unreachable');
  await collector.up();
  expect(await started.flush()).toBe(true);
  expect(distinct()).toBe(10_200);
  expect(collector.spans).toHaveLength(10_200);
  expect(started.stats()).toMatchObject({ ended: 10_200, sent: 10_200, lost: 0, pendingBatches: 0, pendingBytes: 0 });
  expect(files('')).toHaveLength(2); // the folder of this process and its owner file
});

test('batches are sent oldest first, also after an outage', async () => {
  const started = start({ batchMs: 1 });
  await collector.down();
  for (let i = 0; i < 5; i++) {
    emit(1, `batch ${i}`);
    await new Promise((next) => setTimeout(next, 15));
  }
  await collector.up();
  await started.flush();
  const order = collector.spans.map((span) => span.name);
  expect(order).toEqual([...order].sort());
  expect(order).toHaveLength(5);
});

test('Retry-After is honoured', async () => {
  start({ batchMs: 1 });
  collector.answerWith({ status: 503, headers: { 'retry-after': '1' } });
  emit(1);
  await until(() => collector.requests.length === 1);
  collector.answerWith(null);
  await until(() => collector.spans.length === 1);
  const [first, second] = collector.requests;
  expect((second?.atMs ?? 0) - (first?.atMs ?? 0)).toBeGreaterThan(950);
});

test.each([400, 413, 415, 422])(
  'a batch answered with %i is put aside, kept and reported, and the next one goes on',
  async (status) => {
    const started = start({ batchMs: 1 });
    collector.answerWith({ status });
    emit(3);
    await until(() => files('.dead').length === 1);
    collector.answerWith(null);
    emit(2, 'later');
    expect(await started.flush()).toBe(true);
    expect(distinct()).toBe(2);
    expect(started.stats()).toMatchObject({ deadFiles: 1, sent: 2 });
    expect(problems.find(({ code }) => code === 'batch_dead')?.facts).toEqual({ status, spans: 3 });
  },
);

test.each([401, 403, 404])('%i speaks of the key or the address, not of the data: everything waits', async (status) => {
  const started = start({ batchMs: 1 });
  collector.answerWith({ status });
  emit(3);
  await until(() => codes().includes('endpoint_refused'));
  collector.answerWith(null);
  expect(await started.flush()).toBe(true);
  expect(distinct()).toBe(3);
  expect(files('.dead')).toHaveLength(0);
});

test('500 is tried five times and then put aside', async () => {
  const started = start({ batchMs: 1 });
  collector.answerWith({ status: 500 });
  emit(1);
  await until(() => started.stats().deadFiles === 1);
  expect(collector.requests).toHaveLength(5);
});

test('partial success is counted and reported, and not sent again', async () => {
  const started = start({ batchMs: 1 });
  // partial_success { rejected_spans: 2, error_message: "bad ids" }
  collector.answerWith({
    status: 200,
    body: Buffer.from([0x0a, 0x0b, 0x08, 0x02, 0x12, 0x07, ...Buffer.from('bad ids')]),
  });
  emit(5);
  expect(await started.flush()).toBe(true);
  expect(started.stats()).toMatchObject({ sent: 3, rejected: 2 });
  expect(problems.find(({ code }) => code === 'spans_rejected')?.facts).toEqual({ reason: 'bad ids' });
  expect(collector.requests).toHaveLength(1);
});

test('at the disk cap new spans are refused, declared ones last, and every one of them is told', async () => {
  const losses: Loss[] = [];
  const started = start({ spoolBytesMax: 64 << 10, batchMs: 60_000, onLoss: (loss) => losses.push(loss) });
  await collector.down();
  // One turn each, so that what was written counts before the next.
  for (let i = 0; i < 100; i++) {
    emit(20, `fill ${i}`);
    await new Promise((next) => setImmediate(next));
  }
  const { lost, ended } = started.stats();
  expect(lost).toBeGreaterThan(0);
  expect(lost).toBeLessThan(ended);
  const writtenBefore = started.stats().written;
  recordRead({ store: 'store:a', records: [1], subjects: [{ type: 'user_id', value: '1' }] });
  expect(started.stats().written).toBe(writtenBefore + 1);
  await until(() => losses.length > 0, 3_000);
  expect(losses.every(({ reason }) => reason === 'spool_full')).toBe(true);
  expect(codes()).toEqual(expect.arrayContaining(['spool_filling', 'spans_lost']));
  await collector.up();
  await started.flush();
  expect(distinct()).toBe(ended + 1 - lost);
  emit(1, 'after');
  await started.flush();
  expect(collector.spans.at(-1)?.name).toBe('after 0');
});

test('where the disk cannot be written, spans are sent from memory, and within its bound', async () => {
  const file = join(spoolDir, 'a-file');
  writeFileSync(file, '');
  const started = start({ spoolDir: file, memoryBytesMax: 64 << 10 });
  emit(10);
  expect(await started.flush()).toBe(true);
  expect(distinct()).toBe(10);
  expect(codes()).toContain('spool_unwritable');
  await collector.down();
  for (let i = 0; i < 50; i++) {
    emit(20, `more ${i}`);
    await new Promise((next) => setImmediate(next));
  }
  const { lost } = started.stats();
  expect(lost).toBeGreaterThan(0);
  await collector.up();
  await started.flush();
  expect(distinct()).toBe(1_010 - lost);
});

test('a spool folder that is removed while in use is made again', async () => {
  const started = start({ batchMs: 60_000 });
  rmSync(spoolDir, { recursive: true });
  emit(1, 'first');
  await started.flush();
  emit(1, 'second');
  await started.flush();
  expect(collector.spans.map((span) => span.name)).toEqual(['first 0', 'second 0']);
});

test('spans whose file somebody removed are counted as lost', async () => {
  const started = start({ batchMs: 60_000, durability: 'each' });
  emit(4);
  rmSync(spoolDir, { recursive: true });
  await started.flush();
  expect(started.stats().lost).toBe(4);
});

test('of an orphan whose journal was cut short, everything before the cut is delivered', async () => {
  const orphan = join(spoolDir, '999999-0123456789ab');
  const first = start({ batchMs: 60_000, durability: 'each' });
  emit(3);
  const journal = readFileSync(join(spoolDir, files('.journal')[0] ?? ''));
  await first.shutdown(2_000);
  collector.spans.length = 0;
  mkdirSync(orphan);
  writeFileSync(join(orphan, '999999-0123456789ab-00000001.journal'), journal);
  appendFileSync(join(orphan, '999999-0123456789ab-00000001.journal'), Buffer.from([0x0a, 0xff, 0x01, 0x00]));
  writeFileSync(join(orphan, '999999-0123456789ab-00000002.journal'), Buffer.alloc(4_096));
  const second = start();
  expect(await second.flush()).toBe(true);
  expect(distinct()).toBe(3);
  expect(readdirSync(spoolDir)).toHaveLength(1);
});

test('what was not sent at shutdown stays on disk for the next process', async () => {
  const first = start({ batchMs: 60_000 });
  await collector.down();
  emit(7);
  expect(await first.shutdown(50)).toBe(false);
  await collector.up();
  const second = start();
  await second.flush();
  expect(distinct()).toBe(7);
});

test('spans that end after the shutdown are counted as lost, not silently dropped', async () => {
  const losses: Loss[] = [];
  const started = start({ onLoss: (loss) => losses.push(loss) });
  const late = trace.getTracer('app').startSpan('late');
  await started.shutdown();
  late.end();
  await until(() => losses.length > 0, 3_000);
  expect(losses).toEqual([{ spans: 1, reason: 'closed' }]);
});

test('files and folders are readable by their owner alone', async () => {
  start({ batchMs: 60_000, durability: 'each' });
  emit(1);
  for (const name of files('')) expect(statSync(join(spoolDir, name)).mode & 0o077).toBe(0);
});
