import { setImmediate as nextTurn } from 'node:timers/promises';
import type { DecodedSpan, ReadSpan } from '@vestige/core/model/span';
import type { ReadContext } from '@vestige/core/recognise/read-context';
import { readResource } from '@vestige/core/recognise/read-resource';
import { readSpan } from '@vestige/core/recognise/read-span';
import { ScrubLog } from '@vestige/core/scrub/scrub-log';
import type { RejectedSpan } from '@vestige/store/events/event-store';
import { REFUSED_KEPT_MAX, type RefusedSpan } from '../otlp/decoded-traces.ts';

/** Spans read between two turns of the event loop, so that `/livez` answers while a large request is read. */
const TURN_SPANS = 500;

/** Labels of spans that decoded but could not be read; closed, beside `REJECT_REASONS`. */
export type UnreadReason = 'not_understood' | 'reader_fault';

export interface ReadSpans {
  readonly spans: ReadSpan[];
  /** What is kept of the rejected: at most {@link REFUSED_KEPT_MAX}. */
  readonly kept: RejectedSpan[];
  readonly rejectedCount: Partial<Record<UnreadReason, number>>;
  /** What scrubbing removed, by attribute key or kind of mask. */
  readonly scrubbed: Record<string, number>;
}

/**
 * Decoded spans → scrubbed and recognised spans. A span that a recogniser trips over is rejected alone: a fault of ours
 * must not cost its sender the batch.
 */
export async function readSpans(
  decoded: readonly DecodedSpan[],
  context: ReadContext,
  receivedAtMs: number,
  onFault: (error: unknown) => void,
): Promise<ReadSpans> {
  const result: ReadSpans = { spans: [], kept: [], rejectedCount: {}, scrubbed: {} };
  const reject = (label: UnreadReason, reason: string, service: string, remains: string): void => {
    result.rejectedCount[label] = (result.rejectedCount[label] ?? 0) + 1;
    if (result.kept.length < REFUSED_KEPT_MAX) result.kept.push({ receivedAtMs, reason, service, remains });
  };
  for (const [index, span] of decoded.entries()) {
    if (index % TURN_SPANS === TURN_SPANS - 1) await nextTurn();
    try {
      const read = readSpan(span, context);
      for (const [key, count] of Object.entries(read.scrubbed)) {
        result.scrubbed[key] = (result.scrubbed[key] ?? 0) + count;
      }
      if ('span' in read) result.spans.push(read.span);
      else reject('not_understood', read.rejected, read.service, read.remains);
    } catch (error) {
      onFault(error);
      reject('reader_fault', 'The collector failed to read this span.', 'service:-', '{}');
    }
  }
  return result;
}

/** What is kept of a span the decoder refused: why, whose, and how much there was; nothing else the client wrote. */
export function keptRefusal(refused: RefusedSpan, receivedAtMs: number): RejectedSpan {
  const { reason, attributes, events, links } = refused;
  const { service } = readResource(refused.resource, new ScrubLog());
  return { receivedAtMs, reason, service, remains: JSON.stringify({ attributes, events, links }) };
}
