/**
 * Whether a version satisfies an npm range, for the ranges instrumentations declare: comparators, `^`, `~`, `x`, `*`,
 * hyphens and `||`. Pre-releases count as their release, which errs on the side of "supported".
 *
 * @returns null for a range that cannot be read
 */
export function satisfies(version: string, range: string): boolean | null {
  const own = parse(version);
  if (own === null) return null;
  let unreadable = false;
  for (const alternative of range.split('||')) {
    const comparators = expand(alternative.trim());
    if (comparators === null) unreadable = true;
    else if (comparators.every(({ operator, bound }) => holds(compare(own, bound), operator))) return true;
  }
  return unreadable ? null : false;
}

type Version = readonly [number, number, number];
type Operator = '>=' | '<' | '>' | '<=';
interface Comparator {
  readonly operator: Operator;
  readonly bound: Version;
}

function expand(alternative: string): Comparator[] | null {
  const hyphen = /^(\S+)\s+-\s+(\S+)$/.exec(alternative);
  const text = hyphen ? `>=${hyphen[1]} <=${hyphen[2]}` : alternative.replace(/([<>=~^])\s+/g, '$1');
  const comparators: Comparator[] = [];
  for (const part of text.split(/\s+/).filter((word) => word !== '' && word !== '*' && word !== 'x')) {
    const found = /^(>=|<=|>|<|=|\^|~)?v?(\d+)(?:\.(\d+|[x*]))?(?:\.(\d+|[x*]))?(?:[-+][\w.+-]*)?$/.exec(part);
    if (!found) return null;
    const [, operator = '=', major = '0', minor, patch] = found;
    comparators.push(...boundsOf(operator, Number(major), numberOf(minor), numberOf(patch)));
  }
  return comparators;
}

function boundsOf(operator: string, major: number, minor: number | null, patch: number | null): Comparator[] {
  const low: Version = [major, minor ?? 0, patch ?? 0];
  const between = (bound: Version): Comparator[] => [
    { operator: '>=', bound: low },
    { operator: '<', bound },
  ];
  const next: Version =
    minor === null ? [major + 1, 0, 0] : patch === null ? [major, minor + 1, 0] : [major, minor, patch + 1];
  switch (operator) {
    case '>=':
    case '<':
      return [{ operator, bound: low }];
    case '>':
      return [patch === null ? { operator: '>=', bound: next } : { operator: '>', bound: low }];
    case '<=':
      return [patch === null ? { operator: '<', bound: next } : { operator: '<=', bound: low }];
    case '^':
      if (major > 0 || minor === null) return between([major + 1, 0, 0]);
      return between(minor > 0 || patch === null ? [0, minor + 1, 0] : [0, 0, patch + 1]);
    case '~':
      return between(minor === null ? [major + 1, 0, 0] : [major, minor + 1, 0]);
    default:
      return between(next);
  }
}

function numberOf(part: string | undefined): number | null {
  return part === undefined || part === 'x' || part === '*' ? null : Number(part);
}

function parse(version: string): Version | null {
  const found = /^v?(\d+)\.(\d+)\.(\d+)/.exec(version);
  return found ? [Number(found[1]), Number(found[2]), Number(found[3])] : null;
}

function compare(a: Version, b: Version): number {
  return a[0] - b[0] || a[1] - b[1] || a[2] - b[2];
}

function holds(order: number, operator: Operator): boolean {
  switch (operator) {
    case '>=':
      return order >= 0;
    case '<=':
      return order <= 0;
    case '>':
      return order > 0;
    case '<':
      return order < 0;
  }
}
