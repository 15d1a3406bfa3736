import { ALLOWED } from '@vestige/core/scrub/allowed';
import fc from 'fast-check';
import { NOW_MS } from '../../otlp/testing/arbitrary-request.ts';
import type { TestAttribute, TestRequest, TestSpan, TestValue } from '../../otlp/testing/otlp-messages.ts';
import { ROLE_KEYS } from '../span-keys.ts';

/**
 * Requests as programs send them: few kinds of spans, each many times, with other values. What random spans never do
 * they do all the time, namely meet a kind that was seen before. Values come from pools that hold what each key is read
 * for, what looks like it, and what must be masked.
 */

const TOKENS = ['Anna', 'Bert', 'Cleo', 'Dora', 'Emil', 'Fred'].map((name) => `ps1.k1.${name.padEnd(22, 'A')}`);
const HASHES = ['a', 'b', 'c-_'].map((start) => start.padEnd(22, 'Z'));
const NODES = [
  'store:postgres://db:5432/shop.public.users',
  'store:redis://cache:6379/0.session:*',
  'agent:a/b',
  'odd',
];

const TEXTS = [
  '',
  'chat',
  'SELECT',
  'GET',
  'POST',
  'postgresql',
  'redis',
  'kafka',
  'openai',
  'gpt-5',
  'S3',
  'GetObject',
  'users',
  'api.example.com',
  '10.1.2.3',
  'db:5432',
  'ECONNREFUSED',
  'OK',
  'ambient',
  'data_subject',
  'user.contact',
  'write',
  'invoke_agent',
  'execute_tool',
  'search_memory',
  'LLM',
  'AGENT',
  '4711',
  'deadbeef00123',
  'id_0012345678',
  'x00123',
  'jane@example.com',
  'call +33 6 12 34 56 78',
  '4111 1111 1111 1111',
  '12345678901234',
  'café',
  'a%20b',
  'ps1.k1.tooShort',
  'set_known',
  'set_unknown',
  'set_erased',
  'tools/call',
  'https://example.com/a/1?q=2',
  // The host of a URL that nobody filled in, where a host belongs.
  'https://{resource}.example.com/v1',
  ...TOKENS,
];
const ADDRESSES = [
  'https://api.example.com/users/4711/orders',
  'https://api.example.com/users/4712/orders',
  'https://api.example.com/users/jane/orders',
  'https://api.example.com/users/jane@example.com',
  'https://api.example.com/users/4711?expand=a',
  'https://api.example.com/users/4711?',
  'https://api.example.com/users/4711#x?',
  'https://api.example.com',
  'https://10.0.0.1:8080/_search',
  'https://10.0.0.1:8080/0123456789abcdef0123456789/_bulk',
  'http://user:secret@host/x/12345678',
  '/users/4711/orders',
  '/users/00123/orders/deadbeef',
  '/a/b/c/d/e/f/g/h/i/j/k/l/m/n/o/p/q/r/4711',
  '/_doc/4711',
  '/x\u00014711',
  '//4711',
  'https:///4711',
  '4711',
  'https://storage.googleapis.com/bucket/4711',
  'https://storage.googleapis.com/bucket/4712?alt=media',
  'https://api.example.com/storage/v1/b/4711/o/4711',
  'https://api.example.com/storage/v1/b/4712/o/jane?x=1',
  'https://acme.blob.core.windows.net/12345678/4711',
  'https://desk.s3.eu-central-1.amazonaws.com/4711/4712',
  'https://api.example.com/a?to=amazonaws.com',
  'https://api.example.com/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\\b/4711',
  'https://sqs.eu-central-1.amazonaws.com/123456789012/orders',
];
const STATEMENTS = [
  'SELECT * FROM users WHERE id = $1',
  "SELECT * FROM users WHERE name = 'jane'",
  "SELECT * FROM users WHERE name = 'john'",
  'INSERT INTO logs SELECT * FROM users',
  'GET session:4711',
  'GET session:4712',
  'GET session:4711 x y',
  'SET user:jane 1',
  'SET user:deadbeefcafe ? EX 10',
  'HGETALL 4711:[x]',
  'DEL a:1#2',
  'GET session:4711\nDEL session:4712',
  'PUBLISH news:4711 hello',
  'SUBSCRIBE news:4712',
  'MULTI',
  'get user:4711 user:4712',
  'get user:4713 user:4712',
  'set user:4711 0 60 5\r\nvalue',
  'GET',
  'get  session:4711',
];

