import { setTimeout as sleep } from 'node:timers/promises';
import { VestigeError } from '@vestige/core/errors';
import type { TenantId } from '@vestige/core/ids';
import { CANARY_SERVICE } from '@vestige/core/lineage/completeness';
import { RULE_SET } from '@vestige/core/recognise/rule-set';
import type { ClickHouse } from '../clickhouse/client.ts';
import { DAY_BY_DAY } from './day-by-day.ts';

/** One column of a tenant's spans, up to the first that is older. No rule ever reads our own canary. */
const olderIn = (spans: string) => `
SELECT 1 AS older
FROM ${spans}
WHERE tenant = {tenant: UInt32} AND rule_set < {ruleSet: UInt16} AND service != {canary: String}
LIMIT 1`;

/** A span that was read again lies beside its older reading until they are merged. */
const ANY_ROW = { name: 'rows of older rules', sql: olderIn('spans') };
const ANY_SPAN = {
  name: 'spans of older rules',
  sql: olderIn('spans FINAL'),
  settings: { ...DAY_BY_DAY, max_threads: 1, max_execution_time: 120, cancel_http_readonly_queries_on_client_close: 1 },
} as const;

/** Collectors of an older version may go on for a while after an upgrade, and `vestige reclassify` ends some time. */
const KEPT_MS = 600_000;
/** A look that takes long is not repeated before so many times as long. */
const KEPT_TIMES = 30;
/** No answer waits longer for a look; on a machine that is busy with everything else the quick one takes seconds, too. */
const WAIT_MS = 5_000;

interface Looked {
  readonly lie: boolean;
  readonly keptUntilMs: number;
}

/**
 * Whether spans lie here that the rules of an older version have read (docs/adr/0099-names-of-an-older-version.md): an answer
 * that starts from a name of today may not meet them. Looked for once in ten minutes for each tenant, not with each answer.
 */
export class OlderReadings {
  readonly #clickhouse: ClickHouse;
  readonly #nowMs: () => number;
  readonly #looked = new Map<TenantId, Looked>();
  readonly #looking = new Map<TenantId, Promise<Looked>>();
  readonly #stopping = new AbortController();

  constructor(clickhouse: ClickHouse, nowMs: () => number) {
    this.#clickhouse = clickhouse;
    this.#nowMs = nowMs;
  }

  /**
   * What was found last while a look takes long, and true where nobody has found out yet.
   *
   * @throws VestigeError `store_unavailable` when the look fails while it is waited for
   */
  async lie(tenant: TenantId): Promise<boolean> {
    const known = this.#looked.get(tenant);
    if (known !== undefined && known.keptUntilMs > this.#nowMs()) return known.lie;
    const tooLate = new AbortController();
    const waited = sleep(WAIT_MS, null, { signal: tooLate.signal }).catch(() => null);
    const looking = this.#looking.get(tenant) ?? this.#begin(tenant);
    const looked = await Promise.race([looking, waited]).finally(() => tooLate.abort());
    return (looked ?? known)?.lie ?? true;
  }

  /** Gives up what is being looked for. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await Promise.allSettled(this.#looking.values());
  }

  #begin(tenant: TenantId): Promise<Looked> {
    const looking = this.#look(tenant).finally(() => this.#looking.delete(tenant));
    // Where nobody waits any more, whoever asks next looks once more.
    looking.catch(() => undefined);
    this.#looking.set(tenant, looking);
    return looking;
  }

  async #look(tenant: TenantId): Promise<Looked> {
    const sinceMs = this.#nowMs();
    const lie = (await this.#finds(ANY_ROW, tenant)) && (await this.#finds(ANY_SPAN, tenant));
    const untilMs = this.#nowMs();
    const looked = { lie, keptUntilMs: untilMs + Math.max(KEPT_MS, (untilMs - sinceMs) * KEPT_TIMES) };
    this.#looked.set(tenant, looked);
    return looked;
  }

  async #finds(statement: typeof ANY_ROW | typeof ANY_SPAN, tenant: TenantId): Promise<boolean> {
    const { signal } = this.#stopping;
    // The driver looks at a signal from the call on, not at what happened before.
    if (signal.aborted)
      throw new VestigeError('store_unavailable', 'nothing is looked for any more: the process stops');
    const params = { tenant, ruleSet: RULE_SET, canary: `service:${CANARY_SERVICE}` };
    return (await this.#clickhouse.rows(tenant, statement, params, signal)).length > 0;
  }
}
