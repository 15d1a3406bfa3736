import type { TenantId } from '@vestige/core/ids';
import type { Secret } from '@vestige/core/secret';
import {
  type ClickHouse,
  type InsertBlock,
  openClickHouse,
  type Speaker,
  SYSTEM_SPEAKER,
} from '../clickhouse/client.ts';
import { gaps } from './completeness.ts';
import { coverageCounts } from './coverage.ts';
import { cutSpans } from './cut-spans.ts';
import { linkBlocks, recordTouchBlocks, spanBlocks, touchBlocks } from './event-blocks.ts';
import type { EventBatch, EventStore } from './event-store.ts';
import { ingestVolume, rejections } from './ingest-volume.ts';
import { jobFlows, runsAt, sourcesOf } from './job-flows.ts';
import { keySpans, tellers } from './key-spans.ts';
import { runDatasetBlocks, runsByNodeBlocks } from './lineage-event-blocks.ts';
import { lineageFacts } from './lineage-facts.ts';
import { conversationsAt, nodesSeen, peopleOfTraces, tracesAt } from './node-traces.ts';
import { nodesOfRuns } from './nodes-of-runs.ts';
import { OlderReadings } from './older-readings.ts';
import { rejectedBlocks } from './rejected-blocks.ts';
import { RunsWithoutInputs } from './runs-without-inputs.ts';
import { servicesHeard } from './services-heard.ts';
import { storedTrace } from './stored-trace.ts';
import { subjectSummary, subjectTags } from './subject-tags.ts';
import { taggedSpans, tagsOfSubjects, tagsOfTraces } from './tags-of-people.ts';
import { traceShapes } from './trace-shapes.ts';
import { UnattributedTouches } from './unattributed-touches.ts';
import { watermarks } from './watermarks.ts';

/**
 * @param writeUrl login that may insert (`collector`)
 * @param readUrl login that sees the rows of the tenant it names only (`api`)
 * @param nowMs decides how long a count is remembered
 * @param countedNowSpans spans whose unattributed touches an answer counts itself; those of more are counted behind its back
 */
export function openEventStore(config: {
  readonly writeUrl: Secret;
  readonly readUrl: Secret;
  readonly nowMs?: () => number;
  readonly countedNowSpans?: number;
}): EventStore {
  const writer = openClickHouse(config.writeUrl);
  const reader = openClickHouse(config.readUrl);
  const nowMs = config.nowMs ?? Date.now;
  const unattributed = new UnattributedTouches(reader, nowMs, config.countedNowSpans);
  const sourceless = new RunsWithoutInputs(reader, nowMs);
  const older = new OlderReadings(reader, nowMs);

  return {
    append: (tenant, batch) => append(writer, tenant, batch),
    async appendEncoded({ first, last }) {
      await insertAll(writer, SYSTEM_SPEAKER, first);
      await insertAll(writer, SYSTEM_SPEAKER, last);
    },
    appendRejected: (tenant, rejected) => insertAll(writer, tenant, rejectedBlocks(tenant, rejected)),
    async appendLineageEvents(tenant, events) {
      // What finds a run by its dataset comes last: whoever finds the run also finds what it did.
      await insertAll(writer, tenant, runDatasetBlocks(tenant, events));
      await insertAll(writer, tenant, runsByNodeBlocks(tenant, events));
    },
    subjectTags: (tenant, query) => subjectTags(reader, tenant, query),
    facts: (tenant, needs, limits) => lineageFacts(reader, tenant, needs, limits),
    subjectSummary: (tenant, subjectIds) => subjectSummary(reader, tenant, subjectIds),
    trace: (tenant, traceId, limit) => storedTrace(reader, tenant, traceId, limit),
    services: (tenant) => servicesHeard(reader, tenant),
    watermarks: (tenant, window) => watermarks(reader, tenant, window),
    cutSpans: (tenant, window) => cutSpans(reader, tenant, window),
    holdsOlderReadings: (tenant) => older.lie(tenant),
    gaps: (tenant, window) => gaps(reader, { unattributed, sourceless }, tenant, window),
    coverage: (tenant, window, perLevelMax) => coverageCounts(reader, tenant, window, perLevelMax),
    traceShapes: (tenant, window, shapesMax) => traceShapes(reader, tenant, window, shapesMax),
    jobFlows: (tenant, window, limit) => jobFlows(reader, tenant, window, limit),
    nodesSeen: (tenant, window, limit) => nodesSeen(reader, tenant, window, limit),
    tracesAt: (tenant, nodes, window, limit) => tracesAt(reader, tenant, nodes, window, limit),
    conversationsAt: (tenant, nodes, toUs, limit) => conversationsAt(reader, tenant, nodes, toUs, limit),
    keySpans: (tenant, traceIds, limit) => keySpans(reader, tenant, traceIds, limit),
    peopleOfTraces: (tenant, traceIds, limit) => peopleOfTraces(reader, tenant, traceIds, limit),
    tagsOfTraces: (tenant, traceIds, limit) => tagsOfTraces(reader, tenant, traceIds, limit),
    tagsOfSubjects: (tenant, subjectIds, limit) => tagsOfSubjects(reader, tenant, subjectIds, limit),
    taggedSpans: (tenant, subjectIds) => taggedSpans(reader, tenant, subjectIds),
    tellers: (tenant, keys, toUs, limit) => tellers(reader, tenant, keys, toUs, limit),
    runsAt: (tenant, nodes, window) => runsAt(reader, tenant, nodes, window),
    nodesOfRuns: (tenant, window, limit) => nodesOfRuns(reader, tenant, window, limit),
    sourcesOf: (tenant, nodes, limit) => sourcesOf(reader, tenant, nodes, limit),
    volume: (tenant, window, bucket) => ingestVolume(reader, tenant, window, bucket),
    rejections: (tenant, window) => rejections(reader, tenant, window),
    async ping() {
      await Promise.all([writer.rows(SYSTEM_SPEAKER, PING, {}), reader.rows(SYSTEM_SPEAKER, PING, {})]);
    },
    async close() {
      await Promise.all([unattributed.stop(), sourceless.stop(), older.stop()]);
      await Promise.all([writer.close(), reader.close()]);
    },
  };
}

const PING = { name: 'ping', sql: 'SELECT 1', settings: { max_execution_time: 3 } } as const;

/**
 * Touches come last: whoever finds a person in `touches` also finds the span, its records and its links. A failure on
 * the way leaves rows without a subject, and the retry adds the rest.
 */
async function append(writer: ClickHouse, tenant: TenantId, batch: EventBatch): Promise<void> {
  await insertAll(writer, tenant, [
    ...spanBlocks(tenant, batch.spans),
    ...recordTouchBlocks(tenant, batch.spans),
    ...linkBlocks(tenant, batch.spans),
  ]);
  await insertAll(writer, tenant, touchBlocks(tenant, batch.spans));
}

const INSERTS_IN_FLIGHT_MAX = 3;

/** All blocks are written, or the first failure is thrown after those in flight have ended. */
async function insertAll(writer: ClickHouse, tenant: Speaker, blocks: readonly InsertBlock[]): Promise<void> {
  const queue = blocks.values();
  const lane = async () => {
    for (const block of queue) await writer.insert(tenant, block);
  };
  const lanes = await Promise.allSettled(Array.from({ length: INSERTS_IN_FLIGHT_MAX }, lane));
  const failed = lanes.find((result) => result.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
}
