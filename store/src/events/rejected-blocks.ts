import { createHash } from 'node:crypto';
import type { TenantId } from '@vestige/core/ids';
import type { InsertBlock } from '../clickhouse/client.ts';
import { Blocks, dayOf } from './event-blocks.ts';
import type { RejectedSpan } from './event-store.ts';

const COLUMNS = ['tenant', 'span_key', 'received_at', 'replayed', 'reason', 'service', 'span', 'subject_ids', 'linked'];

/** `rejected_spans`: a block per day, as everywhere. */
export function rejectedBlocks(tenant: TenantId, rejected: readonly RejectedSpan[]): InsertBlock[] {
  const blocks = new Blocks('rejected_spans', COLUMNS, dayOf);
  for (const span of rejected) {
    const row = blocks.row(BigInt(span.receivedAtMs) * 1_000_000n);
    const subjects = [...span.subjectIds, ...span.linkSubjectIds];
    row.u32(tenant);
    row.hex(spanKey(span), 16);
    row.int(span.receivedAtMs);
    row.u8(0);
    row.string(span.reason);
    row.string(span.service);
    row.string(span.span);
    row.array(subjects, (subject) => row.hex(subject.replaceAll('-', ''), 16));
    row.u16(span.linkSubjectIds.length);
  }
  return blocks.end();
}

/** What stands in the place of a replayed span: its key, and nothing of what it said. */
export function replayedBlocks(
  tenant: TenantId,
  replayed: readonly { readonly spanKey: string; readonly receivedAtMs: number; readonly reason: string }[],
): InsertBlock[] {
  const blocks = new Blocks('rejected_spans', COLUMNS, dayOf);
  for (const { spanKey, receivedAtMs, reason } of replayed) {
    const row = blocks.row(BigInt(receivedAtMs) * 1_000_000n);
    row.u32(tenant);
    row.hex(spanKey, 16);
    row.int(receivedAtMs);
    row.u8(1);
    row.string(reason);
    row.string('');
    row.string('');
    row.array([], () => undefined);
    row.u16(0);
  }
  return blocks.end();
}

/**
 * 32 hex digits. Of the content alone: a span that is exported again, or refused for another reason, is the same span.
 * Two spans that are alike in everything that is kept, ids and nanoseconds included, count as one.
 */
export function spanKey({ service, span }: Pick<RejectedSpan, 'service' | 'span'>): string {
  return createHash('sha256').update(service).update('\0').update(span).digest('hex').slice(0, 32);
}
