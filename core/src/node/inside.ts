import { isIp, isPrivateIp } from './host.ts';

/** Answers whether a host belongs to the tenant (ruling 22). Hosts come from `cleanHost`. */
export interface Inside {
  has(host: string): boolean;
  /**
   * Nothing but the name of a service says that this host is inside, and the name is one that a public host may have
   * (`api.mail.example`): a service may have been named after whom it calls (docs/adr/0095-named-like-a-public-host.md).
   */
  isOnlyNamed(host: string): boolean;
  /**
   * `{service}` that goes by this host name (`billing`, `billing.default.svc.cluster.local`), or null: also where services
   * of several namespaces would, for which of them it is nobody knows.
   */
  serviceOf(host: string): string | null;
}

const OWN_SUFFIXES = ['.local', '.internal', '.localhost', '.svc'];

/**
 * @param hosts the tenant's own list; `*.example.com` covers subdomains but not `example.com` itself
 * @param services `{service}` names seen in the tenant, with or without namespace
 */
export function insideHosts(hosts: readonly string[], services: readonly string[]): Inside {
  const exact = new Set<string>();
  const suffixes = [...OWN_SUFFIXES];
  for (const host of hosts) {
    const lower = host.trim().toLowerCase();
    if (lower.startsWith('*.')) suffixes.push(lower.slice(1));
    else exact.add(lower);
  }
  /** Null: several. A service whose whole name it is comes before those that have a namespace besides. */
  const byName = new Map<string, string | null>();
  for (const service of services) {
    const bare = service.slice(service.lastIndexOf('/') + 1).toLowerCase();
    byName.set(bare, byName.has(bare) ? null : service);
  }
  for (const service of services) byName.set(service.toLowerCase(), service);
  const ownName = (host: string) => exact.has(host) || suffixes.some((suffix) => host.endsWith(suffix));
  return {
    has(host) {
      if (isIp(host)) return isPrivateIp(host) || exact.has(host);
      return !host.includes('.') || ownName(host) || byName.has(host);
    },
    isOnlyNamed: (host) => host.includes('.') && !isIp(host) && !ownName(host) && byName.has(host),
    serviceOf(host) {
      const whole = byName.get(host) ?? null;
      if (whole !== null) return whole;
      const dot = host.indexOf('.');
      // `billing.example.org` is not our billing service: only inside names stand for a service by their first label.
      return dot > 0 && !isIp(host) && ownName(host) ? (byName.get(host.slice(0, dot)) ?? null) : null;
    },
  };
}
