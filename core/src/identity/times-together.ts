/** One change of who is one person. Proposals are none: they join nobody. */
export interface JoinEvent {
  readonly subjectIds: readonly [string, string];
  readonly action: 'link' | 'unlink';
  /** RFC 3339 UTC. */
  readonly at: string;
}

export interface TogetherWith {
  readonly subjectId: string;
  /** Inclusive. */
  readonly from: string;
  /** Exclusive. */
  readonly to: string;
}

/**
 * Who was one person with these subjects for a while and is not any more, and when.
 *
 * @param members who is one person now
 * @param events oldest first
 */
export function timesTogether(members: readonly string[], events: readonly JoinEvent[]): TogetherWith[] {
  const own = new Set(members);
  const joined = new Map<string, readonly [string, string]>();
  const since = new Map<string, string>();
  const times: TogetherWith[] = [];
  for (const { subjectIds, action, at } of events) {
    const key = subjectIds.toSorted().join(' ');
    if (action === 'link') joined.set(key, subjectIds);
    else joined.delete(key);
    const now = reachable(own, [...joined.values()]);
    for (const subjectId of now) if (!own.has(subjectId) && !since.has(subjectId)) since.set(subjectId, at);
    for (const [subjectId, from] of since) {
      if (now.has(subjectId)) continue;
      since.delete(subjectId);
      times.push({ subjectId, from, to: at });
    }
  }
  return times;
}

function reachable(start: ReadonlySet<string>, links: readonly (readonly [string, string])[]): Set<string> {
  const found = new Set(start);
  for (let before = -1; before < found.size; ) {
    before = found.size;
    for (const [a, b] of links) {
      if (found.has(a)) found.add(b);
      else if (found.has(b)) found.add(a);
    }
  }
  return found;
}
