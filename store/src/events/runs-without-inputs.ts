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
SELECT first, last, countIf(sourceless) AS runs, sum(told) AS rows
FROM (
  SELECT
    toUInt32(toDate(min(at))) AS first,
    toUInt32(toDate(max(at))) AS last,
    countIf(side = 'output' AND lifecycle NOT IN ('drop', 'truncate')) > 0
      AND countIf(side = 'input' OR renamed_from != '') = 0 AS sourceless,
    count() AS told
  FROM run_datasets
  WHERE tenant = {tenant: UInt32} AND of = 'run'
  GROUP BY tenant, run_id, job
)
GROUP BY first, last`;
const SETTINGS = { optimize_aggregation_in_order: 1, max_execution_time: 120, max_threads: 1 } as const;

/** As many runs have their first and their last event on these days, in days since the epoch. */
interface OfDays {
  readonly first: number;
  readonly last: number;
  readonly runs: number;
  /** What all runs of these days have told, those with inputs among them. */
  readonly rows: number;
}

interface Counted {
  readonly days: readonly OfDays[];
  readonly isQuick: boolean;
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

/** Read within some tens of milliseconds, beside the path itself: every answer counts them itself. */
const QUICK_ROWS_MAX = 300_000;
/** What is more is counted behind the back of answers (ADR 0074), and remembered so many times as long as it took. */
const KEPT_TIMES = 30;
/** Whoever asks first, when nobody knows yet how much it is, waits no longer. */
const WAIT_MS = 5_000;
const DAY_US = 86_400_000_000;

/**
 * Counts batch runs without inputs, one statement a tenant at a time: for nearly everybody it is quick, and then every
 * answer has the count of now. A tenant with hundreds of thousands of runs has one that says when it was taken.
 */
export class RunsWithoutInputs {
  readonly #clickhouse: ClickHouse;
  readonly #nowMs: () => number;
  readonly #quickRowsMax: number;
  readonly #waitMs: number;
  readonly #counted = new Map<TenantId, Counted>();
  readonly #counting = new Map<TenantId, Promise<Counted>>();

  constructor(
    clickhouse: ClickHouse,
    nowMs: () => number,
    { quickRowsMax = QUICK_ROWS_MAX, waitMs = WAIT_MS }: { quickRowsMax?: number; waitMs?: number } = {},
  ) {
    this.#clickhouse = clickhouse;
    this.#nowMs = nowMs;
    this.#quickRowsMax = quickRowsMax;
    this.#waitMs = waitMs;
  }

  /** @throws VestigeError `store_unavailable` when the count fails while it is waited for */
  async count(tenant: TenantId, window: Window): Promise<RunsCount> {
    const known = this.#counted.get(tenant);
    if (known !== undefined && !known.isQuick) {
      if (known.keptUntilMs <= this.#nowMs()) this.#counting.get(tenant) ?? this.#begin(tenant);
      return { runs: runsIn(known.days, window), asOfMs: known.atMs };
    }
    const tooLate = new AbortController();
    const waited = sleep(this.#waitMs, null, { signal: tooLate.signal }).catch(() => null);
    const counting = this.#counting.get(tenant) ?? this.#begin(tenant);
    const counted = await Promise.race([counting, waited]).finally(() => tooLate.abort());
    return { runs: counted === null ? null : runsIn(counted.days, window), asOfMs: null };
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
    const days = await this.#clickhouse.rows<OfDays>(
      tenant,
      { name: 'runs without inputs', sql: RUNS_WITHOUT_INPUTS, settings: SETTINGS },
      { tenant },
    );
    const isQuick = days.reduce((sum, { rows }) => sum + rows, 0) <= this.#quickRowsMax;
    const counted = { days, isQuick, atMs, keptUntilMs: atMs + (this.#nowMs() - atMs) * KEPT_TIMES };
    this.#counted.set(tenant, counted);
    return counted;
  }
}

function runsIn(days: readonly OfDays[], { fromUs, toUs }: Window): number {
  const [from, to] = [(fromUs ?? 0) / DAY_US, toUs === null ? Number.POSITIVE_INFINITY : toUs / DAY_US];
  return days.reduce((sum, { first, last, runs }) => (first < to && last + 1 > from ? sum + runs : sum), 0);
}
