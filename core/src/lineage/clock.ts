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
  return lag <= (a === b ? bounds.withinServiceUs : bounds.betweenServicesUs) ? lag : null;
}

const MILLISECOND_US = 1_000;

/**
 * The last instant at which spans of one service in one trace may really have started, given when they say they did.
 *
 * Several SDKs, OpenTelemetry JS among them, take a span's start from a clock of whole milliseconds and its end from that
 * start plus a fine-grained duration. A call that starts right after a read has returned then seems to start up to one
 * millisecond before it. This is resolution, not skew: it is recognised by its signature (every start a whole
 * millisecond, some end not), and needs no tolerance on the edge.
 *
 * @returns microseconds to add to a start before it is compared with an end
 */
export function startResolutionUs(spans: readonly { startUs: number; endUs: number }[]): number {
  const coarseStarts = spans.every((span) => span.startUs % MILLISECOND_US === 0);
  const fineEnds = spans.some((span) => span.endUs % MILLISECOND_US !== 0);
  return coarseStarts && fineEnds ? MILLISECOND_US - 1 : 0;
}
