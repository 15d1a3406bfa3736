import type { CollectorSetup } from './collector-child.ts';
import { type Contender, startScript } from './contender.ts';
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
