import type { TenantStore } from '@vestige/store/control/tenant-store';
import type { KeyCheck } from './key-check.ts';
import type { TenantQuotas } from './tenant-quotas.ts';

export interface ControlWatchOptions {
  readonly tenants: Pick<TenantStore, 'quotas'>;
  readonly keys: Pick<KeyCheck, 'refresh'>;
  readonly quotas: Pick<TenantQuotas, 'replace'>;
  readonly pollMs: number;
}

/**
 * Asks Postgres, again and again, what changed about who may send and how much. Two small questions whatever the load;
 * LISTEN would need a connection of its own, which a pool in front of Postgres may not give, and would still have to ask
 * after each reconnect.
 */
export class ControlWatch {
  readonly #options: ControlWatchOptions;
  #timer: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(options: ControlWatchOptions) {
    this.#options = options;
  }

  start(): void {
    this.#next();
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
  }

  #next(): void {
    if (this.#closed) return;
    this.#timer = setTimeout(async () => {
      await this.refresh();
      this.#next();
    }, this.#options.pollMs);
  }

  /** Never rejects: while Postgres is away quotas stay as they were; that it is away, the keys tell. */
  async refresh(): Promise<void> {
    const { tenants, quotas, keys } = this.#options;
    await Promise.all([
      keys.refresh(),
      tenants
        .quotas()
        .then((own) => quotas.replace(own))
        .catch(() => {}),
    ]);
  }
}