const METADATA = [
  '{"ls_provider":"openai","thread":"1"}',
  '{"ls_provider":"anthropic","thread":"1"}',
  '{"ls_integration":"langgraph"}',
  '{"ls_integration":"langgraph","langgraph_node":"a"}',
  '{"model":"gpt-5"}',
  '{"model_name":"gpt-4","user":"jane@example.com"}',
];
const text = (pool: readonly string[]) => fc.constantFrom(...pool).map((stringValue): TestValue => ({ stringValue }));
const int = fc.constantFrom(
  0n,
  1n,
  2n,
  200n,
  404n,
  500n,
  5432n,
  4_711n,
  -1n,
  2n ** 40n,
  2n ** 60n,
  4_111_111_111_111_111n,
);
const list = (pool: readonly string[]) =>
  fc
    .array(fc.constantFrom(...pool), { maxLength: 3 })
    .map((items): TestValue => ({ arrayValue: { values: items.map((stringValue) => ({ stringValue })) } }));
const refs = fc.array(fc.tuple(fc.constantFrom(...NODES), fc.constantFrom(...HASHES)), { maxLength: 3 }).map(
  (items): TestValue => ({
    arrayValue: { values: items.map(([node, hash]) => ({ stringValue: `${node}#${hash}` })) },
  }),
);
const anything = fc.oneof(
  { weight: 6, arbitrary: text(TEXTS) },
  { weight: 3, arbitrary: int.map((intValue): TestValue => ({ intValue })) },
  fc.boolean().map((boolValue): TestValue => ({ boolValue })),
  fc.constantFrom(0.5, 200, 1e21, Number.NaN, 0.1234567890123456).map((doubleValue): TestValue => ({ doubleValue })),
  fc.constant<TestValue>({}),
  fc.constant<TestValue>({ bytesValue: Uint8Array.of(1, 2, 3) }),
  list(TEXTS),
  fc.constant<TestValue>({ kvlistValue: { values: [{ key: 'id', value: { stringValue: '4711' } }] } }),
);

function anyValue(key: string): fc.Arbitrary<TestValue> {
  const fitting = fittingValue(key);
  return fitting === null ? anything : fc.oneof({ weight: 6, arbitrary: fitting }, { weight: 1, arbitrary: anything });
}

function fittingValue(key: string): fc.Arbitrary<TestValue> | null {
  if (/^vestige\.(?:record\.refs|derived_from)$/.test(key)) return refs;
  if (key === 'vestige.subject.tokens') return list(TOKENS);
  if (key === 'vestige.data.categories') return list(['user.contact', 'user.financial', 'Odd One']);
  if (/^(?:url\.|http\.url|http\.target|messaging\.url|db\.connection)/.test(key)) return text(ADDRESSES);
  if (/query\.text|db\.statement/.test(key)) return text(STATEMENTS);
  if (/count|size|rows|port|code|seq|tokens$/.test(key)) return int.map((intValue) => ({ intValue }));
  if (key === 'metadata' || key === 'llm.invocation_parameters') return text(METADATA);
  if (/system/.test(key))
    return text([
      'postgresql',
      'redis',
      'memcached',
      'qdrant',
      'elasticsearch',
      'kafka',
      'aws.sqs',
      'openai',
      'aws-api',
    ]);
  return null;
}

/** Keys that decide what a span is, more often than the hundreds of others. */
const MARKS = [
  'db.system.name',
  'db.query.text',
  'db.response.returned_rows',
  'http.request.method',
  'url.full',
  'url.path',
  'server.address',
  'network.peer.address',
  'gen_ai.operation.name',
  'gen_ai.conversation.id',
  'openinference.span.kind',
  'metadata',
  'faas.trigger',
  'session.id',
  'messaging.system',
  'messaging.kafka.message.key',
  'vestige.subject.tokens',
  'vestige.subject.attribution',
  'vestige.record.refs',
  'vestige.record.count',
  'user.email',
  'error.type',
];
const KEYS = [...ROLE_KEYS, ...ALLOWED.keys(), 'own.key', 'x', 'prompt.0.content'];
const keys = fc.array(
  fc.oneof({ weight: 2, arbitrary: fc.constantFrom(...MARKS) }, { weight: 3, arbitrary: fc.constantFrom(...KEYS) }),
  { minLength: 1, maxLength: 9 },
);

