import type { TenantId } from '@vestige/core/ids';
import type { CoverageCount } from '@vestige/core/lineage/coverage';
import type { ClickHouse } from '../clickhouse/client.ts';
import { ONE_SHARD_A_TRACE, TOUCHES_AT_REST, taggedRange, tracesOfSomebody } from './attributed-traces.ts';
import { DAY_BY_DAY } from './day-by-day.ts';
import type { Bounded, Window } from './event-store.ts';
import { rangeNs } from './time-range.ts';

/**
 * Touches of places where data rests or leaves, counted by whether any span of their trace says whose data it was, at
 * four levels in one scan: all, by service, by peer, by call site. The worst of each level come first. It asks what
 * `unattributed touches` asks, so that the two numbers agree.
 */
const COVERAGE = `
SELECT
  grouping(service) + 2 * grouping(peer) + 4 * grouping(name) AS level,
  replaceRegexpOne(service, '^service:', '') AS service_name, peer, scope AS scope_name, name AS span_name,
  count() AS touches,
  countIf(attributed) AS attributedTouches
FROM (
  SELECT service, scope, name, arrayJoin(at_rest) AS peer, attributed
  FROM (
    SELECT service, scope, name, ${TOUCHES_AT_REST} AS at_rest, trace_id IN (${tracesOfSomebody}) AS attributed
    FROM spans FINAL
    WHERE tenant = {tenant: UInt32}
      AND ts >= fromUnixTimestamp64Nano({fromNs: Int64})
      AND ts < fromUnixTimestamp64Nano({toNs: Int64})
      AND request_id = ''
      AND notEmpty(at_rest)
    LIMIT 1 BY trace_id, span_id
  )
)
GROUP BY GROUPING SETS ((), (service), (peer), (service, peer, scope, name))
ORDER BY level, touches - attributedTouches DESC, touches DESC, service_name, peer, scope_name, span_name
LIMIT {perLevel: UInt32} BY level`;

/** Of GROUPING SETS: a column that a row does not group by counts. */
const LEVELS: Readonly<Record<number, CoverageCount['level']>> = { 7: 'all', 6: 'service', 5: 'peer', 0: 'site' };

interface Row {
  readonly level: number;
  readonly service_name: string;
  readonly peer: string;
  readonly scope_name: string;
  readonly span_name: string;
  readonly touches: number;
  readonly attributedTouches: number;
}

/** @param perLevelMax services, peers and call sites, each; the ones with the most missing subjects */
export async function coverageCounts(
  clickhouse: ClickHouse,
  tenant: TenantId,
  window: Window,
  perLevelMax: number,
): Promise<Bounded<CoverageCount>> {
  const rows = await clickhouse.rows<Row>(
    tenant,
    { name: 'coverage', sql: COVERAGE, settings: { ...ONE_SHARD_A_TRACE, ...DAY_BY_DAY } },
    { tenant, ...rangeNs(window), ...taggedRange(window), perLevel: perLevelMax + 1 },
  );
  const counts = rows.map((row) => ({
    level: LEVELS[row.level] ?? 'all',
    service: row.service_name,
    peer: row.peer,
    scope: row.scope_name,
    name: row.span_name,
    touches: row.touches,
    attributed: row.attributedTouches,
  }));
  const groups = [...Map.groupBy(counts, ({ level }) => level).values()];
  return {
    rows: groups.flatMap((group) => group.slice(0, perLevelMax)),
    cut: groups.some((group) => group.length > perLevelMax),
  };
}
