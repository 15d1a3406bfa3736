import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { recordRef, subjectToken } from '../identity/token.ts';
import type { Attrs, AttrValue, DecodedSpan, ReadSpan, ScrubCounts } from '../model/span.ts';
import { Secret } from '../secret.ts';
import { type ReadContext, readContext } from './read-context.ts';
import { readSpan } from './read-span.ts';
import { retentionEndMs } from './retention.ts';
import { decodedSpan } from './testing/decoded-span.ts';

const KEY = { key: new Secret(new Uint8Array(32).fill(7)), tenant: 'acme', kid: 'k2026a' };
const PLAIN = readContext();
const KEYED = readContext({
  recordRefs: (node, key) => [recordRef(KEY, node, key)],
  tokenFor: (type, value) => subjectToken(KEY, type, value),
});
const TOKEN = 'ps1.k2026a.zyiJtmbyXinbPYLSJ_ozvw';
const OTHER = 'ps1.k2026a.WpAh_HzLOnCSJaLeebZ6HA';
const HASH = 'zyiJtmbyXinbPYLSJ_ozvw';

function read(span: DecodedSpan, context: ReadContext = PLAIN): { span: ReadSpan; scrubbed: ScrubCounts } {
  const answer = readSpan(span, context);
  if ('rejected' in answer) throw new Error(answer.rejected);
  return answer;
}

describe('what was cut off a span', () => {
  const CUT = 'otel.dropped_links_count';
  const links = (count: number) =>
    Array.from({ length: count }, (_, i) => ({
      traceId: 'a'.repeat(32),
      spanId: (i + 1).toString(16).padStart(16, '0'),
      attributes: {},
    }));

  test('is kept as a number, and lost from no count of what scrubbing takes', () => {
    const said = { 'otel.dropped_attributes_count': 3, 'otel.dropped_events_count': '2', [CUT]: 0 };
    const { span, scrubbed } = read(decodedSpan(said));
    expect(span.attrs).toEqual({ 'otel.dropped_attributes_count': '3', 'otel.dropped_events_count': '2' });
    expect(scrubbed).toEqual({});
  });

  test('counts links that are cut here beside those that the SDK had cut', () => {
    expect(read(decodedSpan({}, { links: links(128) })).span.attrs).toEqual({});
    const { span } = read(decodedSpan({ [CUT]: 5 }, { links: links(131) }));
    expect(span.links).toHaveLength(128);
    expect(span.attrs).toEqual({ [CUT]: '8' });
  });

  test('does not count links that lead nowhere', () => {
    const nowhere = { traceId: '0'.repeat(32), spanId: 'b'.repeat(16), attributes: {} };
    expect(read(decodedSpan({}, { links: [nowhere] })).span.attrs).toEqual({});
  });

  test.each([['jane@example.com'], [-1], [1.5], [2 ** 32], ['4111111111111111']])('is not %s', (value) => {
    expect(read(decodedSpan({ [CUT]: value })).span.attrs).toEqual({});
  });
});

