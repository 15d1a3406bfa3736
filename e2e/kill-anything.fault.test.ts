import { existsSync, readdirSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { normalise } from '@vestige/core/identity/normalise';
import { subjectToken } from '@vestige/core/identity/token';
import type { LineageAnswer } from '@vestige/core/lineage/answer';
import { ApiClient } from '@vestige/example-support-desk/demo/api-client';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { ApplicationArgument } from './src/crash/application.main.ts';
import { type Child, Children, until } from './src/crash/children.ts';
import { dice } from './src/crash/dice.ts';
import { type Ledger, readLedger } from './src/crash/ledger.ts';
import { RawSender, type RawSpan } from './src/crash/raw-spans.ts';
import { physicalRows, rowsPerSpan } from './src/crash/stored-spans.ts';
import { VestigeProcess } from './src/crash/vestige-process.ts';

const APPLICATION = fileURLToPath(new URL('./src/crash/application.main.ts', import.meta.url));
const STORE = 'store:sqlite:/counter.db/main.served';
const PEOPLE = ['ada', 'bob', 'cleo', 'dan', 'eve', 'finn', 'gus'].map((name) => `${name}@example.com`);
const SEED = 20_260_715;
const KILLS_OF_EACH = 3;
const TRACES_LOOKED_AT = 25;

let folder: string;
let children: Children;

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'vestige-kill-'));
  children = new Children();
});
afterEach(async () => {
  await children.endAll();
  // The engine ends a moment after the process that held its standard input, and may still write until then.
  await rm(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 });
});

/** The application and what it needs to be started again on the same spool and the same ledger. */
class Application {
  readonly spoolDir = path.join(folder, 'spool');
  readonly ledgerFile = path.join(folder, 'ledger');
  readonly #argument: ApplicationArgument;
  #child: Child | null = null;

