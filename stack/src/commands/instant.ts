import { VestigeError } from '@vestige/core/errors';

/**
 * A date, or an instant of RFC 3339, as milliseconds since the epoch.
 *
 * @throws VestigeError `bad_request` for anything else
 */
export function instantMs(text: string): number {
  const ms = /^\d{4}-\d{2}-\d{2}(T[\d:.]+(Z|[+-]\d{2}:\d{2}))?$/.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(ms)) throw new VestigeError('bad_request', 'An instant is written like 2026-11-23T00:00:00Z.');
  return ms;
}