describe('subjects', () => {
  test('tokens are declared unless the processor stamped them', () => {
    expect(read(decodedSpan({ 'vestige.subject.tokens': [TOKEN] })).span.attribution).toBe('declared');
    const ambient = read(
      decodedSpan({ 'vestige.subject.tokens': [TOKEN], 'vestige.subject.attribution': 'ambient' }),
    ).span;
    expect(ambient).toMatchObject({ attribution: 'ambient', tokens: [TOKEN] });
    expect(read(decodedSpan({ 'vestige.subject.attribution': 'declared' })).span.attribution).toBe('none');
  });

  test('tokens never stay among the attributes', () => {
    const { span } = read(decodedSpan({ 'vestige.subject.tokens': [TOKEN] }));
    expect(JSON.stringify([span.attrs, span.events, span.resource])).not.toContain('ps1.');
  });

  test('what is no token is counted, not kept', () => {
    const { span, scrubbed } = read(decodedSpan({ 'vestige.subject.tokens': ['jane@example.com', TOKEN, 7] }));
    expect(span.tokens).toEqual([TOKEN]);
    expect(scrubbed['odd:vestige.subject.tokens']).toBe(2);
  });

  test('tokens on links are kept apart from the span’s own', () => {
    const links = [
      {
        traceId: 'a'.repeat(32),
        spanId: 'b'.repeat(16),
        attributes: { 'vestige.subject.tokens': [TOKEN], note: 'Jane' },
      },
      { traceId: 'c'.repeat(32), spanId: 'd'.repeat(16), attributes: { 'vestige.subject.tokens': [OTHER] } },
    ];
    const { span, scrubbed } = read(decodedSpan({}, { links }));
    expect(span).toMatchObject({ tokens: [], linkTokens: [TOKEN, OTHER], attribution: 'none' });
    expect(span.links).toHaveLength(2);
    expect(scrubbed['link.note']).toBe(1);
  });

  test('a raw identifier becomes a token only where the tenant gave its key', () => {
    const raw = decodedSpan({ 'user.email': 'jane@example.com' });
    expect(read(raw).span).toMatchObject({ tokens: [], attribution: 'none' });
    expect(read(raw).scrubbed).toEqual({ 'user.email': 1 });
    expect(read(raw, KEYED).span).toMatchObject({
      tokens: [subjectToken(KEY, 'email', 'jane@example.com')],
      attribution: 'ambient',
    });
    expect(read(raw, KEYED).scrubbed).toEqual({});
  });

  test('a span that declares its subjects takes nobody from `user.id`', () => {
    const { span, scrubbed } = read(decodedSpan({ 'vestige.subject.tokens': [TOKEN], 'user.id': 'agent-7' }), KEYED);
    expect(span.tokens).toEqual([TOKEN]);
    expect(scrubbed).toEqual({ 'user.id': 1 });
  });

  test('categories, purpose, basis and role are checked', () => {
    const good = read(
      decodedSpan({
        'vestige.data.categories': ['user.contact.email', 'Jane Doe'],
        'vestige.purpose': 'essential.service',
        'vestige.legal_basis': 'contract',
        'vestige.subject.role': 'actor',
      }),
    );
    expect(good.span).toMatchObject({
      categories: ['user.contact.email'],
      purpose: 'essential.service',
      legalBasis: 'contract',
      role: 'actor',
    });
    expect(good.scrubbed).toEqual({ 'vestige.data.categories': 1 });
    const bad = read(
      decodedSpan({ 'vestige.purpose': 'Jane!', 'vestige.legal_basis': 'x', 'vestige.subject.role': 'y' }),
    );
    expect(bad.span).toMatchObject({ purpose: '', legalBasis: '', role: 'data_subject' });
    expect(bad.scrubbed).toEqual({ 'vestige.purpose': 1, 'odd:vestige.legal_basis': 1, 'odd:vestige.subject.role': 1 });
  });

  test('a set is a set only by its id', () => {
    expect(read(decodedSpan({ 'vestige.subject.set': 'set_a1' })).span).toMatchObject({
      subjectSet: 'set_a1',
      attribution: 'declared',
    });
    expect(read(decodedSpan({ 'vestige.subject.set': 'jane' })).span.subjectSet).toBe('');
  });
});

