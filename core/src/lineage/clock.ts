/** How far two clocks may disagree before one instant contradicts another (ruling 11). */
export interface SkewBounds {
  /** Between spans of different services, microseconds. */
  readonly betweenServicesUs: number;
  /** Within one service, microseconds. */
  readonly withinServiceUs: number;
}

export const DEFAULT_SKEW: SkewBounds = { betweenServicesUs: 100_000, withinServiceUs: 0 };

/**
 * Skew needed for something that happened at `atUs` (by the clock of service `a`) to come before `laterUs` (by that of
 * service `b`): 0 when the clocks agree that it did, null when they disagree by more than is tolerated.
 */
export function skewToPrecede(bounds: SkewBounds, atUs: number, a: string, laterUs: number, b: string): number | null {
  const lag = atUs - laterUs;
  if (lag <= 0) return 0;
  return lag <= toleratedUs(bounds, a, b) ? lag : null;
}

/**
 * How long before a write a read may have begun and still have seen it. Reads are found by their start, so this bounds
 * how far back they are looked for; a call to a store that runs for more than a minute is a job, or a leaked span.
 */
export const READ_OVERLAP_US = 60_000_000;

/** How far the clocks of two services may be apart. */
export function toleratedUs(bounds: SkewBounds, a: string, b: string): number {
  return a === b ? bounds.withinServiceUs : bounds.betweenServicesUs;
}

/** The coarsest clock that is recognised. */
export const MILLISECOND_US = 1_000;

/**
 * How much later than they say spans of one service in one trace may really have started and ended.
 *
 * Several SDKs, OpenTelemetry JS among them, take a span's start from a clock of whole milliseconds and its end from that
 * start plus a fine-grained duration. A call that starts right after a read has returned then seems to start up to one
 * millisecond before it, and a parent to end up to one millisecond before its last child. This is resolution, not skew:
 * it is recognised by its signature (every start a whole millisecond, some end not), and needs no tolerance on the edge.
 *
 * @returns microseconds to add to an instant before something earlier is compared with it
 */
export function resolutionUs(spans: readonly { startUs: number; endUs: number }[]): number {
  const coarseStarts = spans.every((span) => span.startUs % MILLISECOND_US === 0);
  const fineEnds = spans.some((span) => span.endUs % MILLISECOND_US !== 0);
  return coarseStarts && fineEnds ? MILLISECOND_US - 1 : 0;
}
