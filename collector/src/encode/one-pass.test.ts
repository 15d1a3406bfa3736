import { type ReadContext, readContext } from '@vestige/core/recognise/read-context';
import fc from 'fast-check';
import { describe, test } from 'vitest';
import { arbitraryRequest, NOW_MS } from '../otlp/testing/arbitrary-request.ts';
import { encodeJson, encodeProtobuf } from '../otlp/testing/otlp-messages.ts';
import { createInlineEncoder } from './inline-encoder.ts';
import { arbitraryTraffic } from './testing/arbitrary-traffic.ts';
import { expectPlainRows, expectPlainRowsTogether } from './testing/compare-rows.ts';
import { neighbourRequests, recordedRequests } from './testing/recorded-requests.ts';

/** The one-pass encoder against the plain way: decoder, recognisers, row writer. */

const strict = {
  onReaderFault: (error: unknown) => {
    throw error;
  },
};

/** A tenant that keeps its key, and one that gave it to the collector. */
const contexts: readonly ReadContext[] = [
  readContext({
    hosts: ['*.example.org'],
    services: ['desk', 'shop'],
    aliases: [{ alias: 'store:postgres://db:5432/*', canonical: 'store:postgres://main:5432/*' }],
  }),
  readContext({
    recordRefs: (node, key) => [
      `${node}#${Buffer.from(`${key}${'k'.repeat(22)}`)
        .toString('base64url')
        .slice(0, 22)}`,
    ],
    tokenFor: (type, value) => {
      const text = Buffer.from(`${value}${'t'.repeat(22)}`)
        .toString('base64url')
        .slice(0, 22);
      return type === 'email' && !value.includes('@') ? null : `ps1.k2.${text}`;
    },
  }),
];

