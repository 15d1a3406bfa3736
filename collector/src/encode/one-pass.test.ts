import { type ReadContext, readContext } from '@vestige/core/recognise/read-context';
import fc from 'fast-check';
import { describe, test } from 'vitest';
import { arbitraryRequest, NOW_MS } from '../otlp/testing/arbitrary-request.ts';
import { encodeJson, encodeProtobuf } from '../otlp/testing/otlp-messages.ts';
import { createInlineEncoder } from './inline-encoder.ts';
import { arbitraryTraffic } from './testing/arbitrary-traffic.ts';
import { expectPlainRows } from './testing/compare-rows.ts';

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
});
