const DAY_MS = 86_400_000;
const DATE = /^(\d{4})-(\d{2})-(\d{2})$/;
const INSTANT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?(?:Z|[+-]\d{2}:\d{2})$/;

/**
 * `vestige.retention.until` as the exclusive end in milliseconds since the epoch (ruling 15): a date holds to the end of
 * that day UTC, a timestamp is taken as it is.
 *
 * @returns 0 when the text is neither
 */
export function retentionEndMs(text: string): number {
  const date = DATE.exec(text);
  if (date !== null) {
    const [year = 0, month = 0, day = 0] = date.slice(1).map(Number);
    const startMs = Date.UTC(year, month - 1, day);
    const isReal = new Date(startMs).getUTCDate() === day && month >= 1 && month <= 12;
    return isReal ? startMs + DAY_MS : 0;
  }
  if (!INSTANT.test(text)) return 0;
  const instantMs = Date.parse(text);
  return Number.isFinite(instantMs) && instantMs > 0 ? instantMs : 0;
}
