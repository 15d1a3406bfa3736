/** What the demo found out, in the shape of its `--json` line. */
export interface DemoReport {
  readonly spans: { readonly sent: number; readonly stored: number; readonly lost: number };
  readonly lineage: {
    readonly subject: string;
    readonly expected: readonly string[];
    readonly found: readonly string[];
    readonly missing: readonly string[];
    readonly unexpected: readonly string[];
  };
  readonly residency: { readonly expected: readonly string[]; readonly missing: readonly string[] };
  /** Which agent gives what to which other one. */
  readonly agents: { readonly expected: readonly string[]; readonly found: readonly string[] };
  readonly access: { readonly packagePath: string; readonly stores: number; readonly rows: number };
  readonly erasure: {
    readonly tasks: number;
    readonly verified: number;
    readonly residual: number;
    readonly telemetryBytesFound: number;
    readonly othersUntouched: boolean;
  };
  readonly certificate: { readonly verifiedOffline: boolean };
  readonly resurrection: { readonly lateSpansSuppressed: number };
}

/** Why this run does not prove what it should; empty when it does. */
export function faultsOf(report: DemoReport): string[] {
  const { spans, lineage, residency, agents, access, erasure, certificate, resurrection } = report;
  const checks: [boolean, string][] = [
    [spans.sent > 0 && spans.stored > 0, 'no spans were sent or stored'],
    [spans.lost === 0, `${spans.lost} spans were lost`],
    [lineage.missing.length === 0, `lineage misses ${lineage.missing.join(', ')}`],
    [lineage.unexpected.length === 0, `lineage names places she never reached: ${lineage.unexpected.join(', ')}`],
    [residency.missing.length === 0, `residency misses ${residency.missing.join(', ')}`],
    [agents.found.join() === agents.expected.join(), `agents gave to one another: ${agents.found.join(', ')}`],
    [access.rows > 0 && access.stores > 0, 'the access package is empty'],
    [
      erasure.tasks > 0 && erasure.verified === erasure.tasks,
      `${erasure.tasks - erasure.verified} erasure tasks are not proven`,
    ],
    [erasure.residual === 0, `${erasure.residual} records are left`],
    [
      erasure.telemetryBytesFound === 0,
      `${erasure.telemetryBytesFound} files still hold her identifiers or subject id`,
    ],
    [erasure.othersUntouched, 'the data of somebody else changed'],
    [certificate.verifiedOffline, 'the certificate does not verify'],
    [resurrection.lateSpansSuppressed > 0, 'late spans of an erased person were not refused'],
  ];
  return checks.filter(([ok]) => !ok).map(([, says]) => says);
}

export function printReport(report: DemoReport, print: (line: string) => void): void {
  const { spans, lineage, residency, agents, access, erasure, certificate, resurrection } = report;
  const row = (name: string, text: string) => print(`  ${name.padEnd(14)} ${text}`);
  print('');
  print('Report');
  row('spans', `${spans.sent} sent by the application, ${spans.stored} stored, ${spans.lost} lost`);
  row(
    'lineage',
    `${lineage.found.length} of ${lineage.expected.length} places found, ${lineage.unexpected.length} too many`,
  );
  row(
    'residency',
    `${residency.expected.length - residency.missing.length} of ${residency.expected.length} stores found`,
  );
  row('agents', `${agents.found.length} of ${agents.expected.length} ways from agent to agent found`);
  row('access', `${access.rows} rows from ${access.stores} stores, ${access.packagePath}`);
  row('erasure', `${erasure.verified} of ${erasure.tasks} targets proven clean, ${erasure.residual} records left`);
  row('byte search', `${erasure.telemetryBytesFound} files hold her identifiers or her subject id`);
  row('others', erasure.othersUntouched ? 'every row of the other seven people is as it was' : 'CHANGED');
  row('certificate', certificate.verifiedOffline ? 'verified offline with the public key alone' : 'DOES NOT VERIFY');
  row('resurrection', `${resurrection.lateSpansSuppressed} late spans refused`);
  const faults = faultsOf(report);
  print('');
  if (faults.length === 0) print('All of it holds.');
  for (const fault of faults) print(`FAULT: ${fault}`);
}
