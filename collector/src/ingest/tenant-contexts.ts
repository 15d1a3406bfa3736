import { setTimeout as sleep } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import type { SubjectKeyring } from '@vestige/core/identity/keyring';
import type { TenantId } from '@vestige/core/ids';
import { plainFactsOf, type ReadContext, readContext } from '@vestige/core/recognise/read-context';
import type { RegistryStore } from '@vestige/store/control/registry-store';
import type { Tenant } from '@vestige/store/control/tenant-store';
import type { EventStore } from '@vestige/store/events/event-store';
import { contextSecrets } from './context-secrets.ts';

/** How old a tenant's hosts and aliases may be; a change in the registry is read after it. */
const FRESH_MS = 10_000;
/** A database that is slower than this is not waited for while something is known that is only older. */
const REFRESH_MS = 500;
/** After a failed refresh what is known is used for this long without asking again. */
const RETRY_MS = 1_000;
/** ClickHouse is waited for this long for the services of former days. */
const HISTORY_MS = 2_000;
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
  /** Wall clock. */
  readonly nowMs: () => number;
  readonly monotonicMs: () => number;
}

interface Entry {
  readonly context: ReadContext;
  readonly services: Set<string>;
  /** Services when the context was compiled. */
  readonly servicesKnown: number;
  /** Whether the services of former days are among them. */
  readonly knowsPast: boolean;
  /** Fresh until then. */
  readonly untilMs: number;
}

/** What reading a span needs to know about its tenant, compiled and kept for a while. */
export class TenantContexts {
  readonly #options: TenantContextsOptions;
  readonly #entries = new Map<TenantId, Entry>();
  readonly #refreshing = new Map<TenantId, Promise<ReadContext>>();

  constructor(options: TenantContextsOptions) {
    this.#options = options;
  }

  /**
   * While the databases are away what is known of a tenant is used, however old it is.
   *
   * @throws VestigeError `store_unavailable` when a tenant's facts cannot be read and none are known
   */
  async of(tenant: Tenant): Promise<ReadContext> {
    const known = this.#entries.get(tenant.id);
    const isFresh = known !== undefined && this.#options.monotonicMs() < known.untilMs;
    if (isFresh && known.services.size === known.servicesKnown) return known.context;
    const refreshed = this.#refresh(tenant, known ?? null);
    if (known === undefined) return refreshed;
    const inTime = await Promise.race([refreshed.catch(() => null), sleep(REFRESH_MS, null, { ref: false })]);
    if (inTime !== null) return inTime;
    const untilMs = this.#options.monotonicMs() + RETRY_MS;
    this.#keep(tenant.id, { ...known, servicesKnown: known.services.size, untilMs });
    return known.context;
  }

  /** One question at a time for each tenant, however many requests wait for its answer. */
  #refresh(tenant: Tenant, known: Entry | null): Promise<ReadContext> {
    const asked = this.#refreshing.get(tenant.id);
    if (asked !== undefined) return asked;
    const asking = this.#read(tenant, known).finally(() => this.#refreshing.delete(tenant.id));
    this.#refreshing.set(tenant.id, asking);
    return asking;
  }

  async #read(tenant: Tenant, known: Entry | null): Promise<ReadContext> {
    const services = known?.services ?? new Set<string>();
    const knowsPast = known?.knowsPast === true || (await this.#addFormerServices(tenant.id, services));
    const [hosts, aliases] = await Promise.all([
      this.#options.registry.internalHosts(tenant.id),
      this.#options.registry.nodeAliases(tenant.id),
    ]);
    const servicesKnown = services.size;
    const facts = { hosts, aliases, services: [...services] };
    // The same context as long as it says the same: what the encoder has learned under it goes with it.
    const isSame = known !== null && isDeepStrictEqual(plainFactsOf(known.context), facts);
    const context = isSame
      ? known.context
      : readContext({ ...facts, ...contextSecrets(this.#options.keyring, tenant.name) });
    const untilMs = this.#options.monotonicMs() + (knowsPast ? FRESH_MS : RETRY_MS);
    this.#keep(tenant.id, { context, services, servicesKnown, knowsPast, untilMs });
    return context;
  }

  #keep(tenant: TenantId, entry: Entry): void {
    this.#entries.delete(tenant);
    this.#entries.set(tenant, entry);
    const oldest = this.#entries.size > TENANTS_MAX ? this.#entries.keys().next().value : undefined;
    if (oldest !== undefined) this.#entries.delete(oldest);
  }

  /** A service that sends spans is the tenant's own, and so is its host name (ruling 22); counts from the next request. */
  sawService(tenant: TenantId, service: string): void {
    if (service === UNNAMED) return;
    const services = this.#entries.get(tenant)?.services;
    if (services !== undefined && services.size < SERVICES_MAX) services.add(service);
  }

  /** False without ClickHouse: spans are read all the same, for few services have a name that says what a host is. */
  async #addFormerServices(tenant: TenantId, services: Set<string>): Promise<boolean> {
    const fromUs = (this.#options.nowMs() - SERVICES_BACK_MS) * 1000;
    const asked = this.#options.events.watermarks(tenant, { fromUs, toUs: null }).catch(() => null);
    const watermarks = await Promise.race([asked, sleep(HISTORY_MS, null, { ref: false })]);
    for (const { service } of watermarks ?? []) services.add(service);
    return watermarks !== null;
  }
}
