import { readContext } from '@vestige/core/recognise/read-context';
import { expect, test } from 'vitest';
import { NOW_MS } from '../otlp/testing/arbitrary-request.ts';
import { encodeProtobuf, type TestAttribute, type TestSpan } from '../otlp/testing/otlp-messages.ts';
import { createInlineEncoder } from './inline-encoder.ts';
import { expectPlainRows } from './testing/compare-rows.ts';

/** Spans that a walk could take for one of a kind, and that are read differently. */

const atNs = BigInt(NOW_MS) * 1_000_000n;

const list = (key: string, texts: readonly string[]): TestAttribute => ({
  key,
  value: { arrayValue: { values: texts.map((stringValue) => ({ stringValue })) } },
});
const span = (spanId: string, attributes: readonly TestAttribute[], more: Partial<TestSpan> = {}): TestSpan => ({
  traceId: 'a1'.repeat(16),
  spanId: spanId.repeat(16),
  name: 'work',
  startTimeUnixNano: atNs,
  endTimeUnixNano: atNs,
  attributes,
  ...more,
});
const tokens = (count: number) =>
  Array.from({ length: count }, (_, index) =>
    `ps1.k1.${String.fromCharCode(65 + (index % 26))}${'ab'[Math.floor(index / 26)]}`.padEnd(29, 'Q'),
  );
const linkTo = (...texts: readonly string[]) => ({
  traceId: 'b2'.repeat(16),
  spanId: 'b2'.repeat(8),
  attributes: [list('vestige.subject.tokens', texts)],
});
const text = (key: string, stringValue: string): TestAttribute => ({ key, value: { stringValue } });
const queue = (account: string) => text('url.full', `https://sqs.eu-central-1.amazonaws.com/${account}/orders`);
const sqs = text('messaging.system', 'aws_sqs');
const ref = (node: string, hash: string) => `store:postgres://db:5432/${node}#${hash.repeat(22)}`;

const ALIKE: Readonly<Record<string, readonly TestSpan[]>> = {
  'a link names more people than are read of one link': [
    span('1', [], { links: [linkTo(...tokens(2))] }),
    span('2', [], { links: [linkTo(...tokens(40))] }),
  ],
  'a span names one person twice behind as many as are read': [
    span('1', [list('vestige.subject.tokens', tokens(2))]),
    span('2', [list('vestige.subject.tokens', [...tokens(32), ...tokens(1)])]),
  ],
  'a URL that was a path before names a queue, and the next one another': [
    span('1', [queue('111122223333')]),
    span('2', [queue('111122223333'), sqs]),
    span('3', [queue('444455556666'), sqs]),
  ],
  'one reference is spelled like two': [
    span('1', [list('vestige.record.refs', [ref('a', 'a'), ref('b', 'b')])]),
    span('2', [list('vestige.record.refs', [ref(`a#\0store:postgres://db:5432/b`, 'c')])]),
  ],
};

test.each(Object.entries(ALIKE))('is read like the plain way when %s', async (_name, spans) => {
  const faults: unknown[] = [];
  const encoder = createInlineEncoder({ onReaderFault: (error) => faults.push(error) });
  const body = encodeProtobuf({
    resourceSpans: [
      {
        resource: { attributes: [{ key: 'service.name', value: { stringValue: 'desk' } }] },
        scopeSpans: [{ scope: { name: 'own', version: '' }, spans }],
      },
    ],
  });
  await expectPlainRows(encoder, readContext(), body, 'protobuf', NOW_MS);
  expect(faults).toEqual([]);
});
