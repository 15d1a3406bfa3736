/** Hosts as they appear in spans and connection strings: spelled one way, told apart from addresses. */

const HOST_CHARS_MAX = 253;
const NAME = /^[\p{L}\p{N}_](?:[\p{L}\p{N}._-]*[\p{L}\p{N}_])?$/u;
const SCHEME = /^[a-z][a-z0-9+.-]*$/i;
const IPV4 = /^(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)\.){3}(?:25[0-5]|2[0-4]\d|1?\d?\d)$/;
const IPV6 = /^[0-9a-f:]*:[0-9a-f:.]*$/;

/**
 * Lower case, without brackets, port, user info, zone or trailing dot.
 *
 * @returns '' when the text is no host: a path of a Unix socket, a sentence, an e-mail address
 */
export function cleanHost(text: string): string {
  let host = text.trim().toLowerCase();
  if (host.startsWith('[')) host = host.slice(1, host.indexOf(']') < 0 ? undefined : host.indexOf(']'));
  else if (host.indexOf(':') === host.lastIndexOf(':') && host.includes(':')) host = host.slice(0, host.indexOf(':'));
  // Only IPv6 has zones: before the `%` of another text may stand half an e-mail address (`jane%40example.com`).
  const zone = host.includes(':') ? host.indexOf('%') : -1;
  if (zone > 0) host = host.slice(0, zone);
  if (host.endsWith('.')) host = host.slice(0, -1);
  if (host.length > HOST_CHARS_MAX) return '';
  return NAME.test(host) || isIp(host) ? host : '';
}

/** Host and port of `host:port`, `[v6]:port` or `host`; port 0 when none is written. */
export function hostPort(text: string): { host: string; port: number } {
  const match = /:(\d{1,5})$/.exec(text.trim());
  const many = text.indexOf(':') !== text.lastIndexOf(':') && !text.trim().startsWith('[');
  return { host: cleanHost(text), port: match === null || many ? 0 : Number(match[1]) };
}

/** Authority of a URL, read without a parser that would throw or percent-decode: user info is cut off first. */
export function urlAuthority(url: string): { scheme: string; host: string; port: number } | null {
  const start = url.indexOf('://');
  if (start < 1 || start > 32 || !SCHEME.test(url.slice(0, start))) return null;
  const rest = url.slice(start + 3, start + 3 + 1024);
  const end = rest.search(/[/?#]/);
  const authority = end < 0 ? rest : rest.slice(0, end);
  // A connection string may list several hosts; the first one names the cluster, as OpenLineage does.
  const first = authority.slice(authority.lastIndexOf('@') + 1).split(',')[0] ?? '';
  const { host, port } = hostPort(first);
  return { scheme: url.slice(0, start).toLowerCase(), host, port };
}

export function isIp(host: string): boolean {
  return IPV4.test(host) || (host.includes(':') && IPV6.test(host));
}

/** Loopback, private, link-local, carrier-grade and unique-local ranges (RFC 1918, 3927, 6598, 4193, 4291). */
export function isPrivateIp(host: string): boolean {
  if (host.includes(':')) {
    if (host === '::1' || host === '::') return true;
    const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/.exec(host);
    if (mapped?.[1] !== undefined) return isPrivateIp(mapped[1]);
    return /^f[cd][0-9a-f]{2}:|^fe[89ab][0-9a-f]:/.test(host);
  }
  if (!IPV4.test(host)) return false;
  const [a = 0, b = 0] = host.split('.').map(Number);
  return (
    a === 10 ||
    a === 127 ||
    a === 0 ||
    (a === 172 && b >= 16 && b <= 31) ||
    (a === 192 && b === 168) ||
    (a === 169 && b === 254) ||
    (a === 100 && b >= 64 && b <= 127)
  );
}

/** `host` for a URL-like name: IPv6 gets its brackets. `-` when unknown. */
export function hostText(host: string): string {
  if (host === '') return '-';
  return host.includes(':') ? `[${host}]` : host;
}
