import { setTimeout as sleep } from 'node:timers/promises';
import { VestigeError } from '@vestige/core/errors';
import type { TenantId } from '@vestige/core/ids';
import type { ClickHouse } from '../clickhouse/client.ts';
import type { Window } from './event-store.ts';

/**
 * Runs that say what they filled and not from what: nobody knows whose data they brought there. What only empties or
 * removes a dataset brings nothing. Of all the runs that a tenant keeps, because the events of one may be days apart; in
 * the order in which they lie and a stretch of it at a time, so that neither memory nor a statement grows with them.
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
    AND run_id > {after: String} AND ({until: String} = '' OR run_id <= {until: String})
  GROUP BY tenant, run_id, job
)
GROUP BY first, last`;

/** How many rows there are, and run ids that part them in about equal stretches; a limit of rows would read all of them. */
const STRETCHES = `
SELECT count() AS rows, arraySort(groupArraySample(1023, 1)(run_id)) AS runIds
FROM run_datasets
WHERE tenant = {tenant: UInt32} AND of = 'run'`;

/** Behind the back of answers: one thread leaves the others to those who wait. */
const SETTINGS = {
  optimize_aggregation_in_order: 1,
  max_execution_time: 60,
  max_threads: 1,
  cancel_http_readonly_queries_on_client_close: 1,
} as const;

/** As many runs have their first and their last event on these days, in days since the epoch. */
interface OfDays {
  readonly first: number;
  readonly last: number;
  readonly runs: number;
  /** What all runs of these days have told, those with inputs among them. */
  readonly rows: number;
}

interface Counting {
  readonly days: Map<string, OfDays>;
  /** When the first stretch was begun, or before that the plan. */
  atMs: number;
  /** The last run ids of the stretches to count, in order, '' being the end. */
  readonly stretches: readonly string[];
  /** Of those, how many are in `days`: what fails goes on from here. */
  counted: number;
  spentMs: number;
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
  /** When they were counted, or the first of them, where that was before anybody asked. */
  readonly asOfMs: number | null;
}

/** Read within some tens of milliseconds, beside the path itself: every answer counts them itself. */
const QUICK_ROWS_MAX = 300_000;
/** About so many of one statement: of eight million four took 1.2 to 2.2 s each, and one of all 6.3 s (another job beside). */
const ROWS_PER_STATEMENT = 2_000_000;
/** What is more is counted behind the back of answers (ADR 0074), and remembered so many times as long as it took. */
const KEPT_TIMES = 30;
/** Whoever asks first, when nobody knows yet how much it is, waits no longer. */
const WAIT_MS = 5_000;
const DAY_US = 86_400_000_000;

/**
 * Counts batch runs without inputs, one statement a tenant at a time: for nearly everybody it is quick, and then every
 * answer has the count of now. A tenant with hundreds of thousands of runs has one that says when it was taken. A count that
 * fails on the way goes on where it was when somebody asks again, however long all of it takes.
 */
export class RunsWithoutInputs {
  readonly #clickhouse: ClickHouse;
  readonly #nowMs: () => number;
  readonly #quickRowsMax: number;
  readonly #waitMs: number;
  readonly #rowsPerStatement: number;
  readonly #counted = new Map<TenantId, Counted>();
  readonly #begun = new Map<TenantId, Counting>();
  readonly #counting = new Map<TenantId, Promise<Counted>>();
  readonly #stopping = new AbortController();

  constructor(
    clickhouse: ClickHouse,
    nowMs: () => number,
    {
      quickRowsMax = QUICK_ROWS_MAX,
      waitMs = WAIT_MS,
      rowsPerStatement = ROWS_PER_STATEMENT,
    }: { quickRowsMax?: number; waitMs?: number; rowsPerStatement?: number } = {},
  ) {
    this.#clickhouse = clickhouse;
    this.#nowMs = nowMs;
    this.#quickRowsMax = quickRowsMax;
    this.#waitMs = waitMs;
    this.#rowsPerStatement = rowsPerStatement;
  }

