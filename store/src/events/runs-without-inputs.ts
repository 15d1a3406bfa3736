import { setTimeout as sleep } from 'node:timers/promises';
import type { TenantId } from '@vestige/core/ids';
import type { ClickHouse } from '../clickhouse/client.ts';
import type { Window } from './event-store.ts';

/**
 * Runs that say what they filled and not from what: nobody knows whose data they brought there. What only empties or
 * removes a dataset brings nothing. Of all the runs that a tenant keeps, because the events of one may be days apart; in
 * the order in which they lie, so that memory does not grow with them.
 */
const RUNS_WITHOUT_INPUTS = `
SELECT first, last, count() AS runs
FROM (
  SELECT toUInt32(toDate(min(at))) AS first, toUInt32(toDate(max(at))) AS last
  FROM run_datasets
  WHERE tenant = {tenant: UInt32} AND of = 'run'
  GROUP BY tenant, run_id, job
  HAVING countIf(side = 'output' AND lifecycle NOT IN ('drop', 'truncate')) > 0
    AND countIf(side = 'input' OR renamed_from != '') = 0
)
GROUP BY first, last`;
const SETTINGS = { optimize_aggregation_in_order: 1, max_execution_time: 120, max_threads: 1 } as const;

/** As many runs have their first and their last event on these days, in days since the epoch. */
interface OfDays {
  readonly first: number;
  readonly last: number;
  readonly runs: number;
}

interface Counted {
  readonly rows: readonly OfDays[];
  /** When counting began, and until when nobody counts again. */
  readonly atMs: number;
  readonly keptUntilMs: number;
}

export interface RunsCount {
  /** Runs with an event on a day of the window, or between two such; null while nobody has counted. */
  readonly runs: number | null;
  /** When they were counted, where that was not now. */
  readonly asOfMs: number | null;
}

/** An answer waits for the count so long; a count that takes longer is taken behind its back (ADR 0074). */
const WAIT_MS = 250;
/** What takes long is remembered so many times as long as it took. */
const KEPT_TIMES = 30;
const DAY_US = 86_400_000_000;

/**
 * Counts batch runs without inputs, one statement a tenant at a time: for nearly everybody it is quick, and then every
 * answer has the count of now. A tenant with millions of runs has one that says when it was taken.
 */
export class RunsWithoutInputs {
  readonly #clickhouse: ClickHouse;
  readonly #nowMs: () => number;
  readonly #waitMs: number;
  readonly #counted = new Map<TenantId, Counted>();
  readonly #counting = new Map<TenantId, Promise<Counted>>();

  constructor(clickhouse: ClickHouse, nowMs: () => number, waitMs = WAIT_MS) {
    this.#clickhouse = clickhouse;
    this.#nowMs = nowMs;
    this.#waitMs = waitMs;
  }

  /** @throws VestigeError `store_unavailable` when the count fails while it is waited for */
  async count(tenant: TenantId, window: Window): Promise<RunsCount> {
    const known = this.#counted.get(tenant);
    if (known === undefined || known.keptUntilMs <= this.#nowMs()) {
      const tooLate = new AbortController();
      const counting = this.#counting.get(tenant) ?? this.#begin(tenant);
      const waited = sleep(this.#waitMs, null, { signal: tooLate.signal }).catch(() => null);
      const counted = await Promise.race([counting, waited]).finally(() => tooLate.abort());
      if (counted !== null) return { runs: runsIn(counted.rows, window), asOfMs: null };
    }
    return known === undefined
      ? { runs: null, asOfMs: null }
      : { runs: runsIn(known.rows, window), asOfMs: known.atMs };
  }

  /** Resolves when nothing is counted any more. */
  async stop(): Promise<void> {
    await Promise.allSettled(this.#counting.values());
  }

  #begin(tenant: TenantId): Promise<Counted> {
    const counting = this.#count(tenant).finally(() => this.#counting.delete(tenant));
    // Where nobody waits any more, whoever asks next begins again.
    counting.catch(() => undefined);
    this.#counting.set(tenant, counting);
    return counting;
  }

  async #count(tenant: TenantId): Promise<Counted> {
    const atMs = this.#nowMs();
    const rows = await this.#clickhouse.rows<OfDays>(
      tenant,
      { name: 'runs without inputs', sql: RUNS_WITHOUT_INPUTS, settings: SETTINGS },
      { tenant },
    );
    const tookMs = this.#nowMs() - atMs;
    const counted = { rows, atMs, keptUntilMs: tookMs < this.#waitMs ? atMs : atMs + tookMs * KEPT_TIMES };
    this.#counted.set(tenant, counted);
    return counted;
  }
}

function runsIn(rows: readonly OfDays[], { fromUs, toUs }: Window): number {
  const [from, to] = [(fromUs ?? 0) / DAY_US, toUs === null ? Number.POSITIVE_INFINITY : toUs / DAY_US];
  return rows.reduce((sum, { first, last, runs }) => (first < to && last + 1 > from ? sum + runs : sum), 0);
}
