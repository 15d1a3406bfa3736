import { KeptSpan, type UnreadReason } from '@vestige/core/model/kept-span';
import type { ReadSpan } from '@vestige/core/model/span';
import type { ReadContext } from '@vestige/core/recognise/read-context';
import { readSpan } from '@vestige/core/recognise/read-span';
import { decodedOf, scrubbedContext } from '@vestige/core/recognise/reject-span';
import { checkSpan } from '../otlp/check-span.ts';
import type { RejectReason } from '../otlp/reject-reason.ts';

/** Why a kept span cannot be read today; `incomplete` will stay so. */
export type StillRejected = RejectReason | UnreadReason | 'incomplete';

/**
 * Today's checks and today's reader over a span that was kept. Its attribution is what it was: the tokens it was read
 * from are gone, and the subjects they led to are kept beside it.
 */
export function readKept(
  text: string,
  context: ReadContext,
  nowMs: number,
): { readonly span: ReadSpan } | { readonly reason: StillRejected } {
  const kept = parsed(text);
  if (kept === null || kept.cut) return { reason: 'incomplete' };
  const checked = checkSpan(decodedOf(kept), BigInt(Math.trunc(nowMs)) * 1_000_000n);
  if (typeof checked === 'string') return { reason: checked };
  try {
    const read = readSpan(checked, scrubbedContext(context));
    return 'span' in read ? { span: { ...read.span, attribution: kept.attribution } } : { reason: 'not_understood' };
  } catch {
    return { reason: 'reader_fault' };
  }
}

function parsed(text: string): KeptSpan | null {
  try {
    return KeptSpan.parse(JSON.parse(text));
  } catch {
    return null;
  }
}
