import { expect, test } from 'vitest';
import { EXPORT_REQUEST, type WireRequest } from '../otlp-schema.ts';
import { traceBodies } from '../traces.ts';
import { otelTracesRows } from './otel-traces.ts';
import { type CaseReport, ingestLine, medianOf } from './report.ts';

const report = (clientCpuUs: number, serverCpuUs: number, more: Partial<CaseReport> = {}): CaseReport => ({
  clientCpuUs,
  serverCpuUs,
  postgresCpuUs: null,
  wallUs: 10,
  wireBytesPerSpan: 0,
  diskBytesPerSpan: 0,
  ...more,
});

test('the line counts Postgres to the client and compares totals', () => {
  const line = ingestLine(
    new Map([
      ['collector', report(3, 2, { postgresCpuUs: 1, wallUs: 8 })],
      ['replay', report(0.5, 2.5, { wallUs: 6 })],
      ['usual way', report(40, 20)],
    ]),
  );
  expect(line).toEqual({
    cpuUsPerSpan: { client: 4, server: 2, total: 6 },
    usualCpuUsPerSpan: 60,
    ratioToUsual: 10,
    shareOfLimitCpu: 0.5,
    shareOfLimitWall: 0.75,
  });
});

test('one slow round does not move a median', () => {
  const rounds = [report(3, 2), report(90, 80), report(4, 1)];
  expect(medianOf(rounds)).toMatchObject({ clientCpuUs: 4, serverCpuUs: 2, postgresCpuUs: null });
});

test('the usual way writes every span with all its attributes', () => {
  const [body] = traceBodies({ spans: 300, spansPerBody: 300 });
  const request = EXPORT_REQUEST.decode(body?.bytes ?? new Uint8Array()) as unknown as WireRequest;
  const rows = otelTracesRows(request) as Record<string, Record<string, string>>[];
  expect(rows).toHaveLength(300);
  for (const row of rows) {
    expect(row['TraceId']).toMatch(/^[0-9a-f]{32}$/);
    expect(row['Timestamp']).toMatch(/^\d{10}\.\d{9}$/);
    expect(Number(row['Duration'])).toBeGreaterThan(0);
    expect(row['ResourceAttributes']?.['service.namespace']).toBe('desk');
    expect(row['SpanAttributes']?.['vestige.seq']).toMatch(/^\d+$/);
    expect(Object.values(row['SpanAttributes'] ?? {})).not.toContain('');
  }
  const tagged = rows.filter((row) => row['SpanAttributes']?.['vestige.subject.tokens']?.startsWith('["ps1.'));
  expect(tagged.length).toBeGreaterThan(200);
});
