import { z } from 'zod';
import { ATTRIBUTIONS } from '../convention/attributes.ts';
import { SPAN_KINDS } from './span.ts';

/**
 * A rejected span as it is kept: a decoded span after scrubbing, so that it can be read again when the reader was at
 * fault. Without tokens: whose span it was is kept beside it as subject ids, where an erasure finds it.
 */
export const KeptSpan = z.object({
  traceId: z.string(),
  spanId: z.string(),
  parentId: z.string(),
  name: z.string(),
  kind: z.enum(SPAN_KINDS),
  /** Nanoseconds since the epoch in decimal digits. */
  startNs: z.string().regex(/^-?\d{1,20}$/),
  endNs: z.string().regex(/^-?\d{1,20}$/),
  status: z.enum(['unset', 'ok', 'error']),
  scopeName: z.string(),
  scopeVersion: z.string(),
  resource: z.record(z.string(), z.string()),
  /** Lists are kept for what is read as a list (`vestige.record.refs`); all else is text. */
  attributes: z.record(z.string(), z.union([z.string(), z.array(z.string())])),
  events: z.array(
    z.object({
      timeNs: z.string().regex(/^-?\d{1,20}$/),
      name: z.string(),
      attributes: z.record(z.string(), z.string()),
    }),
  ),
  links: z.array(z.object({ traceId: z.string(), spanId: z.string() })),
  /** How the tokens that are not kept here came onto the span. */
  attribution: z.enum(ATTRIBUTIONS),
  /** Attributes or links were never read, were too long together, or could not be scrubbed: it cannot be read again. */
  cut: z.boolean(),
});
export type KeptSpan = z.infer<typeof KeptSpan>;

/** Why one span was refused while its neighbours were taken, besides what the decoder refuses. Labels a metric and a row. */
export const UNREAD_REASONS = ['not_understood', 'reader_fault'] as const;
export type UnreadReason = (typeof UNREAD_REASONS)[number];
