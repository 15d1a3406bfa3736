import { setImmediate as nextTurn } from 'node:timers/promises';
import type { ReadSpan } from '@vestige/core/model/span';
import { readSpans } from '../ingest/read-spans.ts';
import { keepRejected } from '../ingest/rejected-spans.ts';
import { readJsonTraces } from '../otlp/read-json.ts';
import { readProtobufTraces } from '../otlp/read-protobuf.ts';
import { writePayload } from './payload.ts';
import type { RequestEncoder } from './request-encoder.ts';

export interface InlineEncoderOptions {
  /** A recogniser tripped over a span: a fault of ours, for the log. */
  readonly onReaderFault: (error: unknown) => void;
}

const READERS = { protobuf: readProtobufTraces, json: readJsonTraces };

/** Encodes on the thread of the caller. */
export function createInlineEncoder({ onReaderFault }: InlineEncoderOptions): RequestEncoder {
  return {
    async encode(tenant, context, body, form, receivedAtMs) {
      const decoded = READERS[form](body, receivedAtMs);
      await nextTurn();
      const read = await readSpans(decoded.spans, context, receivedAtMs, onReaderFault);
      const refused = decoded.refused.map(({ span, reason }) => keepRejected(span, context, reason, receivedAtMs));
      return {
        spans: read.spans.length,
        payload: writePayload({ tenant: tenant.id, spans: read.spans, rejected: [...refused, ...read.kept] }),
        rejected: { ...decoded.refusedCount, ...read.rejectedCount },
        scrubbed: read.scrubbed,
        newestMs: newestByService(read.spans),
      };
    },
    async close() {},
  };
}

function newestByService(spans: readonly ReadSpan[]): Map<string, number> {
  const newestMs = new Map<string, number>();
  for (const { service, endNs } of spans) {
    const name = service.slice('service:'.length);
    newestMs.set(name, Math.max(newestMs.get(name) ?? 0, Number(endNs / 1_000_000n)));
  }
  return newestMs;
}
