import { bytesStream, type Column, type PlannedBlock, planBlock, type Stream } from '../clickhouse/native-block.ts';
import { ByteColumn } from '../clickhouse/native-bytes.ts';
import { sameNumber } from '../clickhouse/native-shaped.ts';
import { enumType, fixed, INSTANT, STRING } from './native-types.ts';

const column = (name: string, type: string, stream: Stream): Column => ({ name, type, streams: [stream] });

/** Rows of `record_touches` of one month; the caller writes each row into the public columns. */
export class RecordTouchColumns {
  rows = 0;
  readonly ref = new ByteColumn();
  readonly ts = new ByteColumn();
  readonly traceId = new ByteColumn();
  readonly spanId = new ByteColumn();
  /** Numbers of the Enum8 column. */
  readonly action = new ByteColumn();

  clear(): void {
    this.rows = 0;
    for (const column of [this.ref, this.ts, this.traceId, this.spanId, this.action]) column.clear();
  }

  block(tenant: number): PlannedBlock {
    return planBlock(this.rows, [
      column('tenant', 'UInt32', sameNumber(this.rows, tenant)),
      column('ref', STRING, bytesStream(this.ref)),
      column('ts', INSTANT, bytesStream(this.ts)),
      column('trace_id', fixed(16), bytesStream(this.traceId)),
      column('span_id', fixed(8), bytesStream(this.spanId)),
      column('action', enumType('action'), bytesStream(this.action)),
    ]);
  }
}

/** Rows of `links_in` of one month; the caller writes each row into the public columns. */
export class LinkColumns {
  rows = 0;
  readonly linkedTraceId = new ByteColumn();
  readonly linkedSpanId = new ByteColumn();
  readonly ts = new ByteColumn();
  readonly traceId = new ByteColumn();
  readonly spanId = new ByteColumn();

  clear(): void {
    this.rows = 0;
    for (const column of [this.linkedTraceId, this.linkedSpanId, this.ts, this.traceId, this.spanId]) column.clear();
  }

  block(tenant: number): PlannedBlock {
    return planBlock(this.rows, [
      column('tenant', 'UInt32', sameNumber(this.rows, tenant)),
      column('linked_trace_id', fixed(16), bytesStream(this.linkedTraceId)),
      column('linked_span_id', fixed(8), bytesStream(this.linkedSpanId)),
      column('ts', INSTANT, bytesStream(this.ts)),
      column('trace_id', fixed(16), bytesStream(this.traceId)),
      column('span_id', fixed(8), bytesStream(this.spanId)),
    ]);
  }
}
