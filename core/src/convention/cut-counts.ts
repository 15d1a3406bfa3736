/**
 * How many attributes, events and links an SDK cut off a span at its limits (128 of each by default). OTLP has fields for
 * them; these are the names that OpenTelemetry gives them where there are none ("Transformation to non-OTLP Formats",
 * stable), so that they mean the same whichever way a span came.
 */
export const CUT_COUNTS = {
  attributes: 'otel.dropped_attributes_count',
  events: 'otel.dropped_events_count',
  links: 'otel.dropped_links_count',
} as const;
