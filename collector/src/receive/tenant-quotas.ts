import { VestigeError } from '@vestige/core/errors';
import type { TenantId } from '@vestige/core/ids';
import type { TenantQuota } from '@vestige/store/control/tenant-store';
import { DebtBucket } from './debt-bucket.ts';

/** For tenants without a quota of their own; 0 is no limit. */
export interface QuotaDefaults {
  readonly spansPerS: number;
  readonly bytesPerS: number;
  /** What a tenant did not use of the last so many seconds it may use at once. */
  readonly burstS: number;
}

type Kind = 'spans' | 'bytes';
interface Account {
  readonly limits: Readonly<Record<Kind, number>>;
  readonly buckets: ReadonlyMap<Kind, DebtBucket>;
}

/**
 * What each tenant may send on average. A request is let in while its tenant is not in debt, and charged with what it
 * turned out to hold; so nothing is decoded twice to find out (docs/adr/0036-keys-quotas-and-fairness.md). The quota is
 * one collector's: behind a balancer each one counts for itself.
 */
export class TenantQuotas {
  readonly #defaults: QuotaDefaults;
  readonly #nowMs: () => number;
  readonly #accounts = new Map<TenantId, Account>();
  #own: ReadonlyMap<TenantId, TenantQuota> = new Map();

  /** @param nowMs monotonic */
  constructor(defaults: QuotaDefaults, nowMs: () => number) {
    this.#defaults = defaults;
    this.#nowMs = nowMs;
  }

  /** From now on these tenants have quotas of their own, and no others do. Who is in debt and keeps its rate stays so. */
  replace(own: ReadonlyMap<TenantId, TenantQuota>): void {
    this.#own = own;
  }

  /** @throws VestigeError `rate_limited`, with the time until there is room as `retryAfterMs` */
  admit(tenant: TenantId): void {
    const { buckets } = this.#accountOf(tenant);
    for (const [kind, bucket] of buckets) {
      const retryAfterMs = bucket.waitMs(this.#nowMs());
      if (retryAfterMs > 0) {
        throw new VestigeError('rate_limited', `the tenant has used up its quota of ${kind}`, { retryAfterMs });
      }
    }
  }

  charge(tenant: TenantId, kind: Kind, amount: number): void {
    this.#accountOf(tenant).buckets.get(kind)?.charge(amount, this.#nowMs());
  }

  #accountOf(tenant: TenantId): Account {
    const own = this.#own.get(tenant);
    const limits = {
      spans: own?.spansPerS ?? this.#defaults.spansPerS,
      bytes: own?.bytesPerS ?? this.#defaults.bytesPerS,
    };
    const known = this.#accounts.get(tenant);
    if (known?.limits.spans === limits.spans && known.limits.bytes === limits.bytes) return known;
    const buckets = new Map<Kind, DebtBucket>();
    for (const kind of ['spans', 'bytes'] as const) {
      const kept = known?.limits[kind] === limits[kind] ? known.buckets.get(kind) : undefined;
      if (limits[kind] > 0) {
        buckets.set(kind, kept ?? new DebtBucket(limits[kind], this.#defaults.burstS, this.#nowMs()));
      }
    }
    const account = { limits, buckets };
    this.#accounts.set(tenant, account);
    return account;
  }
}