describe('records', () => {
  const users = 'store:postgres://db:5432/shop.public.users';
  const flow = { 'vestige.flow.action': 'read', 'vestige.flow.peer': users };

  test('a ref is kept in canonical spelling', () => {
    const { span } = read(
      decodedSpan({ ...flow, 'vestige.record.refs': [`store:postgresql://DB/shop.public.users#${HASH}`] }),
    );
    expect(span.recordRefs).toEqual([`${users}#${HASH}`]);
  });

  test('a ref of the whole database agrees with one of its tables', () => {
    const { scrubbed } = read(
      decodedSpan({ ...flow, 'vestige.record.refs': [`store:postgres://db:5432/shop#${HASH}`] }),
    );
    expect(scrubbed).toEqual({});
  });

  test('where a ref contradicts the peer, the peer wins and the ref is odd', () => {
    const { span, scrubbed } = read(decodedSpan({ ...flow, 'vestige.record.refs': [`store:sqlite:/x/t#${HASH}`] }));
    expect(span.recordRefs).toEqual([`${users}#${HASH}`]);
    expect(scrubbed).toEqual({ 'odd:vestige.record.refs': 1 });
  });

  test('what is no ref goes', () => {
    const { span, scrubbed } = read(
      decodedSpan({ 'vestige.record.refs': ['jane@example.com', `${users}#short`, `nobody#${HASH}`] }),
    );
    expect(span.recordRefs).toEqual([]);
    expect(scrubbed).toEqual({ 'odd:vestige.record.refs': 3 });
  });

  test.each([
    [
      'none of which can be read is of some of them: it passes for no delete of all',
      ['7', `${users}#short`],
      'unknown',
    ],
    ['of which one can be read is of that one', ['7', `${users}#${HASH}`], 'delete'],
    ['that are not named is of all that the store holds of the person', undefined, 'delete'],
  ])('a delete of records %s', (_, refs, action) => {
    const attributes = { ...flow, 'vestige.flow.action': 'delete', ...(refs && { 'vestige.record.refs': refs }) };
    expect(read(decodedSpan(attributes)).span.touches).toMatchObject([{ peer: users, action }]);
  });

  test('keys in clear become refs where the tenant gave its key, and nothing elsewhere', () => {
    const redis = decodedSpan({
      'db.system.name': 'redis',
      'server.address': 'c',
      'db.query.text': 'GET session:4711',
    });
    const node = 'store:redis://c:6379/0.session:*';
    expect(read(redis, KEYED).span.recordRefs).toEqual([recordRef(KEY, node, 'session:4711')]);
    expect(read(redis).span.recordRefs).toEqual([]);
    const kafka = decodedSpan(
      { 'messaging.system': 'kafka', 'messaging.destination.name': 't', 'messaging.kafka.message.key': 'jane' },
      { kind: 'producer' },
    );
    expect(read(kafka, KEYED).span.recordRefs).toEqual([recordRef(KEY, 'queue:kafka://-/t', 'jane')]);
    expect(JSON.stringify(read(kafka, KEYED), bigints)).not.toContain('jane');
  });

  test('documents of a retrieval become refs, their contents nothing', () => {
    const { span } = read(
      decodedSpan({
        'gen_ai.operation.name': 'retrieval',
        'gen_ai.data_source.id': 'kb',
        'gen_ai.retrieval.documents': '[{"id":"d1","content":"Jane lives here"}]',
      }),
      KEYED,
    );
    expect(span.recordRefs).toEqual([recordRef(KEY, 'store:-/kb', 'd1')]);
  });

  test('counts and sequence numbers are numbers of a plausible size', () => {
    const { span } = read(decodedSpan({ 'vestige.record.count': 3n, 'vestige.seq': 12 }));
    expect(span).toMatchObject({ recordCount: 3, seq: 12 });
    const odd = read(
      decodedSpan({ 'vestige.record.count': 4_111_111_111_111_111, 'vestige.seq': 4_111_111_111_111_111n }),
    );
    expect(odd.span).toMatchObject({ recordCount: -1, seq: -1 });
    expect(read(decodedSpan({})).span).toMatchObject({ recordCount: -1, seq: -1 });
  });
});

describe('outcome', () => {
  const db = { 'db.system.name': 'postgresql' };
  test.each<[string, Attrs, Partial<DecodedSpan>, string]>([
    ['unset', {}, {}, 'ok'],
    ['error status', {}, { status: 'error' }, 'failed'],
    ['refused connection', {}, { status: 'error', statusMessage: 'connect ECONNREFUSED 127.0.0.1:5432' }, 'no_effect'],
    ['unknown host', { 'error.type': 'ENOTFOUND' }, {}, 'no_effect'],
    ['time-out proves nothing', { 'error.type': 'ETIMEDOUT' }, { status: 'error' }, 'failed'],
    [
      'unique violation',
      { ...db, 'db.response.status_code': '23505', 'error.type': '23505' },
      { status: 'error' },
      'no_effect',
    ],
    [
      'constraint by message',
      { ...db },
      { status: 'error', statusMessage: 'duplicate key value violates unique constraint "users_pkey"' },
      'no_effect',
    ],
    ['lost connection', { ...db, 'error.type': '08006' }, { status: 'error' }, 'failed'],
    ['sqlite constraint', { 'db.system.name': 'sqlite', 'error.type': 'SQLITE_CONSTRAINT_UNIQUE' }, {}, 'no_effect'],
    [
      'dynamo condition',
      { 'db.system.name': 'aws.dynamodb', 'error.type': 'ConditionalCheckFailedException' },
      {},
      'no_effect',
    ],
    ['HTTP 422', { 'http.request.method': 'POST', 'http.response.status_code': 422 }, {}, 'failed'],
    ['gRPC code', { 'rpc.grpc.status_code': 5 }, {}, 'failed'],
    [
      'SERVER 404 is an answer',
      { 'http.request.method': 'GET', 'http.response.status_code': 404 },
      { kind: 'server' },
      'ok',
    ],
  ])('%s', (_title, attributes, changes, outcome) => {
    expect(read(decodedSpan(attributes, changes)).span.outcome).toBe(outcome);
  });
});