  constructor(vestige: VestigeProcess, apiKey: string) {
    const { tenant, key, kid } = vestige.subjectKey;
    this.#argument = {
      endpoint: vestige.collectorUrl,
      apiKey,
      tenant,
      subjectKey: Buffer.from(key.reveal()).toString('base64'),
      kid,
      spoolDir: this.spoolDir,
      ledgerFile: this.ledgerFile,
      people: PEOPLE,
      store: STORE,
      everyMs: 10,
    };
  }

  async start(): Promise<void> {
    const child = children.start(APPLICATION, [JSON.stringify(this.#argument)]);
    this.#child = child;
    await until('the application works', () => child.lines.includes('working'));
  }

  async kill9(): Promise<void> {
    await this.#child?.kill9();
  }

  /** @returns what the SDK of the last process says about itself */
  async finish(): Promise<Record<string, unknown>> {
    this.#child?.tell('finish');
    expect(await this.#child?.ended, this.#child?.said()).toBe(0);
    return JSON.parse(this.#child?.lines.at(-1) ?? '{}');
  }

  ledger(): Ledger {
    return readLedger(this.ledgerFile);
  }
}

async function started(): Promise<{
  vestige: VestigeProcess;
  api: ApiClient;
  application: Application;
  raw: RawSender;
}> {
  const vestige = await VestigeProcess.on(path.join(folder, 'vestige'), children, dice(process.pid));
  await vestige.start();
  const api = new ApiClient(vestige.apiUrl, vestige.adminKey);
  const { key } = await api.post<{ key: string }>('/v1/api-keys', { name: 'application', scopes: ['ingest'] });
  const application = new Application(vestige, key);
  await application.start();
  return { vestige, api, application, raw: new RawSender(vestige.collectorUrl, key, vestige.subjectKey) };
}

test(`kill -9 of the collector, of ClickHouse and of the application, ${KILLS_OF_EACH} times each (seed ${SEED}): no acknowledged span is lost, none is counted twice`, async () => {
  const chance = dice(SEED);
  const { vestige, api, application, raw } = await started();
  const stream = raw.stream(25);
  const lastWords: RawSpan[] = [];

  /** The kill follows the acknowledgement with nothing in between. */
  const acknowledgedLast = async () => lastWords.push(await raw.sendUntilAcknowledged());
  const kills: Record<string, () => Promise<void>> = {
    async collector() {
      await acknowledgedLast();
      await vestige.kill9();
      await sleep(chance.between(0, 800));
      await vestige.start();
    },
    /** Starting is a moment like any other: migrations, recovery of both databases, keys. */
    async collectorTwice() {
      await acknowledgedLast();
      await vestige.kill9();
      vestige.launch();
      await sleep(chance.between(100, 1_500));
      await vestige.kill9();
      await vestige.start();
    },
    async clickHouse() {
      await acknowledgedLast();
      await vestige.killClickHouse9();
      await vestige.untilReady();
    },
    async application() {
      await application.kill9();
      await sleep(chance.between(0, 500));
      await application.start();
    },
  };
  const everyKind = ['collector', 'clickHouse', 'application'].flatMap((kind) => Array(KILLS_OF_EACH).fill(kind));
  for (const victim of chance.shuffled([...everyKind, 'collectorTwice'])) {
    await sleep(chance.between(200, 1_500));
    const before = application.ledger().ended.size;
    await kills[victim]?.();
    // Not a run that was over before the first kill: the application has gone on through each of them.
    await until(`work goes on after the kill of ${victim}`, () => application.ledger().ended.size > before);
  }
  await stream.stop();

  const stats = await application.finish();
  await raw.repeat(lastWords);
  await vestige.untilStored();
  const rowsOnDisk = await physicalRows(vestige.verifierUrl);

  expect(stats).toMatchObject({
    delivered: true,
    lost: 0,
    rejected: 0,
    deadFiles: 0,
    internalErrors: 0,
    pendingSpans: 0,
  });
  expect(existsSync(application.spoolDir) ? readdirSync(application.spoolDir) : []).toEqual([]);
  const ledger = application.ledger();
  expect(ledger.ended.size).toBeGreaterThan(500);
  expect(raw.acknowledged.length).toBeGreaterThan(20);
  await expectEachSpanOnce(vestige, ledger, raw);
  const stored = await rowsPerSpan(vestige.verifierUrl);
  expect(lastWords.filter(({ spanId }) => !stored.has(spanId))).toEqual([]);
  await expectReadersCountOnce(api, vestige, ledger, stored);
  await expectRawPeopleKnown(api, lastWords);
  process.stdout.write(
    `${ledger.ended.size} spans of the application, ${raw.acknowledged.length} of ${raw.attempted.length} raw ones acknowledged, ${rowsOnDisk} rows for ${stored.size} spans\n`,
  );
});

test('ClickHouse alone is killed again and again while spans stream in: Vestige brings it back by itself and nothing acknowledged is missing', async () => {
  const chance = dice(SEED + 1);
  const { vestige, application, raw } = await started();
  const stream = raw.stream(5);

  for (let kill = 0; kill < 4; kill++) {
    await raw.sendUntilAcknowledged();
    await vestige.killClickHouse9();
    // Also while it is just starting.
    await sleep(chance.between(0, 600));
  }
  await vestige.untilReady();
  await raw.sendUntilAcknowledged();
  await stream.stop();

  expect(await application.finish()).toMatchObject({ delivered: true, lost: 0, deadFiles: 0 });
  await expectEachSpanOnce(vestige, application.ledger(), raw);
});

/** Every promised span is there, nothing is there twice, and nothing that nobody sent. */
async function expectEachSpanOnce(vestige: VestigeProcess, ledger: Ledger, raw: RawSender): Promise<void> {
  await vestige.untilStored();
  const stored = await rowsPerSpan(vestige.verifierUrl);
  const promised = [...ledger.ended, ...raw.acknowledged.map(({ spanId }) => spanId)];
  expect(promised.filter((spanId) => !stored.has(spanId))).toEqual([]);
  expect([...stored].filter(([, rows]) => rows !== 1)).toEqual([]);
  const sent = new Set([...ledger.spans.keys(), ...raw.attempted.map(({ spanId }) => spanId)]);
  expect([...stored.keys()].filter((spanId) => !sent.has(spanId))).toEqual([]);
}

/** The same through the API: the numbers of each person, their lineage, and traces span by span. */
async function expectReadersCountOnce(
  api: ApiClient,
  vestige: VestigeProcess,
  ledger: Ledger,
  stored: ReadonlyMap<string, number>,
): Promise<void> {
  const there = [...ledger.spans].filter(([spanId]) => stored.has(spanId));
  for (const [person, email] of PEOPLE.entries()) {
    const token = subjectToken(vestige.subjectKey, 'email', normalise('email', email));
    const { subjectId } = await api.post<{ subjectId: string | null }>('/v1/subjects/resolve', { tokens: [token] });
    const own = there.filter(([, span]) => span.person === person);
    const { spans } = await api.get<{ spans: number }>(`/v1/subjects/${subjectId}`);
    expect(spans, email).toBe(own.length);
    const { edges, completeness } = await api.get<LineageAnswer>(`/v1/subjects/${subjectId}/lineage`);
    expect(completeness.truncated).toBe(false);
    const writes = edges.filter(({ to, action }) => to === STORE && action === 'write');
    const served = new Set(own.map(([, { traceId }]) => traceId)).size;
    // Each trace is one write inside one span; the outer span of the last one before a kill may never have ended.
    expect(
      writes.reduce((sum, edge) => sum + edge.count, 0),
      email,
    ).toBe(served);
  }
  const traces = [...new Set(there.map(([, { traceId }]) => traceId))];
  const step = Math.ceil(traces.length / TRACES_LOOKED_AT);
  for (const traceId of traces.filter((_, i) => i % step === 0)) {
    const answer = await api.get<{ spans: { spanId: string }[] }>(`/v1/traces/${traceId}`);
    const expected = there.filter(([, span]) => span.traceId === traceId).map(([spanId]) => spanId);
    expect(answer.spans.map(({ spanId }) => spanId).sort()).toEqual(expected.sort());
  }
}

/** A token that was first seen right before a kill leads to one person, who has that one span. */
async function expectRawPeopleKnown(api: ApiClient, spans: readonly RawSpan[]): Promise<void> {
  for (const { token } of spans) {
    const { subjectId } = await api.post<{ subjectId: string | null }>('/v1/subjects/resolve', { tokens: [token] });
    expect(await api.get(`/v1/subjects/${subjectId}`)).toMatchObject({ spans: 1 });
  }
}
