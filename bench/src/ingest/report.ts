import { median } from '../median.ts';
import type { Measured } from './measure.ts';

/** Medians of one case. */
export interface CaseReport extends Measured {
  readonly wireBytesPerSpan: number;
  readonly diskBytesPerSpan: number;
}

interface Cases {
  readonly collector: CaseReport;
  readonly replay: CaseReport;
  readonly usual: CaseReport;
}

/** The one JSON line of the benchmark: P1 and P2. Postgres counts to the client, as it serves nobody else here. */
export function ingestLine({ collector, replay, usual }: Cases) {
  const client = collector.clientCpuUs + (collector.postgresCpuUs ?? 0);
  const total = totalUs(collector);
  return {
    cpuUsPerSpan: { client: rounded(client), server: rounded(collector.serverCpuUs), total: rounded(total) },
    usualCpuUsPerSpan: rounded(totalUs(usual)),
    ratioToUsual: rounded(totalUs(usual) / total),
    shareOfLimitCpu: rounded(totalUs(replay) / total),
    shareOfLimitWall: rounded(replay.wallUs / collector.wallUs),
  };
}

export function ingestTable(cases: Cases): string {
  const head = ['case', 'client', 'postgres', 'server', 'total µs', 'spans/s/core', 'wall µs', 'wire B', 'disk B'];
  const rows = Object.entries(cases).map(([name, report]: [string, CaseReport]) => [
    name,
    report.clientCpuUs.toFixed(2),
    report.postgresCpuUs === null ? '-' : report.postgresCpuUs.toFixed(2),
    report.serverCpuUs.toFixed(2),
    totalUs(report).toFixed(2),
    Math.round(1e6 / totalUs(report)).toLocaleString('en'),
    report.wallUs.toFixed(2),
    report.wireBytesPerSpan.toFixed(0),
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
    postgresCpuUs: results[0]?.postgresCpuUs == null ? null : of((result) => result.postgresCpuUs ?? 0),
    wallUs: of((result) => result.wallUs),
  };
}

const totalUs = ({ clientCpuUs, serverCpuUs, postgresCpuUs }: Measured): number =>
  clientCpuUs + serverCpuUs + (postgresCpuUs ?? 0);

const rounded = (value: number): number => Math.round(value * 100) / 100;
