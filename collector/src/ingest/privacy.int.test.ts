import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { encodeProtobuf, type TestAttribute, type TestRequest } from '../otlp/testing/otlp-messages.ts';
import { aSpan, aToken, hexId, tokensAttribute } from '../testing/export-client.ts';
import { type RunningCollector, startRunningCollector } from '../testing/running-collector.ts';
import { send } from '../testing/send.ts';

const EMAIL = 'ada.lovelace@example.com';
const PHONE = '+49 151 1234 5678';
const SEEDS = [EMAIL, 'ada.lovelace', PHONE, '15112345678', '151 1234 5678'];

let collector: RunningCollector;
beforeAll(async () => {
  collector = await startRunningCollector({ metricsToken: null });
});
afterAll(() => collector.close());

const text = (key: string, value: string): TestAttribute => ({ key, value: { stringValue: value } });
const everywhere: TestAttribute[] = [
  text('user.email', EMAIL),
  text('http.route', `/people/${EMAIL}`),
  text('db.query.text', `SELECT * FROM users WHERE email = '${EMAIL}' AND phone = '${PHONE}'`),
  text('gen_ai.input.messages', `call ${PHONE}`),
  text(`note.${EMAIL}`, 'x'),
  text('server.address', EMAIL),
  text('vestige.purpose', EMAIL),
  text('vestige.owner', `agent:desk/${EMAIL}`),
  text('vestige.flow.peer', `store:postgres://db:5432/${EMAIL}`),
];

/** The person is written into every place of a request that a client can write to. */
function seeded(traceId: string, more: TestAttribute[] = []): TestRequest {
  const attributes = [...everywhere, ...more];
  const span = aSpan({
    traceId,
    name: `look up ${EMAIL}`,
    attributes,
    events: [{ timeUnixNano: BigInt(Date.now()) * 1_000_000n, name: `found ${EMAIL}`, attributes }],
    links: [{ traceId: hexId(16), spanId: hexId(8), attributes }],
    status: { code: 2, message: `no such user ${EMAIL}` },
  });
  return {
    resourceSpans: [
      {
        resource: { attributes: [text('service.name', `desk of ${EMAIL}`), text('host.name', PHONE)] },
        scopeSpans: [
          {
            scope: { name: `scope ${EMAIL}`, version: PHONE },
            spans: [span, { ...span, spanId: 'ab' }, { ...span, spanId: hexId(8), startTimeUnixNano: 1n }],
          },
        ],
      },
    ],
  };
}

const export_ = (request: TestRequest) =>
  send(`${collector.url}/v1/traces`, encodeProtobuf(request), {
    authorization: `Bearer ${collector.key}`,
    'content-type': 'application/x-protobuf',
  });

function expectNoSeed(where: string): void {
  for (const seed of SEEDS) expect(where).not.toContain(seed);
}

describe('a person written everywhere', () => {
  const traceId = hexId(16);
  const token = aToken();

  test('is in no answer, no log line and no metric', async () => {
    const answer = await export_(seeded(traceId, [tokensAttribute([token])]));
    expect(answer.status).toBe(200);
    expectNoSeed(answer.body.toString());
    expectNoSeed(collector.logged());
    expectNoSeed(await collector.metrics());
    expect(await collector.metrics()).toMatch(/vestige_collector_scrubbed_total\{key="user.email"\} [1-9]/);
  });

  test('is in nothing that can be read back, and neither is the token', async () => {
    const { rows } = await collector.deps.events.trace(collector.tenant.id, traceId, 10);
    expect(rows).toHaveLength(1);
    const whole = JSON.stringify(rows, (_key, value: unknown) => (typeof value === 'bigint' ? String(value) : value));
    expectNoSeed(whole);
    expect(whole).not.toContain(token);
  });

  test('is in no row of any table, rejected spans and the engine’s own logs included', async () => {
    const dump = await dumpClickHouse();
    expect(dump).toContain(traceId.toUpperCase());
    expect(dump).toContain('bad_span_id');
    expectNoSeed(dump);
    expect(dump).not.toContain(token);
  });
});

test('a body that is refused is quoted nowhere', async () => {
  for (const type of ['application/json', 'application/x-protobuf', 'text/plain']) {
    const answer = await send(`${collector.url}/v1/traces`, Buffer.from(`{"resourceSpans": ${EMAIL}`), {
      authorization: `Bearer ${collector.key}`,
      'content-type': type,
    });
    expect(answer.status).toBeGreaterThanOrEqual(400);
    expectNoSeed(answer.body.toString());
  }
  expectNoSeed(collector.logged());
});

/** Every row of every table as text, read with the verifier's login past our own stores. */
async function dumpClickHouse(): Promise<string> {
  const tables = await query(
    "SELECT concat(database, '.', name) FROM system.tables WHERE database = 'vestige' OR (database = 'system' AND name IN ('query_log', 'text_log', 'errors'))",
  );
  const dumps = tables
    .trim()
    .split('\n')
    .map((table) => query(`SELECT * FROM ${table} FORMAT JSONEachRow`));
  // Trace ids are binary columns.
  const traceIds = query('SELECT DISTINCT hex(trace_id) FROM vestige.spans');
  return [...(await Promise.all(dumps)), await traceIds].join('\n');
}

async function query(sql: string): Promise<string> {
  const url = new URL(collector.clickhouseUrl('verifier').reveal());
  const authorization = `Basic ${Buffer.from(`${url.username}:${url.password}`).toString('base64')}`;
  const answer = await fetch(url.origin, { method: 'POST', body: sql, headers: { authorization } });
  return answer.ok ? answer.text() : expect.fail(await answer.text());
}