const attributesOf = (of: readonly string[]): fc.Arbitrary<TestAttribute[]> =>
  of.length === 0 ? fc.constant([]) : fc.tuple(...of.map((key) => anyValue(key).map((value) => ({ key, value }))));

const hex = (bytes: number) =>
  fc.uint8Array({ minLength: bytes, maxLength: bytes, min: 1 }).map((id) => Buffer.from(id).toString('hex'));
const time = fc.integer({ min: -90_000_000, max: 5_000 }).map((ms) => BigInt(NOW_MS + ms) * 1_000_000n + 7n);
const NAMES = [
  'GET /users/4711',
  'SELECT users',
  'redis-GET',
  'chat gpt-5',
  'for jane@example.com',
  '',
  'qdrant.search',
  'MCP send tools/call find_orders',
  'publish shop',
];

interface Kind {
  readonly name: string;
  readonly kind: number;
  readonly keys: readonly string[];
  readonly eventKeys: readonly (readonly string[])[];
  readonly linkKeys: readonly (readonly string[])[];
}

const kind: fc.Arbitrary<Kind> = fc.record({
  name: fc.constantFrom(...NAMES),
  kind: fc.integer({ min: 0, max: 5 }),
  keys,
  eventKeys: fc.array(
    fc.array(fc.constantFrom('exception.type', 'exception.message', 'content', 'gen_ai.system', 'url.full'), {
      maxLength: 3,
    }),
    { maxLength: 2 },
  ),
  linkKeys: fc.array(fc.array(fc.constantFrom('vestige.subject.tokens', 'link.kind'), { maxLength: 2 }), {
    maxLength: 2,
  }),
});

/** One byte, two bytes, and mostly none. */
const dropped = fc.constantFrom(0, 0, 0, 0, 3, 4, 127, 128, 2 ** 32 - 1);

function spanOf(of: Kind): fc.Arbitrary<TestSpan> {
  const events = of.eventKeys.map((eventKeys) =>
    fc.record({
      timeUnixNano: time,
      name: fc.constantFrom('exception', 'said'),
      attributes: attributesOf(eventKeys),
    }),
  );
  const links = of.linkKeys.map((linkKeys) =>
    fc.record({ traceId: hex(16), spanId: hex(8), attributes: attributesOf(linkKeys) }),
  );
  return fc.record({
    traceId: hex(16),
    spanId: hex(8),
    parentSpanId: fc.oneof(hex(8), fc.constant('')),
    name: fc.constant(of.name),
    kind: fc.constant(of.kind),
    startTimeUnixNano: time,
    endTimeUnixNano: time,
    attributes: attributesOf(of.keys),
    droppedAttributesCount: dropped,
    droppedEventsCount: dropped,
    droppedLinksCount: dropped,
    events: events.length === 0 ? fc.constant([]) : fc.tuple(...events),
    links: links.length === 0 ? fc.constant([]) : fc.tuple(...links),
    status: fc.constantFrom(
      { code: 0, message: '' },
      { code: 0, message: '' },
      { code: 2, message: '' },
      { code: 2, message: 'connect ECONNREFUSED 10.0.0.1:5432' },
      { code: 2, message: 'violates unique constraint' },
    ),
  });
}

/** A few kinds of spans, each several times. */
export const arbitraryTraffic: fc.Arbitrary<TestRequest> = fc
  .array(kind, { minLength: 1, maxLength: 3 })
  .chain((kinds) =>
    fc.tuple(
      fc.array(fc.oneof(...kinds.map(spanOf)), { minLength: 2, maxLength: 24 }),
      fc.array(fc.oneof(...kinds.map(spanOf)), { maxLength: 6 }),
    ),
  )
  .map(([first, second]) => ({
    resourceSpans: [
      {
        resource: { attributes: resource('desk') },
        scopeSpans: [{ scope: { name: 'pg', version: '1' }, spans: first }],
      },
      {
        resource: { attributes: resource('shop') },
        scopeSpans: [{ scope: { name: 'pg', version: '' }, spans: second }],
      },
    ],
  }));

function resource(service: string): TestAttribute[] {
  return [
    { key: 'service.name', value: { stringValue: service } },
    { key: 'service.instance.id', value: { stringValue: `${service}-1` } },
    { key: 'process.command_line', value: { stringValue: 'node secret' } },
  ];
}
