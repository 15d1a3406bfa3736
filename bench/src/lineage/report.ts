import { median } from '../median.ts';

export interface QuestionReport {
  /** heavy, middle or tail. */
  readonly group: string;
  readonly name: string;
  /** ours, or exporter. */
  readonly whose: string;
  readonly p50Ms: number;
  readonly p95Ms: number;
  /** Of an answer on average: of the engine, and of the API's process. On a busy machine these say more than the time. */
  readonly serverCpuMs: number;
  readonly ownCpuMs: number;
  /** Medians over the people of the group. */
  readonly rowsRead: number;
  readonly bytesRead: number;
  /** Rows or edges that the answer had. */
  readonly answered: number;
  /** Answers that were timed: fewer where they were slow. */
  readonly asked: number;
}

export interface Asked {
  readonly read: { rows: number; bytes: number; answered: number }[];
  readonly ms: number[];
  readonly serverCpuMs: number[];
  readonly ownCpuMs: number[];
}

export function reportOf(
  question: Pick<QuestionReport, 'group' | 'name' | 'whose'>,
  { read, ms, serverCpuMs, ownCpuMs }: Asked,
): QuestionReport {
  return {
    ...question,
    p50Ms: rounded(median(ms)),
    p95Ms: rounded(ms.toSorted((a, b) => a - b)[Math.ceil(ms.length * 0.95) - 1] ?? 0),
    serverCpuMs: mean(serverCpuMs),
    ownCpuMs: mean(ownCpuMs),
    rowsRead: median(read.map(({ rows }) => rows)),
    bytesRead: median(read.map(({ bytes }) => bytes)),
    answered: median(read.map(({ answered }) => answered)),
    asked: ms.length,
  };
}

export function lineageTable(reports: readonly QuestionReport[]): string {
  const head = [
    'who',
    'question',
    'table',
    'p50 ms',
    'p95 ms',
    'server CPU',
    'own CPU',
    'rows read',
    'MB read',
    'answered',
    'asked',
    'faster',
  ];
  const rows = reports.map((report) => {
    const { group, name, whose, p50Ms, p95Ms, serverCpuMs, ownCpuMs, rowsRead, bytesRead, answered, asked } = report;
    const rival = reports.find((other) => other.group === group && other.name === name && other.whose !== whose);
    const numbers = [
      p50Ms.toFixed(1),
      p95Ms.toFixed(1),
      serverCpuMs.toFixed(1),
      ownCpuMs.toFixed(1),
      rowsRead.toLocaleString('en'),
      (bytesRead / 1e6).toFixed(2),
      answered.toLocaleString('en'),
      String(asked),
      whose === 'ours' && rival !== undefined ? `${(rival.p50Ms / p50Ms).toFixed(1)}×` : '',
    ];
    return [group.padEnd(8), name.padEnd(13), whose.padEnd(9), ...numbers.map((text) => text.padStart(12))].join('');
  });
  const [who = '', question = '', table = '', ...columns] = head;
  const first = [who.padEnd(8), question.padEnd(13), table.padEnd(9), ...columns.map((text) => text.padStart(12))].join(
    '',
  );
  return [first, ...rows].join('\n');
}

const mean = (values: readonly number[]): number =>
  rounded(values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length));
const rounded = (value: number): number => Math.round(value * 10) / 10;