describe('the one-pass encoder gives the rows of the plain way', () => {
  // One encoder for all, so that what it remembers of one request meets the next.
  const encoder = createInlineEncoder(strict);

  test('for traffic: few kinds of spans, many of each', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(arbitraryTraffic, { minLength: 1, maxLength: 3 }),
        fc.constantFrom(...contexts),
        async (requests, context) => {
          for (const request of requests) {
            await expectPlainRows(encoder, context, encodeProtobuf(request), 'protobuf', NOW_MS);
          }
        },
      ),
      { numRuns: 300 },
    );
  });

  test('for random requests, twice each', async () => {
    await fc.assert(
      fc.asyncProperty(arbitraryRequest, fc.constantFrom(...contexts), async (request, context) => {
        const body = encodeProtobuf(request);
        await expectPlainRows(encoder, context, body, 'protobuf', NOW_MS);
        await expectPlainRows(encoder, context, body, 'protobuf', NOW_MS);
      }),
      { numRuns: 300 },
    );
  });

  test('for bytes that were changed on the way, after it has seen them unchanged', async () => {
    const change = fc.record({ at: fc.nat(), to: fc.nat({ max: 255 }) });
    await fc.assert(
      fc.asyncProperty(arbitraryTraffic, fc.array(change, { minLength: 1, maxLength: 3 }), async (request, changes) => {
        const body = encodeProtobuf(request);
        await expectPlainRows(encoder, contexts[0] ?? readContext(), body, 'protobuf', NOW_MS);
        for (const { at, to } of changes) body[at % body.length] = to;
        await expectPlainRows(encoder, contexts[0] ?? readContext(), body, 'protobuf', NOW_MS);
      }),
      { numRuns: 400 },
    );
  });

  test('for spans of real libraries, and for each with one value changed', async () => {
    for (const [index, { request }] of neighbourRequests().entries()) {
      const body = encodeProtobuf(request);
      const context = contexts[index % contexts.length] ?? readContext();
      // The second time nearly all of them are known.
      await expectPlainRows(encoder, context, body, 'protobuf', NOW_MS);
      await expectPlainRows(encoder, context, body, 'protobuf', NOW_MS);
    }
  });

  test('for a link that names its subjects twice, after one whose two lists said the same', async () => {
    const tokens = (name: string) => ({
      key: 'vestige.subject.tokens',
      value: { arrayValue: { values: [{ stringValue: `ps1.k1.${name.padEnd(22, 'A')}` }] } },
    });
    for (const names of [
      ['Anna', 'Anna'],
      ['Anna', 'Bert'],
      ['Bert', 'Cleo'],
    ]) {
      const span = {
        traceId: '01'.repeat(16),
        spanId: '01'.repeat(8),
        startTimeUnixNano: BigInt(NOW_MS) * 1_000_000n,
        endTimeUnixNano: BigInt(NOW_MS) * 1_000_000n,
        links: [{ traceId: '02'.repeat(16), spanId: '02'.repeat(8), attributes: names.map(tokens) }],
      };
      const body = encodeProtobuf({
        resourceSpans: [
          { resource: { attributes: [] }, scopeSpans: [{ scope: { name: 'pg', version: '1' }, spans: [span] }] },
        ],
      });
      await expectPlainRows(encoder, contexts[0] ?? readContext(), body, 'protobuf', NOW_MS);
    }
  });

  test('for the address of a host whose name is a URL that nobody filled in, whatever address was seen before', async () => {
    for (const address of ['10.1.2.3', '10.1.2.4']) {
      const values = {
        'http.request.method': 'POST',
        'server.address': 'https://{resource}.example.com/v1',
        'network.peer.address': address,
      };
      const span = {
        traceId: '01'.repeat(16),
        spanId: '01'.repeat(8),
        kind: 3,
        startTimeUnixNano: BigInt(NOW_MS) * 1_000_000n,
        endTimeUnixNano: BigInt(NOW_MS) * 1_000_000n,
        attributes: Object.entries(values).map(([key, stringValue]) => ({ key, value: { stringValue } })),
      };
      const body = encodeProtobuf({
        resourceSpans: [
          { resource: { attributes: [] }, scopeSpans: [{ scope: { name: 'pg', version: '1' }, spans: [span] }] },
        ],
      });
      await expectPlainRows(encoder, contexts[0] ?? readContext(), body, 'protobuf', NOW_MS);
    }
  });

  test('for requests of real exporters, byte for byte', async () => {
    for (const { form, body } of recordedRequests()) {
      await expectPlainRows(encoder, contexts[0] ?? readContext(), body, form, NOW_MS);
      await expectPlainRows(encoder, contexts[0] ?? readContext(), body, form, NOW_MS);
    }
  });

  test('for requests that share a record, whatever their forms, and refuses all where it refuses one', async () => {
    const anyRequest = fc.record({
      request: fc.oneof({ arbitrary: arbitraryTraffic, weight: 3 }, arbitraryRequest),
      form: fc.constantFrom('protobuf' as const, 'json' as const),
      isCut: fc.nat({ max: 15 }).map((draw) => draw === 0),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.array(anyRequest, { minLength: 2, maxLength: 4 }),
        fc.constantFrom(...contexts),
        async (requests, context) => {
          const bodies = requests.map(({ request, form, isCut }, index) => {
            const body = form === 'json' ? encodeJson(request) : encodeProtobuf(request);
            return { body: isCut ? body.subarray(0, -1) : body, form, receivedAtMs: NOW_MS + index };
          });
          await expectPlainRowsTogether(encoder, context, bodies);
        },
      ),
      { numRuns: 200 },
    );
  });

  test('for JSON', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(arbitraryTraffic, arbitraryRequest),
        fc.constantFrom(...contexts),
        async (request, context) => {
          await expectPlainRows(encoder, context, encodeJson(request), 'json', NOW_MS);
        },
      ),
      { numRuns: 200 },
    );
  });

  test('for JSON in other spellings, and for what is no span at all', async () => {
    await fc.assert(
      fc.asyncProperty(
        arbitraryTraffic,
        fc.array(jsonChange, { minLength: 1, maxLength: 4 }),
        async (request, changes) => {
          const json: unknown = JSON.parse(Buffer.from(encodeJson(request)).toString());
          for (const change of changes) change(placesIn(json));
          await expectPlainRows(encoder, readContext(), Buffer.from(JSON.stringify(json)), 'json', NOW_MS);
        },
      ),
      { numRuns: 300 },
    );
  });
});

interface Place {
  readonly within: Record<string, unknown>;
  readonly key: string;
}

/** Every field of every object of a JSON value, and every item of every list. */
function placesIn(json: unknown): Place[] {
  if (typeof json !== 'object' || json === null) return [];
  const within = json as Record<string, unknown>;
  return Object.keys(within).flatMap((key) => [{ within, key }, ...placesIn(within[key])]);
}

const ODD = [
  null,
  0,
  1.5,
  2 ** 60,
  '',
  '17',
  'SPAN_KIND_SERVER',
  'STATUS_CODE_ERROR',
  [],
  {},
  [{}],
  { values: [1] },
  'ZZ',
  true,
];

/** Changes one place: another value, the key in snake case, an id in capitals. */
const jsonChange = fc
  .tuple(fc.nat(), fc.constantFrom(...ODD, 'snake', 'capitals'))
  .map(([at, to]) => (places: Place[]) => {
    const place = places[at % Math.max(1, places.length)];
    if (place === undefined) return;
    const { within, key } = place;
    const value = within[key];
    if (to === 'capitals') within[key] = typeof value === 'string' ? value.toUpperCase() : value;
    else if (to === 'snake' && !Array.isArray(within)) {
      delete within[key];
      within[key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)] = value;
    } else within[key] = structuredClone(to);
  });
