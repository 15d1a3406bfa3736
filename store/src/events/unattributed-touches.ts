import type { TenantId } from '@vestige/core/ids';
import type { ClickHouse } from '../clickhouse/client.ts';
import { ONE_SHARD_A_TRACE, TOUCHES_AT_REST } from './attributed-traces.ts';
import { ByTurns, type Waiting } from './by-turns.ts';
import { DAY_BY_DAY } from './day-by-day.ts';
import type { Window } from './event-store.ts';
import { rangeNs } from './time-range.ts';
import { traceSlices } from './trace-slices.ts';
import { cutAtMidnights, daysBeside, windowOfDay } from './whole-days.ts';

const SLICE = `
  tenant = {tenant: UInt32}
  AND trace_id >= toFixedString(unhex({firstTrace: String}), 16)
  AND trace_id <= toFixedString(unhex({lastTrace: String}), 16)`;

/** Spans that say not whose data it was. Our own export and erasure work is nobody's gap. */
const UNTAGGED = `${SLICE}
  AND toYYYYMMDD(ts) IN (SELECT arrayJoin({days: Array(UInt32)}))
  AND ts >= fromUnixTimestamp64Nano({fromNs: Int64})
  AND ts < fromUnixTimestamp64Nano({toNs: Int64})
  AND attribution = 'none'
  AND request_id = ''
  AND notEmpty(touch_peer)`;

const DAY_OF_SPAN = 'intDiv(toUnixTimestamp64Nano(ts), 86400000000000)';

/**
 * Touches of places where data rests or leaves, in traces of which no span is tagged with anybody on the same day or on
 * one next to it. A span says itself whether it is tagged (`attribution`), so this reads no subject. `FINAL`: a span that
 * was derived again under newer rules may have lost a touch, and its older row lies beside the newer until they are
 * merged. Of the tagged traces only those that matter are remembered, which are few.
 */
const UNATTRIBUTED = `
SELECT toYYYYMMDD(ts) AS day, sum(at_rest) AS touches
FROM (
  SELECT ts, length(${TOUCHES_AT_REST}) AS at_rest
  FROM spans FINAL
  WHERE ${UNTAGGED}
    AND (trace_id, ${DAY_OF_SPAN}) NOT IN (
      SELECT trace_id, arrayJoin([tagged_day - 1, tagged_day, tagged_day + 1])
      FROM (
        SELECT DISTINCT trace_id, ${DAY_OF_SPAN} AS tagged_day
        FROM spans
        WHERE ${SLICE}
          AND toYYYYMMDD(ts) IN (SELECT arrayJoin({daysAround: Array(UInt32)}))
          AND attribution != 'none'
          AND trace_id IN (SELECT trace_id FROM spans WHERE ${UNTAGGED})
      )
    )
  LIMIT 1 BY trace_id, span_id
)
GROUP BY day`;

const DAYS_RECEIVED = `
SELECT day, sum(spans_received) AS spans, toUInt32(max(received_on)) AS receivedDay
FROM service_days
WHERE tenant = {tenant: UInt32} AND day >= {firstDay: UInt32} AND day <= {lastDay: UInt32}
GROUP BY day
ORDER BY day`;

/** Spans, neighbouring days included, that one answer counts itself; the rest is counted behind its back. */
const COUNTED_NOW_SPANS = 250_000;
/** Spans of one statement: it stays far below the time and memory that a read may take, however many a day has. */
const STATEMENT_SPANS = 2_000_000;
/** What spans are still coming in for is counted again behind somebody's back at most this often. */
const KEPT_MS = 60_000;
/** What a block changes is not seen at one instant in both tables, nor on all replicas: a count is trusted after this long. */
const SETTLED_MS = 10_000;
const PIECES_KEPT_MAX = 50_000;

/** What is known without making anybody wait. */
export interface UnattributedCount {
  readonly touches: number;
  /** When the oldest count was taken that spans which came in since may have changed; null if none may. */
  readonly asOfMs: number | null;
  /** Days of the window, parts of days among them, that are still being counted and are not in `touches`. */
  readonly uncountedDays: number;
}

