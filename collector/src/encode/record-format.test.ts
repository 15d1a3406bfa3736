import { TenantId } from '@vestige/core/ids';
import { readContext } from '@vestige/core/recognise/read-context';
import { expect, test } from 'vitest';
import { encodeProtobuf, type TestAttribute } from '../otlp/testing/otlp-messages.ts';
import { createInlineEncoder } from './inline-encoder.ts';
import { recordFormat } from './record-format.ts';

const tenant = { id: TenantId.parse(7), name: 'acme' };
const nowMs = 1_795_348_800_000;
const ANNA = 'ps1.k1.AAAAAAAAAAAAAAAAAAAAAA';
const BERT = 'ps1.k1.BBBBBBBBBBBBBBBBBBBBBA';
const encoder = createInlineEncoder({
  onReaderFault: (error) => {
    throw error;
  },
});

/** A request of one span for each list of tokens, each a second older than the one before. */
async function recordOf(...tokens: readonly (readonly string[])[]) {
  const spans = tokens.map((list, index) => ({
    traceId: 'a1'.repeat(16),
    spanId: `0${index + 1}`.repeat(8),
    name: 'work',
    startTimeUnixNano: BigInt(nowMs - index * 1_000) * 1_000_000n,
    endTimeUnixNano: BigInt(nowMs) * 1_000_000n,
    attributes: tokenAttributes(list),
  }));
  const body = encodeProtobuf({
    resourceSpans: [{ resource: { attributes: [] }, scopeSpans: [{ scope: { name: 'test', version: '' }, spans }] }],
  });
  const encoded = await encoder.encode(tenant, readContext(), [{ body, form: 'protobuf', receivedAtMs: nowMs }]);
  return recordFormat.open(encoded.payload);
}

function tokenAttributes(tokens: readonly string[]): TestAttribute[] {
  const values = tokens.map((stringValue) => ({ stringValue }));
  return [{ key: 'vestige.subject.tokens', value: { arrayValue: { values } } }];
}

const subjects: Readonly<Record<string, string>> = {
  [ANNA]: '11111111-1111-4111-8111-111111111111',
  [BERT]: 'suppressed',
};
const resolution = {
  subjectOf: (_tenant: TenantId, token: string) => subjects[token] ?? 'suppressed',
  membersOf: () => null,
};

test('a record asks for every token once, at the start of the oldest span that carries it', async () => {
  const record = await recordOf([ANNA], [BERT], [ANNA]);
  expect(record.wanted).toEqual([
    { token: ANNA, atMs: nowMs - 2_000 },
    { token: BERT, atMs: nowMs - 1_000 },
  ]);
});

test('a record lists every sighting of a token, for people who are suppressed up to an instant', async () => {
  const record = await recordOf([ANNA], [BERT], [ANNA]);
  expect(record.tags).toBe(3);
  expect(record.sightings()).toEqual([
    { token: ANNA, atMs: nowMs },
    { token: BERT, atMs: nowMs - 1_000 },
    { token: ANNA, atMs: nowMs - 2_000 },
  ]);
});

test('a person who is suppressed up to an instant keeps what came after it', async () => {
  const erasedBefore = nowMs - 500;
  const until = {
    subjectOf: (_tenant: TenantId, _token: string, atMs: number) =>
      atMs < erasedBefore ? ('suppressed' as const) : (subjects[ANNA] ?? ''),
    membersOf: () => null,
  };
  const { blocks: _blocks, ...counts } = recordFormat.assemble([await recordOf([ANNA], [ANNA], [ANNA])], until);
  expect(counts).toEqual({ accepted: 1, suppressedSpans: 2, suppressedTags: 2, unknownSets: 0 });
});

test('a span of erased people only is left out, one that names another person or nobody is kept', async () => {
  const { blocks, ...counts } = recordFormat.assemble([await recordOf([ANNA, BERT], [BERT], [])], resolution);
  expect(counts).toEqual({ accepted: 2, suppressedSpans: 1, suppressedTags: 2, unknownSets: 0 });
  expect(blocks.first.map(({ table }) => table)).toEqual(['spans']);
  expect(blocks.last.map(({ table }) => table)).toEqual(['touches']);
});

test('the same record and answers give the same blocks', async () => {
  const record = await recordOf([ANNA], [ANNA, BERT]);
  expect(recordFormat.assemble([record], resolution)).toEqual(recordFormat.assemble([record], resolution));
});

test('bytes that no encoder wrote are refused', () => {
  expect(() => recordFormat.open(Uint8Array.of(99, 1, 2))).toThrow('another version');
});
