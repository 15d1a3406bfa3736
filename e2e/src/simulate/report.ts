import { CONFIDENCES, type Confidence } from '@vestige/core/lineage/answer';
import { fraction, KINDS, type Kind, type Measured, type Share } from './measure.ts';

/** The figures of one seed, over all its tenants. */
export interface Report {
  readonly seed: number;
  readonly recall: Record<Kind, number>;
  /** Told things that the recall is of: of nothing all is found. */
  readonly expected: Record<Kind, number>;
  /** Over nodes, edges, residency and recipients. */
  readonly precision: Record<Confidence, number>;
  readonly againstTime: number;
  readonly crossTenant: number;
  readonly precisionByKind: Record<Kind, Record<Confidence, number>>;
  readonly heldButGone: number;
  readonly wrong: Record<string, number>;
  readonly missed: readonly string[];
  /** Explanations that do not hold. */
  readonly faults: readonly string[];
  /** Spans lost on the way, and how many of them the answers know to be missing; null where nobody counts. */
  readonly lostSpans: number;
  readonly missingSpans: number | null;
  readonly people: number;
  readonly spans: number;
}

export function reportOf(seed: number, size: Pick<Report, 'people' | 'spans'>, tenants: readonly Measured[]): Report {
  const sum = (of: (measured: Measured) => number) => tenants.reduce((total, one) => total + of(one), 0);
  const joined = (of: (measured: Measured) => Share[]) => {
    const shares = tenants.flatMap(of);
    return fraction({
      found: shares.reduce((total, { found }) => total + found, 0),
      all: shares.reduce((total, { all }) => total + all, 0),
    });
  };
  const byConfidence = (of: (measured: Measured, confidence: Confidence) => Share[]) =>
    Object.fromEntries(CONFIDENCES.map((confidence) => [confidence, joined((one) => of(one, confidence))])) as Record<
      Confidence,
      number
    >;
  const byKind = <T>(of: (kind: Kind) => T) =>
    Object.fromEntries(KINDS.map((kind) => [kind, of(kind)])) as Record<Kind, T>;
  const wrong = new Map<string, number>();
  for (const one of tenants) for (const [why, count] of one.wrong) wrong.set(why, (wrong.get(why) ?? 0) + count);
  return {
    seed,
    recall: byKind((kind) => joined((one) => [one.recall[kind]])),
    expected: byKind((kind) => sum((one) => one.recall[kind].all)),
    precision: byConfidence((one, confidence) => KINDS.map((kind) => one.precision[kind][confidence])),
    againstTime: sum((one) => one.againstTime),
    crossTenant: sum((one) => one.crossTenant),
    precisionByKind: byKind((kind) => byConfidence((one, confidence) => [one.precision[kind][confidence]])),
    heldButGone: sum((one) => one.heldButGone),
    wrong: Object.fromEntries([...wrong].sort((a, b) => b[1] - a[1])),
    missed: tenants.flatMap(({ missed }) => missed),
    faults: tenants.flatMap(({ faults }) => faults),
    lostSpans: sum(({ lostSpans }) => lostSpans),
    missingSpans: tenants.some(({ missingSpans }) => missingSpans === null)
      ? null
      : sum(({ missingSpans }) => missingSpans ?? 0),
    ...size,
  };
}

/** What must not be, each in one line; a run that is right has none. */
export function problemsOf({ expected, missed, faults, wrong, againstTime, crossTenant }: Report): string[] {
  const untrue = Object.entries(wrong).filter(([why]) => why.startsWith('declared') || why.includes('unexplained'));
  return [
    ...KINDS.filter((kind) => expected[kind] === 0).map(
      (kind) => `nothing was told of ${kind}, so none could be missed`,
    ),
    ...(missed.length > 0 ? [`${missed.length} told things are missing`] : []),
    ...(faults.length > 0 ? [`${faults.length} reasons do not hold`] : []),
    ...untrue.map(([why, count]) => `${count} wrong: ${why}`),
    ...(againstTime > 0 ? [`${againstTime} flows against time`] : []),
    ...(crossTenant > 0 ? [`${crossTenant} flows of another tenant`] : []),
  ];
}

/** For people. */
export function textOf(report: Report): string {
  const percent = (share: number) => `${(share * 100).toFixed(share === 1 ? 0 : 2)} %`;
  const rows = (shares: Record<string, number>) =>
    Object.entries(shares).map(([name, share]) => `  ${name.padEnd(12)}${percent(share)}`);
  return [
    `Seed ${report.seed}: ${report.people} people, ${report.spans} spans`,
    'Recall: of what happened and was told, what the answers contain',
    ...rows(report.recall),
    'Precision: of what the answers say, what happened',
    ...rows(report.precision),
    `Flows against time: ${report.againstTime}. Flows of another tenant: ${report.crossTenant}.`,
    `Said to be held, and gone: ${report.heldButGone}. Explanations that do not hold: ${report.faults.length}.`,
    `Spans lost: ${report.lostSpans}. Known to be missing: ${report.missingSpans ?? 'not counted'}.`,
    'Why answers said what did not happen',
    ...Object.entries(report.wrong).map(([why, count]) => `  ${String(count).padStart(6)}  ${why}`),
    ...report.missed.slice(0, 50).map((missed) => `MISSED ${missed}`),
    ...report.faults.slice(0, 50).map((fault) => `FAULT ${fault}`),
    '',
  ].join('\n');
}
