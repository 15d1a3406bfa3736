/**
 * Which hosts may be told whose data is being handled: exact names, and `*.svc.cluster.local` for every name below
 * one (not the name itself). There is no pattern for "begins with", because `api.internal*` would trust
 * `api.internal.attacker.example`.
 *
 * @returns a test that ignores case, a trailing dot and the brackets of an IPv6 address
 */
export function trustHosts(patterns: readonly string[]): (host: string) => boolean {
  const folded = patterns.map(foldHost);
  const exact = new Set(folded.filter((pattern) => !pattern.startsWith('*.')));
  const suffixes = folded.filter((pattern) => pattern.startsWith('*.')).map((pattern) => pattern.slice(1));
  return (host) => {
    const name = foldHost(host);
    if (name === '') return false;
    return exact.has(name) || suffixes.some((suffix) => name.length > suffix.length && name.endsWith(suffix));
  };
}

/** Why a host pattern would trust more than anybody means to, or null. */
export function hostPatternFault(pattern: string): string | null {
  if (pattern.indexOf('*', 1) > 0 || (pattern.startsWith('*') && !/^\*\.[^*.]+\../.test(pattern))) {
    return 'a host is a name, or *. and a domain of two parts or more';
  }
  if (pattern.includes('/')) return 'a host is a name without scheme or path';
  return null;
}

/** Which queues and topics: exact names, and `support.*` for every name that begins so. Names keep their case. */
export function trustDestinations(patterns: readonly string[]): (name: string) => boolean {
  const exact = new Set(patterns.filter((pattern) => !pattern.endsWith('*')));
  const prefixes = patterns.filter((pattern) => pattern.endsWith('*')).map((pattern) => pattern.slice(0, -1));
  return (name) => exact.has(name) || prefixes.some((prefix) => name.startsWith(prefix));
}

function foldHost(host: string): string {
  const lower = host.trim().toLowerCase();
  const bare = lower.startsWith('[') && lower.endsWith(']') ? lower.slice(1, -1) : lower;
  return bare.endsWith('.') ? bare.slice(0, -1) : bare;
}