/** A day, or what a window cuts off one. Weighs the spans that are looked at to count it. */
interface Piece extends Waiting {
  readonly window: Window;
  readonly isWholeDay: boolean;
  /** YYYYMMDD: those it lies in, and those and the ones next to them, as far as they have spans. */
  readonly days: readonly number[];
  readonly daysAround: readonly number[];
  /** Spans received on these days: as long as they are the same, so is the count. */
  readonly received: string;
  /** Nothing came in since yesterday, so that all tables and replicas have it. */
  readonly isAtRest: boolean;
}

interface ReceivedDay {
  /** YYYYMMDD */
  readonly day: number;
  readonly spans: number;
  /** When the last of them came, in days since the epoch. */
  readonly receivedDay: number;
}

interface Counted {
  readonly touches: number;
  readonly received: string;
  /** When `received` was first seen. */
  readonly sinceMs: number;
  readonly atMs: number;
}

/**
 * Counts unattributed touches day by day and remembers each day until spans come in for it or for a day next to it,
 * however late. An answer counts what is little itself; what is much is counted behind its back, one statement at a time,
 * and until then the answer says how old its count is or how many days nobody has counted
 * (docs/adr/0074-nobody-waits-for-everybodys-count.md).
 */
export class UnattributedTouches {
  readonly #clickhouse: ClickHouse;
  readonly #nowMs: () => number;
  readonly #countedNowSpans: number;
  readonly #counted = new Map<string, Counted>();
  readonly #later: ByTurns<Piece, TenantId>;
  readonly #stopping = new AbortController();

  constructor(clickhouse: ClickHouse, nowMs: () => number, countedNowSpans = COUNTED_NOW_SPANS) {
    this.#clickhouse = clickhouse;
    this.#nowMs = nowMs;
    this.#countedNowSpans = countedNowSpans;
    this.#later = new ByTurns((tenant, pieces) => this.#countPieces(tenant, pieces), STATEMENT_SPANS);
  }

