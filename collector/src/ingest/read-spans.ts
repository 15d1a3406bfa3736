import { setImmediate as nextTurn } from 'node:timers/promises';
import type { UnreadReason } from '@vestige/core/model/kept-span';
import type { DecodedSpan, ReadSpan } from '@vestige/core/model/span';
import type { ReadContext } from '@vestige/core/recognise/read-context';
import { readSpan } from '@vestige/core/recognise/read-span';
import { REFUSED_KEPT_MAX } from '../otlp/decoded-traces.ts';
import { keepRejected, type UnresolvedRejected, unresolved } from './rejected-spans.ts';

/** Spans read between two turns of the event loop, so that `/livez` answers while a large request is read. */
const TURN_SPANS = 500;

export interface ReadSpans {
  readonly spans: ReadSpan[];
  /** What is kept of the rejected: at most {@link REFUSED_KEPT_MAX}. */
  readonly kept: UnresolvedRejected[];
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
  // Counted by keys that senders choose, `constructor` among them: an object that inherits nothing.
  const scrubbed = Object.create(null) as Record<string, number>;
  const result: ReadSpans = { spans: [], kept: [], rejectedCount: {}, scrubbed };
  const reject = (reason: UnreadReason, keep: () => UnresolvedRejected): void => {
    result.rejectedCount[reason] = (result.rejectedCount[reason] ?? 0) + 1;
    if (result.kept.length < REFUSED_KEPT_MAX) result.kept.push(keep());
  };
  for (const [index, span] of decoded.entries()) {
    if (index % TURN_SPANS === TURN_SPANS - 1) await nextTurn();
    try {
      const read = readSpan(span, context);
      for (const [key, count] of Object.entries(read.scrubbed)) {
        scrubbed[key] = (scrubbed[key] ?? 0) + count;
      }
      if ('span' in read) result.spans.push(read.span);
      else reject('not_understood', () => unresolved(read, 'not_understood', receivedAtMs));
    } catch (error) {
      onFault(error);
      reject('reader_fault', () => keepRejected(span, context, 'reader_fault', receivedAtMs));
    }
  }
  return result;
}
