/** What servers hold of people, and since when there are people. Received, not happened: a late span counts as new. */
export interface Reach {
  /** When what each server has held longest was received; null for one that holds nothing. */
  readonly servers: readonly (Date | null)[];
  /** When the first of those was seen of whom something should still be there; null when there are none. */
  readonly firstSeen: Date | null;
  /** Period after which rows leave; null where none is stated. */
  readonly limitDays: number | null;
  readonly now: Date;
}

/**
 * Rows leave with their month, and a server with few people may not have heard of anybody for a while: how much later than
 * the others one may begin.
 */
const SLACK_DAYS = 31;
const DAY_MS = 86_400_000;

/**
 * Whether every server still holds what came in as long ago as rows are kept, or as anybody has been known. One that does
 * not was lost and made anew, and may be restored: that nothing of a person is found says nothing until then. The worst a
 * `false` does is that people stay too long, and at the latest a server reaches back again after the period.
 */
export function reachesBack({ servers, firstSeen, limitDays, now }: Reach): boolean {
  const held = servers.flatMap((since) => (since === null ? [] : [since.getTime()]));
  if (held.length === 0 || held.length < servers.length) return false;
  const known = Math.min(...held, firstSeen?.getTime() ?? Number.POSITIVE_INFINITY);
  const kept = limitDays === null ? Number.NEGATIVE_INFINITY : now.getTime() - limitDays * DAY_MS;
  const dueMs = Math.max(known, kept) + SLACK_DAYS * DAY_MS;
  return held.every((sinceMs) => sinceMs <= dueMs);
}
