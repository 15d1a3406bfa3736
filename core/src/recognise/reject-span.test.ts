import { describe, expect, test } from 'vitest';
import { ATTR } from '../convention/attributes.ts';
import { KeptSpan } from '../model/kept-span.ts';
import type { Attrs, DecodedSpan } from '../model/span.ts';
import { readContext } from './read-context.ts';
import { readSpan } from './read-span.ts';
import { decodedOf, rejectSpan, scrubbedContext } from './reject-span.ts';
import { decodedSpan } from './testing/decoded-span.ts';

const TOKEN = 'ps1.k1.AAAAAAAAAAAAAAAAAAAAAA';
const REF = `store:postgres://db:5432/shop.public.users#${'B'.repeat(22)}`;
const context = readContext({ tokenFor: () => TOKEN, recordRefs: (node, key) => [`${node}#${key.padEnd(22, 'x')}`] });

const insert: Attrs = {
  'db.system.name': 'postgresql',
  'db.namespace': 'shop',
  'db.query.text': "INSERT INTO users (email) VALUES ('jane@example.com')",
  'server.address': 'db',
  'user.email': 'jane@example.com',
  [ATTR.recordRefs]: [REF],
  [ATTR.dataCategories]: ['user.contact.email'],
  [ATTR.purpose]: 'support',
  [ATTR.seq]: 7,
};

const links = (count: number) =>
  Array.from({ length: count }, (_, i) => ({
    traceId: 'a'.repeat(32),
    spanId: (i + 1).toString(16).padStart(16, '0'),
    attributes: {},
  }));

const again = (span: DecodedSpan) => {
  const stored = KeptSpan.parse(JSON.parse(JSON.stringify(rejectSpan(span, context).kept)));
  const read = readSpan(decodedOf(stored), scrubbedContext(context));
  if (!('span' in read)) throw new Error(read.rejected);
  return read.span;
};
const first = (span: DecodedSpan) => {
  const read = readSpan(span, context);
  if (!('span' in read)) throw new Error(read.rejected);
  return read.span;
};
const withoutPeople = ({
  tokens: _t,
  linkTokens: _l,
  subjectSet: _s,
  attribution: _a,
  ...span
}: ReturnType<typeof first>) => span;

describe('a rejected span', () => {
  test('is kept without a token or an address, and says whose it is beside what is kept', () => {
    const links = [{ traceId: 'a'.repeat(32), spanId: 'b'.repeat(16), attributes: { [ATTR.subjectTokens]: [TOKEN] } }];
    const remains = rejectSpan(decodedSpan({ ...insert, [ATTR.subjectTokens]: [TOKEN] }, { links }), context);
    expect(JSON.stringify(remains.kept)).not.toMatch(/ps1\.|jane@/);
    expect([remains.tokens, remains.linkTokens]).toEqual([[TOKEN], [TOKEN]]);
    expect(remains.kept.attribution).toBe('declared');
  });

  test.each<[string, Attrs, Partial<DecodedSpan>]>([
    ['an insert', insert, { kind: 'client' }],
    ['a model call of a conversation', modelCall(), { kind: 'client' }],
    ['a consumer of more messages than are kept', { 'otel.dropped_links_count': 2 }, { links: links(131) }],
    [
      'a batch of DynamoDB tables',
      { 'db.system.name': 'aws.dynamodb', 'db.operation.name': 'BatchGetItem', 'aws.dynamodb.table_names': ['a', 'b'] },
      { kind: 'client' },
    ],
    [
      'a declared flow',
      { [ATTR.flowAction]: 'write', [ATTR.flowPeer]: 'memory:desk/notes', [ATTR.owner]: 'agent:desk/a' },
      {},
    ],
    [
      'a failed request',
      { 'http.request.method': 'GET', 'server.address': 'api.example.com' },
      { kind: 'client', status: 'error' },
    ],
  ])('%s is read from what was kept as it would have been at first', (_title, attributes, given) => {
    const span = decodedSpan(attributes, given);
    expect(withoutPeople(again(span))).toEqual(withoutPeople(first(span)));
  });

  test('what is left of a key of a record is not taken for the key', () => {
    const span = decodedSpan(
      { 'db.system.name': 'redis', 'db.query.text': 'SET user:4711 x', 'server.address': 'cache' },
      { kind: 'client' },
    );
    expect(first(span).recordRefs).toHaveLength(1);
    expect(again(span).recordRefs).toEqual([]);
  });

  test('with a time that nobody can believe counts as older than any erasure', () => {
    expect(rejectSpan(decodedSpan({}, { startNs: 0n }), context).atMs).toBe(0);
    expect(rejectSpan(decodedSpan({}, { startNs: 2n ** 64n - 1n }), context).atMs).toBe(0);
  });

  test('stays within its bound, first without events, then without what it takes to read it again', () => {
    const long = 'x y '.repeat(1000);
    const events = Array.from({ length: 32 }, () => ({
      timeNs: 1n,
      name: 'exception',
      attributes: { 'exception.type': long },
    }));
    const talkative = rejectSpan(decodedSpan(insert, { events }), context);
    expect([talkative.kept.events, talkative.kept.cut, talkative.scrubbed['event']]).toEqual([[], false, 32]);
    const attributes = Object.fromEntries(
      ['gen_ai.agent.name', 'gen_ai.tool.name', 'agent.name', 'tool.name', 'db.name'].map((key) => [key, long]),
    );
    const huge = rejectSpan(decodedSpan(attributes), context).kept;
    expect([huge.cut, huge.attributes]).toEqual([true, {}]);
    expect(JSON.stringify(huge).length).toBeLessThan(16_384);
  });

  test('an id of the right length is kept as it is, whatever its digits look like, and other texts in its place are masked', () => {
    const { kept } = rejectSpan(decodedSpan({}, { spanId: '4111111111111111', traceId: 'jane@example.com' }), context);
    expect(kept.spanId).toBe('4111111111111111');
    expect(kept.traceId).not.toContain('jane@');
  });
});

function modelCall(): Attrs {
  return {
    'gen_ai.operation.name': 'chat',
    'gen_ai.provider.name': 'openai',
    'gen_ai.request.model': 'gpt-4o',
    'gen_ai.conversation.id': 'c-17',
    'server.address': 'api.openai.com',
  };
}
