import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { corpus } from '../testing/fuzz/corpus.ts';
import { fuzzInput, packedInput } from '../testing/fuzz/fuzz-inputs.ts';
import { GrpcClient } from '../testing/grpc-client.ts';
import { framed, RawGrpc } from '../testing/grpc-raw.ts';
import { type RunningCollector, startRunningCollector } from '../testing/running-collector.ts';
import { send } from '../testing/send.ts';

const SEED = 20_261_122;
/** Through the encoder, in two processes side by side, and a share of as many through a running collector. */
const ENCODED = 100_000;
const PROCESSES = 2;
const LIVE = 3000;
/** Generous: a loaded machine is no hang. */
const SILENCE_MS = 60_000;
const HEAP_MIB = 192;
/** Code, engine and a heap of that size; without a bound a single hostile body would take more. */
const RSS_MIB_MAX = 700;
const SCRIPT = fileURLToPath(new URL('../testing/fuzz/encode-many.main.ts', import.meta.url));

interface Progress {
  readonly index: number;
  readonly slowestMs: number;
  readonly rssMaxMib: number;
  readonly taken: number;
  readonly refused: number;
  readonly spans: number;
  readonly faults: number;
}

describe('the encoder', () => {
  test.concurrent.each(Array.from({ length: PROCESSES }, (_, n) => n * (ENCODED / PROCESSES)))(
    'from input %i on reads whatever comes, in bounded time and memory, or refuses it in words of ours',
    async (first) => {
      const { code, said, last } = await encodeMany(first, ENCODED / PROCESSES);
      expect({ code, said }).toEqual({ code: 0, said: '' });
      expect(last?.index).toBe(first + ENCODED / PROCESSES - 1);
      expect(last?.faults).toBe(0);
      expect(last?.rssMaxMib).toBeLessThan(RSS_MIB_MAX);
      // The inputs are neither all broken nor all harmless.
      expect(last?.taken).toBeGreaterThan(ENCODED / PROCESSES / 10);
      expect(last?.refused).toBeGreaterThan(ENCODED / PROCESSES / 10);
      expect(last?.spans).toBeGreaterThan(ENCODED / PROCESSES / 10);
    },
  );
});

/** A process with a small heap; one that says nothing for too long is ended. */
function encodeMany(
  first: number,
  count: number,
): Promise<{ code: number | null; said: string; last: Progress | null }> {
  return new Promise((resolve) => {
    const args = [`--max-old-space-size=${HEAP_MIB}`, '--disable-warning=ExperimentalWarning', SCRIPT];
    const child = spawn(process.execPath, [...args, ...[SEED, first, count].map(String)]);
    let [out, said] = ['', ''];
    const lastOf = () => (out.trim() === '' ? null : (JSON.parse(out.trim().split('\n').at(-1) ?? '') as Progress));
    const hang = () => {
      said += `silent for ${SILENCE_MS} ms after input ${lastOf()?.index ?? first}`;
      child.kill('SIGKILL');
    };
    let watchdog = setTimeout(hang, SILENCE_MS);
    child.stdout.on('data', (chunk) => {
      out += chunk;
      clearTimeout(watchdog);
      watchdog = setTimeout(hang, SILENCE_MS);
    });
    child.stderr.on('data', (chunk) => {
      said += chunk;
    });
    child.on('close', (code) => {
      clearTimeout(watchdog);
      resolve({ code, said, last: lastOf() });
    });
  });
}

describe('a running collector', () => {
  let collector: RunningCollector;
  let raw: RawGrpc;
  const from = corpus(SEED);
  beforeAll(async () => {
    collector = await startRunningCollector({ requestMs: 10_000 });
    raw = new RawGrpc(collector.grpcUrl ?? '');
  });
  afterAll(async () => {
    raw.close();
    await collector.close();
  });

  const key = () => ({ authorization: `Bearer ${collector.key}` });
  /** Answers that say whose fault it was: never 500, never INTERNAL. */
  const FAIR_HTTP = [200, 201, 204, 400, 413];
  const FAIR_GRPC = [0, 3, 8];

  async function overHttp(index: number): Promise<number> {
    const { kind, body } = fuzzInput(from, SEED, ENCODED + index);
    const path = kind === 'lineage' ? `/api/v1/lineage${body[0] === 0x5b ? '/batch' : ''}` : '/v1/traces';
    const isPacked = index % 3 === 0;
    const headers = {
      ...key(),
      'content-type': kind === 'protobuf' ? 'application/x-protobuf' : 'application/json',
      ...(isPacked ? { 'content-encoding': 'gzip' } : {}),
    };
    const sent = isPacked ? packedInput(body, SEED, index) : body;
    return (await send(collector.url + path, sent, headers, { chunked: index % 2 === 0 })).status;
  }

  async function overGrpc(index: number): Promise<number | null> {
    const { body } = fuzzInput(from, SEED, 2 * ENCODED + index);
    if (index % 3 === 0) {
      const packed = packedInput(body, SEED, index);
      return (await raw.call([framed(packed, { compressed: true })], { ...key(), 'grpc-encoding': 'gzip' })).code;
    }
    // Every seventh with the frame itself damaged: cut off, too long, or two in one call.
    const message = index % 7 === 0 ? packedInput(framed(body), SEED, index) : framed(body);
    return (await raw.call([message], key())).code;
  }

  test.each([
    ['HTTP', overHttp, FAIR_HTTP],
    ['gRPC', overGrpc, [...FAIR_GRPC, 12]],
  ])('takes or refuses whatever comes over %s, and lives', async (_way, post, fair) => {
    const answers = new Map<number | null, number>();
    for (let index = 0; index < LIVE; index += 20) {
      const batch = await Promise.all(Array.from({ length: 20 }, (_, n) => post(index + n)));
      for (const answer of batch) answers.set(answer, (answers.get(answer) ?? 0) + 1);
    }
    expect([...answers.keys()].filter((answer) => answer === null || !fair.includes(answer))).toEqual([]);
    expect(answers.size).toBeGreaterThan(1);
    expect(await collector.metrics()).toContain('vestige_collector_in_flight_bytes 0');
    const client = new GrpcClient(collector.grpcUrl ?? '');
    expect((await client.call(Buffer.alloc(0), { metadata: key() })).code).toBe(0);
    client.close();
  });

  test('has found no fault of its own', () => {
    const faults = collector
      .logged()
      .split('\n')
      .filter((line) => line.includes('"level":50'));
    expect(faults).toEqual([]);
  });
});