  /** @throws VestigeError `store_unavailable` when the count fails while it is waited for */
  async count(tenant: TenantId, window: Window): Promise<RunsCount> {
    const known = this.#counted.get(tenant);
    if (known !== undefined && !known.isQuick) {
      if (known.keptUntilMs <= this.#nowMs()) this.#counting.get(tenant) ?? this.#begin(tenant);
      return { runs: runsIn(known.days, window), asOfMs: known.atMs };
    }
    const sinceMs = this.#nowMs();
    const tooLate = new AbortController();
    const waited = sleep(this.#waitMs, null, { signal: tooLate.signal }).catch(() => null);
    const counting = this.#countSince(tenant, sinceMs);
    const counted = await Promise.race([counting, waited]).finally(() => tooLate.abort());
    if (counted === null) return { runs: null, asOfMs: null };
    return { runs: runsIn(counted.days, window), asOfMs: counted.atMs < sinceMs ? counted.atMs : null };
  }

  /** Gives up what is being counted; resolves when nothing is any more, which is at once. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await Promise.allSettled(this.#counting.values());
  }

  /** What is counted already may lack what came in since: where it is quick, it is counted once more. */
  async #countSince(tenant: TenantId, sinceMs: number): Promise<Counted> {
    const counted = await (this.#counting.get(tenant) ?? this.#begin(tenant));
    if (!counted.isQuick || counted.atMs >= sinceMs) return counted;
    return this.#counting.get(tenant) ?? this.#begin(tenant);
  }

  #begin(tenant: TenantId): Promise<Counted> {
    const counting = this.#count(tenant).finally(() => this.#counting.delete(tenant));
    // Where nobody waits any more, whoever asks next goes on with it.
    counting.catch(() => undefined);
    this.#counting.set(tenant, counting);
    return counting;
  }

  async #count(tenant: TenantId): Promise<Counted> {
    const begun = this.#begun.get(tenant) ?? (await this.#plan(tenant));
    this.#begun.set(tenant, begun);
    while (begun.counted < begun.stretches.length) await this.#countNext(tenant, begun);
    this.#begun.delete(tenant);
    const days = [...begun.days.values()];
    const isQuick = days.reduce((sum, { rows }) => sum + rows, 0) <= this.#quickRowsMax;
    const counted = { days, isQuick, atMs: begun.atMs, keptUntilMs: begun.atMs + begun.spentMs * KEPT_TIMES };
    this.#counted.set(tenant, counted);
    return counted;
  }

  /** Whoever had little the last time is counted in one statement, without looking first how much it is. */
  async #plan(tenant: TenantId): Promise<Counting> {
    const atMs = this.#nowMs();
    const begun = { days: new Map(), atMs, counted: 0, spentMs: 0 };
    if (this.#counted.get(tenant)?.isQuick === true) return { ...begun, stretches: [''] };
    const [found] = await this.#read<{ rows: number; runIds: string[] }>(STRETCHES, tenant, {});
    const { rows = 0, runIds = [] } = found ?? {};
    const stretches = Math.max(1, Math.ceil(rows / this.#rowsPerStatement));
    const ends = Array.from(
      { length: stretches - 1 },
      (_, n) => runIds[Math.floor(((n + 1) * runIds.length) / stretches)] ?? '',
    );
    return { ...begun, stretches: [...new Set(ends), ''], spentMs: this.#nowMs() - atMs };
  }

  async #countNext(tenant: TenantId, begun: Counting): Promise<void> {
    const sinceMs = this.#nowMs();
    if (begun.counted === 0) begun.atMs = sinceMs;
    const [after, until] = [begun.stretches[begun.counted - 1] ?? '', begun.stretches[begun.counted] ?? ''];
    for (const { first, last, runs, rows } of await this.#read<OfDays>(RUNS_WITHOUT_INPUTS, tenant, { after, until })) {
      const key = `${first} ${last}`;
      const known = begun.days.get(key);
      begun.days.set(key, { first, last, runs: runs + (known?.runs ?? 0), rows: rows + (known?.rows ?? 0) });
    }
    begun.counted += 1;
    begun.spentMs += this.#nowMs() - sinceMs;
  }

  #read<Row>(sql: string, tenant: TenantId, params: Readonly<Record<string, unknown>>): Promise<Row[]> {
    const { signal } = this.#stopping;
    // The driver looks at a signal from the call on, not at what happened before.
    if (signal.aborted) {
      return Promise.reject(new VestigeError('store_unavailable', 'nothing is counted any more: the process stops'));
    }
    const statement = { name: 'runs without inputs', sql, settings: SETTINGS };
    return this.#clickhouse.rows<Row>(tenant, statement, { tenant, ...params }, signal);
  }
}

function runsIn(days: readonly OfDays[], { fromUs, toUs }: Window): number {
  const [from, to] = [(fromUs ?? 0) / DAY_US, toUs === null ? Number.POSITIVE_INFINITY : toUs / DAY_US];
  return days.reduce((sum, { first, last, runs }) => (first < to && last + 1 > from ? sum + runs : sum), 0);
}