describe('the rest of a span', () => {
  test('service, instance and a small resource', () => {
    const resource = {
      'service.namespace': 'support',
      'service.name': 'desk',
      'service.instance.id': 'i-1',
      'host.name': 'janes-laptop',
      'process.command_args': ['x'],
    };
    const { span, scrubbed } = read(decodedSpan({}, { resource }));
    expect(span).toMatchObject({
      service: 'service:support/desk',
      instance: 'i-1',
      resource: { 'service.namespace': 'support', 'service.name': 'desk' },
    });
    expect(scrubbed).toEqual({ 'resource.host.name': 1, 'resource.process.command_args': 1 });
    expect(read(decodedSpan({}, { resource: {} })).span.service).toBe('service:-');
  });

  test('conversation keys belong to agents and model calls', () => {
    const key = (attributes: Attrs, context = PLAIN) => read(decodedSpan(attributes), context).span.conversation;
    const chat = { 'gen_ai.operation.name': 'chat', 'gen_ai.request.model': 'm' };
    expect(key({ ...chat, 'gen_ai.conversation.id': 'c1' })).toBe('conversation:c1');
    expect(
      key({ 'gen_ai.operation.name': 'invoke_agent', 'gen_ai.agent.name': 'a', 'gen_ai.conversation.id': 'c1' }),
    ).toBe('conversation:c1');
    expect(key({ 'gen_ai.operation.name': 'execute_tool', 'gen_ai.conversation.id': 'c1' })).toBe('');
    expect(key({ 'openinference.span.kind': 'LLM', 'session.id': 's1' })).toBe('conversation:s1');
    expect(key({ ...chat, 'session.id': 's1' })).toBe('');
    expect(key({ ...chat, 'gen_ai.conversation.id': 'jane@example.com' })).toBe('');
    expect(key({ ...chat, 'gen_ai.conversation.id': 'jane@example.com' }, KEYED)).toMatch(/^conversation:#[\w-]{22}$/);
  });

  test('owner, request, country and retention are checked', () => {
    const { span } = read(
      decodedSpan({
        'vestige.owner': 'agent:desk/triage',
        'vestige.request.id': '6F1E0F4E-6A0C-4A0E-8E3A-0F6B1C2D3E4F',
        'vestige.recipient.country': 'us',
        'vestige.retention.until': '2026-12-31',
      }),
    );
    expect(span).toMatchObject({
      owner: 'agent:desk/triage',
      requestId: '6f1e0f4e-6a0c-4a0e-8e3a-0f6b1c2d3e4f',
      recipientCountry: 'US',
      retentionUntilMs: Date.UTC(2027, 0, 1),
    });
    const odd = read(
      decodedSpan({
        'vestige.owner': 'store:x',
        'vestige.request.id': 'r',
        'vestige.recipient.country': 'USA',
        'vestige.retention.until': 'soon',
      }),
    );
    expect(odd.span).toMatchObject({ owner: '', requestId: '', recipientCountry: '', retentionUntilMs: 0 });
    expect(Object.keys(odd.scrubbed)).toHaveLength(4);
  });

  test.each([
    ['2026-11-22', Date.UTC(2026, 10, 23)],
    ['2026-12-31', Date.UTC(2027, 0, 1)],
    ['2026-11-22T10:00:00Z', Date.UTC(2026, 10, 22, 10)],
    ['2026-11-22T10:00:00+02:00', Date.UTC(2026, 10, 22, 8)],
    ['2026-02-30', 0],
    ['2026-11', 0],
    ['', 0],
  ])('retention until %s', (text, endMs) => expect(retentionEndMs(text)).toBe(endMs));

  test('attributes are those of the allow-list, reduced', () => {
    const { span, scrubbed } = read(
      decodedSpan(
        {
          'http.request.method': 'GET',
          'url.full': 'https://user:pw@api.example.com/users/4711?email=jane@example.com',
          'url.query': 'email=jane@example.com',
          'http.request.header.authorization': ['Bearer x'],
          'gen_ai.input.messages': 'Hello, I am Jane',
          'llm.input_messages.0.message.content': 'Jane',
          'app.customer': 'Jane',
        },
        { name: 'GET /users/4711' },
      ),
    );
    expect(span.attrs).toEqual({ 'http.request.method': 'GET', 'url.full': 'https://api.example.com/users/{id}' });
    expect(span.name).toBe('GET /users/{id}');
    expect(scrubbed).toEqual({
      'url.query': 1,
      'http.request.header.authorization': 1,
      'gen_ai.input.messages': 1,
      'llm.input_messages.*.message.content': 1,
      'app.customer': 1,
    });
  });

  test('statements lose their literals, Redis its keys, others their query', () => {
    const statement = (system: string, text: string) =>
      read(decodedSpan({ 'db.system.name': system, 'db.query.text': text })).span.attrs['db.query.text'];
    expect(statement('postgresql', "SELECT * FROM t WHERE x = 'Jane' -- y")).toBe('SELECT * FROM t WHERE x = ?');
    expect(statement('redis', 'SET user:4711 jane')).toBe('SET user:*');
    expect(statement('mongodb', '{"name":"Jane"}')).toBeUndefined();
  });

  test('a caller’s address on a SERVER span is a person’s', () => {
    const address = { 'network.peer.address': '10.1.2.3' };
    expect(read(decodedSpan(address)).span.attrs).toEqual(address);
    expect(read(decodedSpan(address, { kind: 'server' })).span.attrs).toEqual({});
  });

  test('an exception keeps its type and loses its message', () => {
    const events = [
      {
        timeNs: 1_763_800_000_050_000_000n,
        name: 'exception',
        attributes: { 'exception.type': 'Error', 'exception.message': 'Jane' },
      },
    ];
    const { span, scrubbed } = read(decodedSpan({}, { events }));
    expect(span.events).toEqual([
      { timeNs: 1_763_800_000_050_000_000n, name: 'exception', attrs: { 'exception.type': 'Error' } },
    ]);
    expect(scrubbed).toEqual({ 'exception.message': 1 });
  });

  test.each<[string, Partial<DecodedSpan>]>([
    ['trace id', { traceId: 'zz' }],
    ['zero span id', { spanId: '0'.repeat(16) }],
    ['start time', { startNs: 0n }],
  ])('a span with an unusable %s is rejected with scrubbed remains', (_title, changes) => {
    const answer = readSpan(
      decodedSpan(
        { 'user.email': 'jane@example.com', 'http.request.method': 'GET' },
        { name: 'jane@example.com', ...changes },
      ),
      PLAIN,
    );
    if (!('rejected' in answer)) throw new Error('kept');
    expect(answer.service).toBe('service:desk');
    expect(answer.kept.attributes).toEqual({ 'http.request.method': 'GET' });
    expect(JSON.stringify(answer)).not.toContain('jane@');
  });

  test('a span that ends before it starts has no length', () => {
    const { span } = read(decodedSpan({}, { endNs: 0n }));
    expect(span.endNs).toBe(span.startNs);
  });
});

const bigints = (_key: string, value: unknown) => (typeof value === 'bigint' ? String(value) : value);

describe('personal data', () => {
  const SEEDS = [
    'jane.doe+x@mail.example.com',
    '+33 6 12 34 56 78',
    '+4915112345678',
    '4111 1111 1111 1111',
    '5500005555555559',
  ];
  const seed = fc.constantFrom(...SEEDS);
  const glue = fc.constantFrom(' ', '/', ' = ', "'", '"', ', ', '?', ':', '\n', '|', ' #', '(', '[');
  const around = fc.string({ unit: fc.constantFrom(...'abXY _-./:;|<>()[]{}\'"$?&=é'.split('')), maxLength: 24 });
  const seeded = fc.tuple(around, glue, seed, glue, around).map((parts) => parts.join(''));
  const keys = fc.constantFrom(
    'gen_ai.operation.name',
    'gen_ai.request.model',
    'gen_ai.agent.name',
    'gen_ai.tool.name',
    'gen_ai.conversation.id',
    'gen_ai.memory.store.id',
    'gen_ai.data_source.id',
    'gen_ai.provider.name',
    'gen_ai.retrieval.documents',
    'db.system.name',
    'db.query.text',
    'db.query.summary',
    'db.namespace',
    'db.collection.name',
    'db.operation.name',
    'server.address',
    'url.full',
    'url.path',
    'http.request.method',
    'http.route',
    'peer.service',
    'messaging.system',
    'messaging.destination.name',
    'messaging.kafka.message.key',
    'rpc.system',
    'rpc.method',
    'rpc.service',
    'aws.s3.bucket',
    'aws.s3.key',
    'aws.s3.copy_source',
    'bullmq.queue.name',
    'openinference.span.kind',
    'ai.operationId',
    'ai.toolCall.name',
    'mcp.method.name',
    'mcp.resource.uri',
    'faas.invoked_name',
    'traceloop.entity.name',
    'vestige.flow.peer',
    'vestige.flow.action',
    'vestige.owner',
    'vestige.record.refs',
    'vestige.derived_from',
    'vestige.purpose',
    'vestige.data.categories',
    'vestige.recipient.id',
    'vestige.recipient.country',
    'vestige.subject.set',
    'vestige.subject.tokens',
    'vestige.request.id',
    'error.type',
    'user.email',
    'session.id',
    'app.any',
    'toString',
    '__proto__',
    'constructor',
  );
  const usual = fc.constantFrom<AttrValue>(
    'chat',
    'invoke_agent',
    'execute_tool',
    'search_memory',
    'retrieval',
    'postgresql',
    'mysql',
    'redis',
    'mongodb',
    'kafka',
    'aws-api',
    'S3',
    'GET',
    'POST',
    'LLM',
    'AGENT',
    'db',
    'tools/call',
  );
  const value: fc.Arbitrary<AttrValue> = fc.letrec<{ value: AttrValue }>((tie) => ({
    value: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      seeded,
      seed,
      usual,
      fc.constantFrom<AttrValue>(4_111_111_111_111_111, 5_500_005_555_555_559n, null, true, new Uint8Array([1])),
      fc.array(tie('value'), { maxLength: 3 }),
      fc.dictionary(seeded, tie('value'), { maxKeys: 2 }) as fc.Arbitrary<AttrValue>,
    ),
  })).value;
  const node = fc
    .tuple(fc.constantFrom('store:', 'agent:', 'model:', 'queue:kafka://', 'recipient:', 'store:postgres://'), seeded)
    .map((parts) => parts.join(''));
  const attributes = fc
    .array(
      fc.tuple(
        fc.oneof(keys, keys, seeded),
        fc.oneof(
          value,
          usual,
          node,
          node.map((id) => `${id}#${HASH}`),
        ),
      ),
      { maxLength: 12 },
    )
    .map((entries) => {
      const attrs: Attrs = Object.create(null);
      for (const [key, item] of entries) attrs[key] = item;
      return attrs;
    });
  const text = fc.oneof(seeded, fc.constant('span'));
  const span = fc.record({
    resource: attributes,
    scopeName: text,
    scopeVersion: text,
    name: text,
    statusMessage: text,
    attributes,
    kind: fc.constantFrom('internal', 'server', 'client', 'producer', 'consumer') as fc.Arbitrary<DecodedSpan['kind']>,
    status: fc.constantFrom('unset', 'ok', 'error') as fc.Arbitrary<DecodedSpan['status']>,
    events: fc.array(fc.record({ timeNs: fc.constant(1n), name: text, attributes }), { maxLength: 2 }),
    links: fc.array(fc.record({ traceId: fc.constant('a'.repeat(32)), spanId: text, attributes }), { maxLength: 2 }),
    traceId: fc.oneof(
      { weight: 4, arbitrary: fc.constant('0af7651916cd43dd8448eb211c80319c') },
      { weight: 1, arbitrary: seeded },
    ),
  });

  test('an address, a phone or a card number anywhere in a span appears nowhere in what is kept', () => {
    fc.assert(
      fc.property(span, fc.constantFrom(PLAIN, KEYED), (changes, context) => {
        const tolerant: ReadContext = { ...context, tokenFor: context.tokenFor === null ? null : () => TOKEN };
        const kept = JSON.stringify(readSpan(decodedSpan({}, changes), tolerant), bigints);
        for (const person of [
          ...SEEDS,
          '4111111111111111',
          '5500005555555559',
          'jane.doe+x@',
          '12 34 56 78',
          '15112345678',
        ]) {
          expect(kept).not.toContain(person);
        }
      }),
      { numRuns: 2_000 },
    );
  });

  test('a token given on the span is found in `tokens`, and nowhere else', () => {
    const { span: kept } = read(decodedSpan({ 'vestige.subject.tokens': [TOKEN], 'gen_ai.agent.name': TOKEN }));
    expect(kept.tokens).toEqual([TOKEN]);
  });
});
