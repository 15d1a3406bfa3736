import { gunzipSync, zstdDecompressSync } from 'node:zlib';
import fc from 'fast-check';
import { fixtures } from '../../interop/fixture.ts';
import { arbitraryRequest } from '../../otlp/testing/arbitrary-request.ts';
import { encodeJson, encodeProtobuf } from '../../otlp/testing/otlp-messages.ts';
import { len } from '../wire.ts';

export interface Corpus {
  readonly protobuf: readonly Buffer[];
  readonly json: readonly Buffer[];
  /** OpenLineage events, single ones and lists. */
  readonly lineage: readonly Buffer[];
}

const MADE_MAX = 400;

/** What real exporters sent (interop/fixtures), what fast-check makes up, and what a hostile sender would begin with. */
export function corpus(seed: number): Corpus {
  const real = fixtures().map(({ fixture: { transport, headers, bodyBase64 } }) => {
    const raw = Buffer.from(bodyBase64, 'base64');
    const body = transport === 'grpc' ? raw.subarray(5) : raw;
    const packed = transport === 'grpc' ? raw[0] === 1 && headers['grpc-encoding'] : headers['content-encoding'];
    return { isJson: headers['content-type']?.includes('json') === true, body: unpacked(body, packed || 'none') };
  });
  const made = fc.sample(arbitraryRequest, { seed, numRuns: MADE_MAX });
  return {
    protobuf: [
      ...real.filter(({ isJson }) => !isJson).map(({ body }) => body),
      ...made.map((request) => Buffer.from(encodeProtobuf(request))),
      ...HOSTILE_PROTOBUF,
    ],
    json: [
      ...real.filter(({ isJson }) => isJson).map(({ body }) => body),
      ...made.map((request) => Buffer.from(encodeJson(request))),
      ...HOSTILE_JSON.map((text) => Buffer.from(text)),
    ],
    lineage: LINEAGE.map((event) => Buffer.from(JSON.stringify(event))),
  };
}

function unpacked(body: Buffer, encoding: string): Buffer {
  if (encoding === 'gzip') return gunzipSync(body);
  return encoding === 'zstd' ? zstdDecompressSync(body) : Buffer.from(body);
}

const nested = (depth: number, wrap: (inner: Buffer) => Buffer): Buffer =>
  Array.from({ length: depth }).reduce<Buffer>((inner) => wrap(inner), Buffer.alloc(0));
const inSpan = (...fields: Buffer[]) => len(1, len(2, len(2, ...fields)));
/** Deep, wide, and empty a hundred thousand times. */
const HOSTILE_PROTOBUF: readonly Buffer[] = [
  inSpan(
    len(
      9,
      len(
        2,
        nested(2000, (inner) => len(5, len(1, inner))),
      ),
    ),
  ),
  inSpan(
    len(
      9,
      len(
        2,
        nested(2000, (inner) => len(6, len(1, len(2, inner)))),
      ),
    ),
  ),
  inSpan(Buffer.concat(Array.from({ length: 30_000 }, () => Buffer.from([0x4a, 0])))),
  len(1, Buffer.concat(Array.from({ length: 30_000 }, () => Buffer.from([0x12, 0])))),
  len(1, len(2, Buffer.concat(Array.from({ length: 30_000 }, () => Buffer.from([0x12, 0]))))),
  inSpan(Buffer.concat(Array.from({ length: 15_000 }, () => Buffer.from([0x5a, 2, 0x1a, 0])))),
  nested(5000, (inner) => Buffer.concat([Buffer.from([0x0b]), inner])),
];
const HOSTILE_JSON: readonly string[] = [
  '['.repeat(60_000),
  '{"a":'.repeat(10_000),
  `{"resourceSpans":[${'{},'.repeat(20_000)}{}]}`,
  `{"resourceSpans":[{"scopeSpans":[{"spans":[${'{},'.repeat(20_000)}{}]}]}]}`,
  `{"resourceSpans":[{"scopeSpans":[{"spans":[{"attributes":[${'{},'.repeat(20_000)}{}]}]}]}]}`,
  `{"resourceSpans":"${'\\u0000'.repeat(10_000)}"}`,
];

const RUN = {
  eventType: 'COMPLETE',
  eventTime: '2026-11-22T02:00:01.000Z',
  producer: 'https://example.com/nightly',
  schemaURL: 'https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent',
  run: {
    runId: '018fe8c2-97a4-7ba2-8f3c-0d4f8f2a9c11',
    facets: { parent: { job: { namespace: 'n', name: 'p' }, run: { runId: '018fe8c2-97a4-7ba2-8f3c-0d4f8f2a9c12' } } },
  },
  job: {
    namespace: 'nightly',
    name: 'copy',
    facets: { sql: { query: "INSERT INTO a SELECT * FROM b WHERE mail = 'ada@example.com'" } },
  },
  inputs: [
    {
      namespace: 'postgres://db:5432',
      name: 'shop.public.orders',
      facets: { symlinks: { identifiers: [{ namespace: 'hive://x', name: 'orders', type: 'TABLE' }] } },
    },
  ],
  outputs: [
    {
      namespace: 's3://lake',
      name: 'orders/2026',
      facets: {
        columnLineage: {
          fields: {
            total: {
              inputFields: [
                {
                  namespace: 'postgres://db:5432',
                  name: 'shop.public.orders',
                  field: 'total',
                  transformations: [{ type: 'DIRECT', masking: false }],
                },
              ],
            },
          },
        },
        lifecycleStateChange: {
          lifecycleStateChange: 'RENAME',
          previousIdentifier: { namespace: 's3://lake', name: 'orders/2025' },
        },
        tags: { tags: [{ key: 'pii', value: 'yes' }] },
      },
    },
  ],
};
const LINEAGE: readonly unknown[] = [
  RUN,
  { ...RUN, eventType: 'START', outputs: [] },
  {
    eventTime: RUN.eventTime,
    producer: RUN.producer,
    schemaURL: RUN.schemaURL.replace('RunEvent', 'DatasetEvent'),
    dataset: RUN.outputs[0],
  },
  {
    eventTime: RUN.eventTime,
    producer: RUN.producer,
    schemaURL: RUN.schemaURL.replace('RunEvent', 'JobEvent'),
    job: RUN.job,
    inputs: RUN.inputs,
    outputs: RUN.outputs,
  },
  [RUN, RUN],
];
