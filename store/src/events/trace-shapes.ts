import type { TenantId } from '@vestige/core/ids';
import { PEOPLE_SKETCH_SIZE } from '@vestige/core/lineage/people-sketch';
import type { ClickHouse } from '../clickhouse/client.ts';
import { UNLOGGED } from '../clickhouse/settings.ts';
import type { Window } from './event-store.ts';
import type { TraceShapes } from './installation-reads.ts';
import { rangeNs } from './time-range.ts';

/**
 * The kind of each trace: a hash over the set of things its spans did, whatever order, number and nesting they had. Nearly
 * all traces of an installation are of a few hundred kinds, so one trace of each kind draws the map of all of them
 * (docs/adr/0046-a-map-from-kinds-of-traces.md).
 */
const SHAPED_TRACES = `
  SELECT
    trace_id,
    cityHash64(arraySort(groupUniqArray(cityHash64(
      service, kind, self, owner, touch_peer, touch_action, touch_rule, categories, purpose, outcome,
      recipient_host, recipient_country, request_id != ''
    )))) AS shape,
    min(ts) AS first,
    max(ts) AS last
  FROM spans
  WHERE tenant = {tenant: UInt32}
    AND ts >= fromUnixTimestamp64Nano({fromNs: Int64})
    AND ts < fromUnixTimestamp64Nano({toNs: Int64})
  GROUP BY trace_id`;

const SHAPES = `
SELECT
  toString(shape) AS shape_id,
  lower(hex(argMax(trace_id, (last, trace_id)))) AS traceId,
  count() AS traces,
  toUnixTimestamp64Micro(min(first)) AS firstUs,
  toUnixTimestamp64Micro(max(last)) AS lastUs,
  count() OVER () AS allShapes,
  sum(count()) OVER () AS allTraces
FROM (${SHAPED_TRACES})
GROUP BY shape
ORDER BY traces DESC, shape
LIMIT {limit: UInt32}`;

/**
 * The people of each kind of trace as a sketch: the smallest of their hashes, from which unions over kinds can be counted.
 * 53 bits of hash, because that is what a JSON number holds. On a cluster the shapes travel to the shards of `touches`.
 */
const PEOPLE = `
SELECT toString(shape) AS shape_id, groupArraySorted(${PEOPLE_SKETCH_SIZE})(person) AS people
FROM (
  SELECT DISTINCT shape, bitShiftRight(cityHash64(subject_id), 11) AS person
  FROM (
    SELECT trace_id, subject_id
    FROM touches
    WHERE tenant = {tenant: UInt32}
      AND ts >= fromUnixTimestamp64Nano({fromNs: Int64})
      AND ts < fromUnixTimestamp64Nano({toNs: Int64})
      AND role != 'actor'
  ) AS tagged
  GLOBAL ANY INNER JOIN (${SHAPED_TRACES}) AS shaped ON tagged.trace_id = shaped.trace_id
)
GROUP BY shape`;

/** Two scans of the window; a month of a busy tenant takes its time. Below what the API waits for a call. */
const SLOW = { max_execution_time: 35 } as const;

interface ShapeRow {
  readonly shape_id: string;
  readonly traceId: string;
  readonly traces: number;
  readonly firstUs: number;
  readonly lastUs: number;
  readonly allShapes: number;
  readonly allTraces: number;
}

export async function traceShapes(
  clickhouse: ClickHouse,
  tenant: TenantId,
  window: Window,
  shapesMax: number,
): Promise<TraceShapes> {
  const params = { tenant, ...rangeNs(window) };
  const [shapes, people] = await Promise.all([
    clickhouse.rows<ShapeRow>(
      tenant,
      { name: 'kinds of traces', sql: SHAPES, settings: SLOW },
      { ...params, limit: shapesMax },
    ),
    clickhouse.rows<{ shape_id: string; people: number[] }>(
      tenant,
      { name: 'people by kind of trace', sql: PEOPLE, settings: { ...SLOW, ...UNLOGGED } },
      params,
    ),
  ]);
  const peopleOf = new Map(people.map((row) => [row.shape_id, row.people]));
  const first = shapes[0];
  return {
    rows: shapes.map(({ shape_id, traceId, traces, firstUs, lastUs }) => ({
      traceId,
      traces,
      firstUs,
      lastUs,
      people: peopleOf.get(shape_id) ?? [],
    })),
    cut: (first?.allShapes ?? 0) > shapes.length,
    shapes: first?.allShapes ?? 0,
    traces: first?.allTraces ?? 0,
  };
}
