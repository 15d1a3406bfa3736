import dns from 'node:dns';

/**
 * Leads the names of the invented outside companies to this machine, so that spans carry real-looking hosts and the
 * propagator and the lineage treat them as the strangers they are. Everything else resolves as always.
 */
export function leadToLoopback(hosts: readonly string[]): void {
  const wanted = new Set(hosts);
  const lookup = dns.lookup;
  const patched = (hostname: string, ...rest: unknown[]) => {
    const target = wanted.has(hostname) ? '127.0.0.1' : hostname;
    return (lookup as (name: string, ...args: unknown[]) => void)(target, ...rest);
  };
  // The function carries a promisified form as a property, which must not be lost.
  dns.lookup = Object.assign(patched, lookup) as unknown as typeof dns.lookup;
}
