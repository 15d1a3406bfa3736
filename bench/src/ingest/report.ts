import { median } from '../median.ts';
import type { Measured } from './measure.ts';

export interface Sizes {
  /** Sent to ClickHouse over HTTP; 0 where another protocol was spoken. */
  readonly wireBytesPerSpan: number;
  /** After all merges. */
  readonly diskBytesPerSpan: number;
}

/** Medians of one case. */
export type CaseReport = Measured & Sizes;

const NOTHING: CaseReport = {
  clientCpuUs: 0,
  serverCpuUs: 0,
  postgresCpuUs: null,
  wallUs: 0,
  wireBytesPerSpan: 0,
  diskBytesPerSpan: 0,
};

/** The one JSON line of the benchmark: P1 and P2. Postgres counts to the client, as it serves nobody else here. */
export function ingestLine(byCase: ReadonlyMap<string, CaseReport>) {
  const of = (name: string) => byCase.get(name) ?? NOTHING;
  const collector = of('collector');
  const total = totalCpuUs(collector);
  const usual = totalCpuUs(of('usual way'));
  const peer = byCase.get('otelcol');
  return {
    cpuUsPerSpan: {
      client: rounded(collector.clientCpuUs + (collector.postgresCpuUs ?? 0)),
      server: rounded(collector.serverCpuUs),
      total: rounded(total),
    },
    usualCpuUsPerSpan: rounded(usual),
    ratioToUsual: rounded(usual / total),
    shareOfLimitCpu: rounded(totalCpuUs(of('replay')) / total),
    shareOfLimitWall: rounded(of('replay').wallUs / collector.wallUs),
    ...(peer === undefined ? {} : { otelcolCpuUsPerSpan: rounded(totalCpuUs(peer)) }),
  };
}

export function ingestTable(byCase: ReadonlyMap<string, CaseReport>): string {
  const head = ['case', 'client', 'postgres', 'server', 'total µs', 'spans/s/core', 'wall µs', 'wire B', 'disk B'];
  const rows = [...byCase].map(([name, report]) => [
    name,
    report.clientCpuUs.toFixed(2),
    report.postgresCpuUs === null ? '-' : report.postgresCpuUs.toFixed(2),
    report.serverCpuUs.toFixed(2),
    totalCpuUs(report).toFixed(2),
    Math.round(1e6 / totalCpuUs(report)).toLocaleString('en'),
    report.wallUs.toFixed(2),
    report.wireBytesPerSpan === 0 ? '-' : report.wireBytesPerSpan.toFixed(0),
    report.diskBytesPerSpan.toFixed(1),
  ]);
  return [head, ...rows]
    .map((row) => row.map((cell, at) => (at === 0 ? cell.padEnd(10) : cell.padStart(13))).join(''))
    .join('\n');
}

export function medianOf(results: readonly Measured[]): Measured {
  const of = (pick: (result: Measured) => number) => median(results.map(pick));
  return {
    clientCpuUs: of((result) => result.clientCpuUs),
    serverCpuUs: of((result) => result.serverCpuUs),
    postgresCpuUs: results.some((result) => result.postgresCpuUs === null)
      ? null
      : of((result) => result.postgresCpuUs ?? 0),
    wallUs: of((result) => result.wallUs),
  };
}

export const totalCpuUs = ({ clientCpuUs, serverCpuUs, postgresCpuUs }: Measured): number =>
  clientCpuUs + serverCpuUs + (postgresCpuUs ?? 0);

const rounded = (value: number): number => Math.round(value * 100) / 100;
