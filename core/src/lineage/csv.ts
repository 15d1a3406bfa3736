import type { LineageEdge } from './answer.ts';

const COLUMNS = [
  'from',
  'to',
  'action',
  'confidence',
  'role',
  'count',
  'firstSeen',
  'lastSeen',
  'categories',
  'purposes',
  'evidence',
  'evidenceTotal',
  'skewMs',
] as const;

/**
 * Edges as CSV (RFC 4180: CRLF, quotes doubled), one header line. Lists are joined with `; `, evidence is
 * `traceId/spanId`.
 */
export function edgesCsv(edges: readonly LineageEdge[]): string {
  const rows = edges.map((edge) => [
    edge.from,
    edge.to,
    edge.action,
    edge.confidence,
    edge.role ?? '',
    String(edge.count),
    edge.firstSeen,
    edge.lastSeen,
    edge.categories.join('; '),
    edge.purposes.join('; '),
    edge.evidence.map(({ traceId, spanId }) => (spanId === '' ? traceId : `${traceId}/${spanId}`)).join('; '),
    String(edge.evidenceTotal),
    edge.skewMs === undefined ? '' : String(edge.skewMs),
  ]);
  return [COLUMNS, ...rows].map((row) => `${row.map(csvCell).join(',')}\r\n`).join('');
}

/**
 * A cell that no spreadsheet takes for a formula: text that begins with `=`, `+`, `-`, `@`, a tab or a line break gets an
 * apostrophe in front (OWASP, CSV injection), also after leading spaces, which some programs skip.
 */
export function csvCell(text: string): string {
  const safe = /^\s*[=+\-@\t\r\n＝＋－＠]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
