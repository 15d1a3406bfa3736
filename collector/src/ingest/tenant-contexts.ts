import type { SubjectKeyring } from '@vestige/core/identity/keyring';
import type { TenantId } from '@vestige/core/ids';
import { type ReadContext, readContext } from '@vestige/core/recognise/read-context';
import type { RegistryStore } from '@vestige/store/control/registry-store';
import type { Tenant } from '@vestige/store/control/tenant-store';
import type { EventStore } from '@vestige/store/events/event-store';

/** How old a tenant's hosts and aliases may be; a change in the registry is read after it. */
const FRESH_MS = 10_000;
/** Services of this long ago are asked for once, when the tenant is first heard of. */
const SERVICES_BACK_MS = 86_400_000;
const SERVICES_MAX = 10_000;
const TENANTS_MAX = 1000;
/** An unknown part of a name (ruling 17). */
const UNNAMED = '-';

export interface TenantContextsOptions {
  readonly registry: Pick<RegistryStore, 'internalHosts' | 'nodeAliases'>;
  readonly events: Pick<EventStore, 'watermarks'>;
  /** Keys the operator gave this process; a tenant without one has its raw identifiers dropped instead of tokenised. */
  readonly keyring: SubjectKeyring | null;
  readonly nowMs: () => number;
}

interface Entry {
  readonly context: ReadContext;
  readonly services: Set<string>;
  /** Services when the context was compiled. */
  readonly servicesKnown: number;
  readonly atMs: number;
}

/** What reading a span needs to know about its tenant, compiled and kept for a while. */
export class TenantContexts {
  readonly #options: TenantContextsOptions;
  readonly #entries = new Map<TenantId, Entry>();

  constructor(options: TenantContextsOptions) {
    this.#options = options;
  }

  /** @throws VestigeError `store_unavailable` when a tenant's facts cannot be read and none are known */
  async of(tenant: Tenant): Promise<ReadContext> {
    const known = this.#entries.get(tenant.id);
    const isFresh = known !== undefined && this.#options.nowMs() - known.atMs < FRESH_MS;
    if (isFresh && known.services.size === known.servicesKnown) return known.context;
    const services = known?.services ?? (await this.#servicesOf(tenant.id));
    const [hosts, aliases] = await Promise.all([
      this.#options.registry.internalHosts(tenant.id),
      this.#options.registry.nodeAliases(tenant.id),
    ]);
    const context = readContext({ hosts, aliases, services: [...services], ...this.#secrets(tenant.name) });
    this.#entries.delete(tenant.id);
    this.#entries.set(tenant.id, { context, services, servicesKnown: services.size, atMs: this.#options.nowMs() });
    const oldest = this.#entries.size > TENANTS_MAX ? this.#entries.keys().next().value : undefined;
    if (oldest !== undefined) this.#entries.delete(oldest);
    return context;
  }

  /** A service that sends spans is the tenant's own, and so is its host name (ruling 22); counts from the next request. */
  sawService(tenant: TenantId, service: string): void {
    if (service === UNNAMED) return;
    const services = this.#entries.get(tenant)?.services;
    if (services !== undefined && services.size < SERVICES_MAX) services.add(service);
  }

  async #servicesOf(tenant: TenantId): Promise<Set<string>> {
    const fromUs = (this.#options.nowMs() - SERVICES_BACK_MS) * 1000;
    const watermarks = await this.#options.events.watermarks(tenant, { fromUs, toUs: null });
    return new Set(watermarks.map(({ service }) => service));
  }

  #secrets(tenantName: string): Partial<Pick<ReadContext, 'recordRefs' | 'tokenFor'>> {
    const { keyring } = this.#options;
    if (!keyring?.has(tenantName)) return {};
    return {
      recordRefs: (node, recordKey) => keyring.recordRefsFor(tenantName, node, recordKey),
      tokenFor: (type, value) => tokenOrNull(() => keyring.tokensFor(tenantName, type, value)),
    };
  }
}

function tokenOrNull(tokens: () => readonly string[]): string | null {
  try {
    return tokens()[0] ?? null;
  } catch {
    // No identifier of that type: `user.email` holds whatever the application put there.
    return null;
  }
}
