import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { clickHouseLines, clickHouseText } from '@vestige/e2e/harness/clickhouse-text';
import { filesUnder } from '@vestige/e2e/harness/files-under';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { encodeJson, encodeProtobuf } from '../otlp/testing/otlp-messages.ts';
import { aSpan, hexId, requestOf } from '../testing/export-client.ts';
import { type RunningCollector, startRunningCollector } from '../testing/running-collector.ts';
import { MARK, SCRUB_LIST, secretsIn, seededRequest } from '../testing/scrub-list.ts';
import { formOf, type Outcome, Sender, WAYS } from '../testing/ways.ts';

/**
 * A secret under every key that may not be kept, in every place and shape, over every way in: none of them reaches a
 * disk. It is looked for while the log still holds what was acknowledged, because ClickHouse stands still, and again
 * after it was drained; in every file byte by byte, and, because ClickHouse compresses, in every row of every table.
 */

let logDir: string;
let collector: RunningCollector;
let sender: Sender;
let outcomes: Outcome[];
const traceIds = WAYS.map(() => hexId(16));
/** Files by name, as they were while ClickHouse stood still. */
let heldFiles: Map<string, string>;

beforeAll(async () => {
  logDir = await mkdtemp(path.join(tmpdir(), 'vestige-scrubbing-'));
  collector = await startRunningCollector({ ackMode: 'log', logDir });
  sender = new Sender(collector);
  // What it takes to read the spans of a tenant is asked for once, while everything still runs.
  await sender.post('grpc', { body: encodeProtobuf(requestOf(aSpan())) });
  process.kill(collector.clickhouse.pid, 'SIGSTOP');
  outcomes = await Promise.all(
    WAYS.map((way, n) => {
      const request = seededRequest(way.replace('/', ''), traceIds[n] ?? '');
      return sender.post(way, { body: formOf(way) === 'json' ? encodeJson(request) : encodeProtobuf(request) });
    }),
  );
  heldFiles = await filesIn(logDir);
  process.kill(collector.clickhouse.pid, 'SIGCONT');
  while ((await storedTraces()).some((rows) => rows === 0)) await sleep(50);
});
afterAll(async () => {
  sender?.close();
  await collector?.close();
  await rm(logDir, { recursive: true, force: true, maxRetries: 3 });
});

const storedTraces = () =>
  Promise.all(traceIds.map(async (id) => (await collector.deps.events.trace(collector.tenant.id, id, 10)).rows.length));

async function filesIn(folder: string): Promise<Map<string, string>> {
  const read = (await filesUnder(folder)).map(
    async (file) =>
      [path.relative(folder, file), (await readFile(file).catch(() => Buffer.alloc(0))).toString('latin1')] as const,
  );
  return new Map(await Promise.all(read));
}
const secretsOf = (files: ReadonlyMap<string, string>) => [...files].flatMap(([name, text]) => secretsIn(name, text));

describe('what was tried', () => {
  test('the requests held thousands of secrets, under every key and in every way', () => {
    const sent = encodeJson(seededRequest('http', hexId(16))).toString();
    expect(sent.split(MARK).length).toBeGreaterThan(2500);
    for (const key of Object.keys(SCRUB_LIST)) expect(sent).toContain(`"${key}"`);
  });

  test('the search finds a secret that is there, plainly or encoded', () => {
    for (const shift of ['', 'x', 'xy']) {
      for (const encoding of ['utf8', 'base64', 'hex'] as const) {
        const kept = Buffer.from(`${shift}${MARK}.k1@example.com and more`).toString(encoding);
        expect(secretsIn('here', kept), `${encoding} ${shift}`).not.toEqual([]);
      }
    }
  });

  test('of each request one span was taken and one rejected', () => {
    for (const outcome of outcomes) {
      expect(outcome).toMatchObject({ code: 0, partial: { rejectedSpans: 1, errorMessage: 'rejected: bad_time 1' } });
    }
  });

  test('the log held all of it in the clear when it was searched', () => {
    const held = [...heldFiles.values()].join('');
    for (const way of WAYS) expect(held).toContain(`canary-${way.replace('/', '')}`);
  });
});

describe('no secret', () => {
  test('is in a file of the log while it holds what ClickHouse does not have yet', () => {
    expect(secretsOf(heldFiles)).toEqual([]);
  });

  test('is in a file of the log or of ClickHouse afterwards', async () => {
    expect(secretsOf(await filesIn(logDir))).toEqual([]);
    const files = await filesIn(collector.clickhouse.dataDir);
    expect(files.size).toBeGreaterThan(10);
    expect(secretsOf(files)).toEqual([]);
  });

  test('is in a row of any table, of the engine’s own too', async () => {
    const ours = await clickHouseLines(
      collector.clickhouse.url('verifier'),
      "SELECT concat(database, '.', name) FROM system.tables WHERE database = 'vestige' AND engine != 'Distributed'",
    );
    const dumps = await Promise.all(
      ours.map((table) =>
        clickHouseText(collector.clickhouse.url('verifier'), `SELECT * FROM ${table} FORMAT JSONEachRow`),
      ),
    );
    const logs = await Promise.all(
      ['query_log', 'text_log', 'errors'].map((table) =>
        clickHouseText(collector.clickhouse.url('admin'), `SELECT * FROM system.${table} FORMAT JSONEachRow`).catch(
          () => '',
        ),
      ),
    );
    const kept = [...dumps, ...logs].join('\n');
    for (const way of WAYS) expect(kept).toContain(`canary-${way.replace('/', '')}`);
    expect(kept).toContain('bad_time');
    expect(secretsIn('ClickHouse', kept)).toEqual([]);
  });

  test('is in an answer, a log line or a metric', async () => {
    expect(secretsIn('answers', JSON.stringify(outcomes))).toEqual([]);
    expect(secretsIn('log', collector.logged())).toEqual([]);
    expect(secretsIn('metrics', await collector.metrics())).toEqual([]);
  });
});
