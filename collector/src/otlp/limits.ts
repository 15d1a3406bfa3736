/**
 * What one export request may cost in memory once decoded. The byte limit alone (ruling 28) does not bound that: two
 * bytes of protobuf can be an attribute, three bytes of JSON an object.
 */
export interface DecodeLimits {
  /** Spans of one request; above it the request is refused as too large. */
  readonly spansMax: number;
  /** Attribute values of one request, nested ones included. */
  readonly valuesMax: number;
  /** Attribute values, events and links of one span; above it the span is rejected and the rest of the request kept. */
  readonly valuesPerSpanMax: number;
  /** Nesting of arrays and key-value lists inside one value; what lies deeper reads as null. */
  readonly depthMax: number;
  /** Objects and arrays of a JSON body, counted before it is parsed. */
  readonly jsonContainersMax: number;
  /** Nesting of a JSON body, counted before it is parsed. */
  readonly jsonDepthMax: number;
}

/**
 * A real 64 MiB request of 700-byte spans holds about 95,000 spans and 1.5 million values (research: the generator of
 * the benchmarks), so these limits bind only on hostile input.
 */
export const DECODE_LIMITS: DecodeLimits = {
  spansMax: 250_000,
  valuesMax: 4_000_000,
  valuesPerSpanMax: 16_384,
  depthMax: 16,
  jsonContainersMax: 8_000_000,
  jsonDepthMax: 200,
};
