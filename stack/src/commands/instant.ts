import { VestigeError } from '@vestige/core/errors';

/**
 * A date, or an instant of RFC 3339, as milliseconds since the epoch.
 *
 * @throws VestigeError `bad_request` for anything else
 */
export function instantMs(text: string): number {
  const ms = /^\d{4}-\d{2}-\d{2}(T[\d:.]+(Z|[+-]\d{2}:\d{2}))?$/.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(ms))
    throw new VestigeError('bad_request', 'An instant is written like 2026-11-23 or 2026-11-23T14:30:00Z.');
  return ms;
}

/** The same as RFC 3339 in UTC, as the API takes it. A date is its first instant. */
export const instantOf = (text: string): string => new Date(instantMs(text)).toISOString();
