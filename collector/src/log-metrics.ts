import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { DiskLog } from './log/disk-log.ts';
import type { IngestLog } from './log/ingest-log.ts';
import type { LogReport } from './log/log-report.ts';

/** What the road from an acknowledged request to its rows tells of itself. */
export interface LogMetrics {
  readonly storedSpans: Counter;
  readonly suppressedSpans: Counter;
  readonly suppressedTags: Counter;
  readonly unknownSets: Counter;
  readonly blocks: Counter;
  readonly blockSpans: Histogram;
  readonly insertSeconds: Histogram;
  readonly retries: Counter;
  readonly unstorable: Counter;
  readonly refused: Counter<'reason'>;
  readonly syncSeconds: Histogram;
  readonly reports: Counter<'kind'>;
  /** The gauges read the log when somebody asks for them. */
  watch(log: IngestLog | DiskLog): void;
}

const KINDS = ['torn', 'damaged', 'failed'] as const satisfies readonly LogReport['kind'][];
const REASONS = ['rate_limited', 'store_unavailable'] as const;
const SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

export function createLogMetrics(registry: Registry): LogMetrics {
  const registers = [registry];
  const counter = <Label extends string>(name: string, help: string, ...labelNames: Label[]) =>
    new Counter({ name: `vestige_collector_${name}`, help, labelNames, registers });
  const histogram = (name: string, help: string, buckets: number[]) =>
    new Histogram({ name: `vestige_collector_${name}`, help, buckets, registers });
  const gauge = (name: string, help: string, value: () => number | Promise<number>) =>
    new Gauge({
      name: `vestige_collector_${name}`,
      help,
      registers,
      async collect() {
        this.set(await value());
      },
    });
  const refused = counter(
    'log_refused_total',
    'Records of one request or several that the log had no room for, by error code.',
    'reason',
  );
  for (const reason of REASONS) refused.inc({ reason }, 0);
  const reports = counter('log_reports_total', 'Torn ends, damaged pieces and failed writes of the log.', 'kind');
  for (const kind of KINDS) reports.inc({ kind }, 0);
  return {
    storedSpans: counter('spans_stored_total', 'Spans written to ClickHouse; one that was sent twice counts twice.'),
    suppressedSpans: counter('spans_suppressed_total', 'Spans dropped because all their subjects were erased.'),
    suppressedTags: counter('tags_suppressed_total', 'Tags of erased subjects dropped from spans.'),
    unknownSets: counter('unknown_subject_sets_total', 'Spans that named a subject set nobody registered.'),
    blocks: counter('blocks_total', 'Blocks written to ClickHouse.'),
    blockSpans: histogram('block_spans', 'Spans of a block.', [1, 10, 100, 1000, 2500, 5000, 10_000, 25_000]),
    insertSeconds: histogram('insert_seconds', 'Time until a block was durable in ClickHouse.', SECONDS),
    retries: counter('insert_retries_total', 'Attempts to store a block that failed and are made again.'),
    unstorable: counter('unstorable_spans_total', 'Acknowledged spans that ClickHouse refuses for their content.'),
    refused,
    syncSeconds: histogram('log_sync_seconds', 'Time until a group of records was durable in the log.', SECONDS),
    reports,
    watch(log) {
      gauge(
        'log_records',
        'Records of one request or several that are acknowledged and not yet stored.',
        () => log.backlog().records,
      );
      gauge('log_spans', 'Spans that are acknowledged and not yet stored.', () => log.backlog().spans);
      gauge('log_bytes', 'Bytes that are acknowledged and not yet stored.', () => log.backlog().bytes);
      gauge('log_age_seconds', 'How far storing is behind acknowledging.', () => log.backlog().ageMs / 1000);
      if ('aside' in log) {
        gauge('log_aside_files', 'Files with bytes that cannot be stored, kept for a week.', () => log.aside.files());
      }
    },
  };
}
