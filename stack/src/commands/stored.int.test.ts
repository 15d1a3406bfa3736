import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';

const MAIN = join(import.meta.dirname, '..', 'main.ts');
const PORTS = { VESTIGE_API_PORT: '0', VESTIGE_COLLECTOR_PORT: '0', VESTIGE_COLLECTOR_GRPC_PORT: 'off' };
const NOW_NS = `${BigInt(Date.now()) * 1_000_000n}`;

let dataDir: string;
let up: ChildProcess;
beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'vestige-stored-'));
});
afterAll(async () => {
  if (up.exitCode === null && up.signalCode === null) await stopped();
  await rm(dataDir, { recursive: true, force: true, maxRetries: 3 });
});

const vestige = (args: readonly string[]) =>
  spawn(process.execPath, [MAIN, ...args], {
    env: { PATH: process.env['PATH'], VESTIGE_DATA_DIR: dataDir, ...PORTS },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
async function answered(...args: string[]) {
  const child = vestige([...args, '--json']);
  const [out, err, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  return { code, answer: out === '' ? null : JSON.parse(out), err };
}
async function stopped(): Promise<void> {
  up.kill('SIGTERM');
  await once(up, 'exit');
}

/** What was acknowledged is in ClickHouse when no segment of the collector's log is left. */
async function drained(): Promise<void> {
  const deadline = performance.now() + 20_000;
  for (;;) {
    const names = await readdir(join(dataDir, 'collector-log'));
    if (!names.some((name) => name.endsWith('.log'))) return;
    if (performance.now() > deadline) throw new Error('the log of the collector was not drained');
    await sleep(100);
  }
}

test('what was rejected is replayed, and what was stored is reclassified, on the engines of an installation that rests', async () => {
  up = vestige(['up', '--json']);
  const [line] = (await once(up.stdout ?? up, 'data')) as [Buffer];
  const { collectorUrl, adminKey } = JSON.parse(line.toString());
  const span = (traceId: string, startTimeUnixNano: string) => ({
    traceId,
    spanId: 'b'.repeat(16),
    name: 'GET /',
    startTimeUnixNano,
    endTimeUnixNano: startTimeUnixNano,
  });
  const spans = [span('a'.repeat(32), NOW_NS), span('0'.repeat(32), NOW_NS), span('c'.repeat(32), '5')];
  const sent = await fetch(`${collectorUrl}/v1/traces`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${adminKey}` },
    body: JSON.stringify({ resourceSpans: [{ scopeSpans: [{ spans }] }] }),
  });
  expect(sent.status).toBe(200);
  expect(await answered('replay-rejected')).toMatchObject({ code: 5 });
  await drained();
  await stopped();

  const still = { replayed: 0, kept: 1, erased: 0 };
  expect(await answered('replay-rejected')).toMatchObject({
    code: 7,
    answer: { dryRun: false, tenants: { default: { bad_time: still, bad_trace_id: still } } },
  });
  expect(await answered('replay-rejected', '--tenant', 'default', '--reason', 'malformed')).toMatchObject({ code: 0 });
  expect(await answered('reclassify', '--spans-per-second', '100')).toMatchObject({
    code: 0,
    answer: { tenants: { default: { read: 0, changed: 0, failed: 0 } } },
  });
});

test.each([
  [['replay-rejected', '--tenant', 'nobody'], 4],
  [['replay-rejected', '--since', 'yesterday'], 2],
  [['replay-rejected', '--reason', 'whim'], 2],
  [['reclassify', '--spans-per-second', '0'], 2],
  [['reclassify', '--from', '2026'], 2],
])('%j is refused', async (args, code) => {
  expect(await answered(...args)).toMatchObject({ code });
});
