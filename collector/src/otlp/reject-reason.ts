/** Why one span was refused while its neighbours were taken. Closed: it labels a metric and a stored row. */
export const REJECT_REASONS = [
  'bad_trace_id',
  'bad_span_id',
  'bad_parent_id',
  'bad_time',
  'too_large',
  'malformed',
] as const;
export type RejectReason = (typeof REJECT_REASONS)[number];
