import type { TenantId } from '@vestige/core/ids';
import type { ClickHouse } from '../clickhouse/client.ts';
import { ONE_SHARD_A_TRACE, TOUCHES_AT_REST, taggedRange, tracesOfSomebody } from './attributed-traces.ts';
import { DAY_BY_DAY } from './day-by-day.ts';
import type { Window } from './event-store.ts';
import { rangeNs } from './time-range.ts';
import { cutAtMidnights, dayBeside, windowOfDay } from './whole-days.ts';

/**
 * Touches of places where data rests or leaves, in traces of which no span is tagged with anybody. A span says itself
 * whether it is tagged (`attribution`), so this reads no subject. `FINAL`: a span that was derived again under newer rules
 * may have lost a touch, and its older row lies beside the newer until they are merged. Our own export and erasure work
 * is nobody's gap. Two plain scans are five times faster here than grouping the window by trace.
 */
const UNATTRIBUTED = `
SELECT sum(at_rest) AS touches
FROM (
  SELECT length(${TOUCHES_AT_REST}) AS at_rest
  FROM spans FINAL
  WHERE tenant = {tenant: UInt32}
    AND ts >= fromUnixTimestamp64Nano({fromNs: Int64})
    AND ts < fromUnixTimestamp64Nano({toNs: Int64})
    AND attribution = 'none'
    AND request_id = ''
    AND notEmpty(touch_peer)
    AND trace_id NOT IN (${tracesOfSomebody})
  LIMIT 1 BY trace_id, span_id
)`;

const DAYS_RECEIVED = `
SELECT day, sum(spans_received) AS spans
FROM service_days
WHERE tenant = {tenant: UInt32} AND day >= {firstDay: UInt32} AND day <= {lastDay: UInt32}
GROUP BY day
ORDER BY day`;

/** A day with more spans than this, its neighbours included, is counted again at most once in {@link KEPT_MS}. */
const BUSY_DAY_SPANS = 100_000;
const KEPT_MS = 60_000;
/** What a block changes is not seen at one instant in both tables, nor on all replicas: a count is trusted after this long. */
const SETTLED_MS = 10_000;
const DAYS_KEPT_MAX = 50_000;
const AT_ONCE = 2;

interface CountedDay {
  readonly touches: number;
  /** Spans received for the day and the days next to it when it was counted: as long as it is the same, so is the count. */
  readonly received: string;
  /** When `received` was first seen. */
  readonly sinceMs: number;
  readonly atMs: number;
}

/**
 * Counts unattributed touches day by day and remembers each day until spans come in for it or for a day next to it, however late:
 * nobody's answer has to read everybody's spans again (docs/adr/0047-what-an-answer-may-read.md). It is exact for days of
 * up to a hundred thousand spans, and up to a minute old for a busier day that spans are still coming in for.
 */
export class UnattributedTouches {
  readonly #clickhouse: ClickHouse;
  readonly #nowMs: () => number;
  readonly #busyDaySpans: number;
  readonly #counted = new Map<string, CountedDay>();

  constructor(clickhouse: ClickHouse, nowMs: () => number, busyDaySpans = BUSY_DAY_SPANS) {
    this.#clickhouse = clickhouse;
    this.#nowMs = nowMs;
    this.#busyDaySpans = busyDaySpans;
  }

  /** @returns also when the oldest count was taken that spans which came in since may have changed; null if none may */
  async count(tenant: TenantId, window: Window): Promise<{ touches: number; asOfMs: number | null }> {
    const { days, edges } = cutAtMidnights(window);
    const counts: Count[] = [];
    for (const edge of edges) counts.push({ touches: await this.#scan(tenant, edge), asOfMs: null });
    if (days !== null) {
      const received = await this.#received(tenant, days);
      const queue = [...received.keys()].values();
      const lane = async () => {
        for (const day of queue) counts.push(await this.#day(tenant, day, received));
      };
      await Promise.all(Array.from({ length: AT_ONCE }, lane));
    }
    const old = counts.flatMap(({ asOfMs }) => asOfMs ?? []);
    return {
      touches: counts.reduce((sum, { touches }) => sum + touches, 0),
      asOfMs: old.length === 0 ? null : Math.min(...old),
    };
  }

  async #day(tenant: TenantId, day: number, days: ReadonlyMap<number, Received>): Promise<Count> {
    const key = `${tenant} ${day}`;
    const known = this.#counted.get(key);
    const { version, spans } = days.get(day) ?? { version: '', spans: 0 };
    const nowMs = this.#nowMs();
    const unchanged = known?.received === version;
    const settled = unchanged && known.atMs - known.sinceMs >= SETTLED_MS;
    const soon = spans > this.#busyDaySpans && nowMs - (known?.atMs ?? 0) < KEPT_MS;
    if (known && (settled || soon)) return { touches: known.touches, asOfMs: unchanged ? null : known.atMs };
    const touches = await this.#scan(tenant, windowOfDay(day));
    this.#counted.delete(key);
    this.#counted.set(key, { touches, received: version, sinceMs: unchanged ? known.sinceMs : nowMs, atMs: nowMs });
    for (const oldest of this.#counted.keys().take(Math.max(0, this.#counted.size - DAYS_KEPT_MAX))) {
      this.#counted.delete(oldest);
    }
    return { touches, asOfMs: null };
  }

  /** Days of the window with spans, each with what tells whether its count still holds. */
  async #received(tenant: TenantId, { first, last }: { first: number; last: number }): Promise<Map<number, Received>> {
    const rows = await this.#clickhouse.rows<{ day: number; spans: number }>(
      tenant,
      { name: 'spans received', sql: DAYS_RECEIVED },
      { tenant, firstDay: dayBeside(first, -1), lastDay: dayBeside(last, 1) },
    );
    const spansOn = new Map(rows.map(({ day, spans }) => [day, spans]));
    const days = rows.filter(({ day }) => day >= first && day <= last);
    return new Map(
      days.map(({ day }) => {
        const around = [dayBeside(day, -1), day, dayBeside(day, 1)].map((near) => spansOn.get(near) ?? 0);
        return [day, { version: around.join(' '), spans: around.reduce((sum, spans) => sum + spans, 0) }];
      }),
    );
  }

  async #scan(tenant: TenantId, window: Window): Promise<number> {
    const [row] = await this.#clickhouse.rows<{ touches: number }>(
      tenant,
      { name: 'unattributed touches', sql: UNATTRIBUTED, settings: { ...ONE_SHARD_A_TRACE, ...DAY_BY_DAY } },
      { tenant, ...rangeNs(window), ...taggedRange(window) },
    );
    return row?.touches ?? 0;
  }
}

interface Count {
  readonly touches: number;
  /** Null when it is of now. */
  readonly asOfMs: number | null;
}

interface Received {
  readonly version: string;
  readonly spans: number;
}
