import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '@vestige/stack/ports';
import type { CollectorSetup } from './collector-child.ts';
import { type Contender, startProgram, startScript } from './contender.ts';
import { OTEL_TRACES_DDL } from './otel-traces.ts';
import type { UsualSetup } from './usual-child.ts';

/** (a) Our collector, end to end over HTTP with everything switched on. */
export function collector(cpuProfileDir: string | null): Contender {
  return {
    name: 'collector',
    tables: ['spans', 'touches', 'record_touches', 'links_in', 'rejected_spans'],
    async start(_engine, urlOf) {
      const setup: CollectorSetup = {
        writeUrl: urlOf('collector'),
        readUrl: urlOf('api'),
        settings: {},
      };
      const child = await startScript(new URL('./collector-child.ts', import.meta.url), setup, cpuProfileDir);
      return {
        pid: child.pid,
        tracesUrl: `${child.hello.url}/v1/traces`,
        headers: { authorization: `Bearer ${child.hello.key}` },
        postgresDatabase: child.hello.postgresDatabase ?? null,
        stop: child.stop,
      };
    },
  };
}

/** (c) Decode to objects, JSONEachRow, exporter-style table. */
export function usualWay(cpuProfileDir: string | null): Contender {
  return {
    name: 'usual way',
    tables: ['otel_traces'],
    async start(engine, urlOf) {
      await engine.ask(OTEL_TRACES_DDL);
      const setup: UsualSetup = { clickhouseUrl: urlOf('admin') };
      const child = await startScript(new URL('./usual-child.ts', import.meta.url), setup, cpuProfileDir);
      return {
        pid: child.pid,
        tracesUrl: `${child.hello.url}/v1/traces`,
        headers: {},
        postgresDatabase: null,
        stop: child.stop,
      };
    },
  };
}

/** What the exporter makes besides `otel_traces`: where each trace begins and ends. */
const OTELCOL_TABLES = ['otel_traces', 'otel_traces_trace_id_ts'] as const;

/**
 * (d) The OpenTelemetry Collector with its ClickHouse exporter, as its documentation sets it up for throughput: batches of
 * 10,000, and inserts that are acknowledged when they are written, like ours.
 *
 * @param binary a Collector built with the OTLP receiver, the batch processor and the ClickHouse exporter
 *   (`collector/src/interop/record/opentelemetry-collector/builder.yaml`)
 */
export function openTelemetryCollector(binary: string): Contender {
  return {
    name: 'otelcol',
    tables: OTELCOL_TABLES,
    async start(engine, urlOf) {
      const dir = mkdtempSync(join(tmpdir(), 'vestige-otelcol-'));
      const config = join(dir, 'config.yaml');
      const port = await freePort();
      writeFileSync(config, otelcolConfig(port, new URL(urlOf('admin')), engine.nativePort), { mode: 0o600 });
      const child = await startProgram(binary, ['--config', config], port);
      return {
        pid: child.pid,
        tracesUrl: `http://127.0.0.1:${port}/v1/traces`,
        headers: {},
        postgresDatabase: null,
        async stop() {
          await child.stop();
          rmSync(dir, { recursive: true });
        },
      };
    },
  };
}

function otelcolConfig(port: number, { username, password, pathname }: URL, nativePort: number): string {
  return `
receivers:
  otlp: { protocols: { http: { endpoint: "127.0.0.1:${port}" } } }
processors:
  batch: { send_batch_size: 10000, send_batch_max_size: 10000, timeout: 200ms }
exporters:
  clickhouse:
    endpoint: tcp://127.0.0.1:${nativePort}
    username: ${username}
    password: ${password}
    database: ${pathname.slice(1)}
    async_insert: false
    compress: none
    create_schema: true
    timeout: 60s
    sending_queue: { num_consumers: 2, queue_size: 1000 }
service:
  telemetry: { metrics: { level: none }, logs: { level: warn } }
  pipelines:
    traces: { receivers: [otlp], processors: [batch], exporters: [clickhouse] }
`;
}
