import { VestigeError } from '@vestige/core/errors';
import type { Secret } from '@vestige/core/secret';

/** What somebody would ask who has only the exporter's table, in which the person is an attribute of spans. */

const COLUMNS =
  'Timestamp, TraceId, SpanId, ParentSpanId, SpanName, SpanKind, ServiceName, SpanAttributes, Duration, StatusCode';

/** @param subjectId a UUID of our own */
export const allSpansOf = (subjectId: string): string => `
  SELECT ${COLUMNS} FROM otel_traces WHERE SpanAttributes['user.id'] = '${subjectId}' ORDER BY Timestamp`;

/** Only the spans, and those of traces that name the person: nothing is followed from trace to trace. */
export const allTracesOf = (subjectId: string): string => `
  SELECT ${COLUMNS} FROM otel_traces
  WHERE TraceId IN (SELECT DISTINCT TraceId FROM otel_traces WHERE SpanAttributes['user.id'] = '${subjectId}')
  ORDER BY Timestamp`;

export interface ExporterTable {
  /** Runs a statement, takes all of its answer, and counts the rows. */
  linesOf(sql: string): Promise<number>;
}

export function exporterTable(url: Secret): ExporterTable {
  const { origin, pathname, username, password } = new URL(url.reveal());
  const authorization = `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
  const address = `${origin}/?database=${pathname.slice(1)}&default_format=JSONEachRow&wait_end_of_query=1`;
  return {
    async linesOf(sql) {
      // While this process thinks about somebody heavy, the server closes sockets that nobody uses.
      const headers = { authorization, connection: 'close' };
      const answer = await fetch(address, { method: 'POST', body: sql, headers });
      const body = Buffer.from(await answer.arrayBuffer());
      if (!answer.ok) throw new VestigeError('store_unavailable', body.toString('utf8', 0, 300));
      let lines = 0;
      for (let at = body.indexOf(10); at >= 0; at = body.indexOf(10, at + 1)) lines++;
      return lines;
    },
  };
}