  async count(tenant: TenantId, window: Window): Promise<UnattributedCount> {
    const pieces = await this.#pieces(tenant, window);
    const now = new Set<Piece>();
    let spansLeft = this.#countedNowSpans;
    for (const piece of pieces.toReversed()) {
      if (this.#holds(piece) || piece.weight > spansLeft) continue;
      spansLeft -= piece.weight;
      now.add(piece);
    }
    await this.#countPieces(tenant, [...now]);

    let [touches, uncountedDays, asOfMs] = [0, 0, Number.POSITIVE_INFINITY];
    for (const piece of pieces) {
      const known = this.#counted.get(piece.key);
      touches += known?.touches ?? 0;
      if (known === undefined) uncountedDays += 1;
      if (now.has(piece) || this.#holds(piece)) continue;
      if (known !== undefined && known.received !== piece.received) asOfMs = Math.min(asOfMs, known.atMs);
      if (known === undefined || this.#nowMs() - known.atMs >= KEPT_MS) this.#later.add(tenant, piece);
    }
    return { touches, asOfMs: Number.isFinite(asOfMs) ? asOfMs : null, uncountedDays };
  }

  /** Gives up what is being counted; resolves when nothing is any more, which is at once. */
  stop(): Promise<void> {
    this.#stopping.abort();
    return this.#later.stop();
  }

  #holds({ key, received, isAtRest }: Piece): boolean {
    const known = this.#counted.get(key);
    return known?.received === received && (isAtRest || known.atMs - known.sinceMs >= SETTLED_MS);
  }

  /** Whole days in one statement, as far as it can carry them; what a window cuts off a day in one of its own. */
  async #countPieces(tenant: TenantId, pieces: readonly Piece[]): Promise<void> {
    const wholeDays = pieces.filter(({ isWholeDay }) => isWholeDay);
    const groups = [wholeDays, ...pieces.filter(({ isWholeDay }) => !isWholeDay).map((piece) => [piece])];
    for (const group of groups) if (group.length > 0) await this.#countGroup(tenant, group);
  }

  async #countGroup(tenant: TenantId, group: readonly Piece[]): Promise<void> {
    const atMs = this.#nowMs();
    const touches = new Map<number, number>();
    const { fromUs, toUs } = group.length === 1 && group[0] ? group[0].window : EVER;
    for (const slice of traceSlices(sum(group.map(({ weight }) => weight)), STATEMENT_SPANS)) {
      const rows = await this.#clickhouse.rows<{ day: number; touches: number }>(
        tenant,
        { name: 'unattributed touches', sql: UNATTRIBUTED, settings: SETTINGS },
        {
          tenant,
          ...slice,
          ...rangeNs({ fromUs, toUs }),
          days: [...new Set(group.flatMap(({ days }) => days))],
          daysAround: [...new Set(group.flatMap(({ daysAround }) => daysAround))],
        },
        this.#stopping.signal,
      );
      for (const { day, touches: more } of rows) touches.set(day, (touches.get(day) ?? 0) + more);
    }
    for (const piece of group) this.#remember(piece, sum(piece.days.map((day) => touches.get(day) ?? 0)), atMs);
  }

  #remember({ key, received }: Piece, touches: number, atMs: number): void {
    const known = this.#counted.get(key);
    const sinceMs = known?.received === received ? known.sinceMs : atMs;
    this.#counted.delete(key);
    this.#counted.set(key, { touches, received, sinceMs, atMs });
    for (const oldest of this.#counted.keys().take(Math.max(0, this.#counted.size - PIECES_KEPT_MAX))) {
      this.#counted.delete(oldest);
    }
  }

  /** Days of the window with spans, and what it cuts off days, oldest first. */
  async #pieces(tenant: TenantId, window: Window): Promise<Piece[]> {
    const around = daysBeside(window);
    const received = await this.#clickhouse.rows<ReceivedDay>(
      tenant,
      { name: 'spans received', sql: DAYS_RECEIVED },
      { tenant, firstDay: around.first, lastDay: around.last },
    );
    const { days, edges } = cutAtMidnights(window);
    const whole = received.flatMap(({ day }, at) =>
      days !== null && day >= days.first && day <= days.last
        ? [this.#piece(tenant, windowOfDay(day), received.slice(Math.max(0, at - 1), at + 2), true)]
        : [],
    );
    return [...whole, ...edges.map((edge) => this.#piece(tenant, edge, received, false))]
      .filter(({ days }) => days.length > 0)
      .sort((a, b) => (a.window.fromUs ?? 0) - (b.window.fromUs ?? 0));
  }

  /** @param received the days of the window and those next to it, and maybe others */
  #piece(tenant: TenantId, window: Window, received: readonly ReceivedDay[], isWholeDay: boolean): Piece {
    const { first, last } = daysBeside(window);
    const near = received.filter(({ day }) => day >= first && day <= last);
    const yesterday = Math.floor(this.#nowMs() / DAY_MS) - 1;
    return {
      key: `${tenant} ${window.fromUs} ${window.toUs}`,
      window,
      isWholeDay,
      days: near.map(({ day }) => day).filter((day) => overlap(windowOfDay(day), window)),
      daysAround: near.map(({ day }) => day),
      received: near.map(({ day, spans }) => `${day} ${spans}`).join(', '),
      weight: sum(near.map(({ spans }) => spans)),
      isAtRest: near.every(({ receivedDay }) => receivedDay < yesterday),
    };
  }
}

/** What is counted behind somebody's back leaves the other cores to those who wait. */
const SETTINGS = {
  ...ONE_SHARD_A_TRACE,
  ...DAY_BY_DAY,
  max_threads: 1,
  cancel_http_readonly_queries_on_client_close: 1,
} as const;
const DAY_MS = 86_400_000;
const EVER = { fromUs: null, toUs: null } as const;

const sum = (numbers: readonly number[]) => numbers.reduce((total, one) => total + one, 0);

const overlap = (day: { fromUs: number; toUs: number }, { fromUs, toUs }: Window) =>
  (fromUs ?? 0) < day.toUs && (toUs ?? Number.POSITIVE_INFINITY) > day.fromUs;
