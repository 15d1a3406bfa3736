/** A subject, which is one identifier under one key, and the keys that its tokens were made under. */
export interface SeenUnder {
  readonly subjectId: string;
  readonly kid: string;
}

/**
 * The keys that each identifier of a person is known under. Under any other one it has a token that nobody can tell from a
 * stranger's, but whoever knows the identifier.
 *
 * @param seen of one person
 * @param sameIdentifier pairs of subjects that are one identifier under two keys
 */
export function keysByIdentifier(
  seen: readonly SeenUnder[],
  sameIdentifier: readonly (readonly [string, string])[],
): ReadonlySet<string>[] {
  const identifiers = new Map(seen.map(({ subjectId }) => [subjectId, new Set([subjectId])]));
  for (const [a, b] of sameIdentifier) {
    const [some, others] = [identifiers.get(a), identifiers.get(b)];
    if (some === undefined || others === undefined || some === others) continue;
    for (const subjectId of others) {
      some.add(subjectId);
      identifiers.set(subjectId, some);
    }
  }
  return [...new Set(identifiers.values())].map(
    (subjects) => new Set(seen.flatMap(({ subjectId, kid }) => (subjects.has(subjectId) ? [kid] : []))),
  );
}

/** Whether what was made under these keys would name every identifier of the person by a token that is known. */
export function isTellingOf(identifiers: readonly ReadonlySet<string>[], kids: readonly string[]): boolean {
  return kids.every((kid) => identifiers.every((known) => known.has(kid)));
}
