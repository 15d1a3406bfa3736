import { type ClickHouse, SYSTEM_SPEAKER } from '../clickhouse/client.ts';
import { RowBinaryWriter } from '../clickhouse/row-binary.ts';

/** Evidence rows of one verification: which batch, after which rewrite. */
export interface Judged {
  readonly batch: string;
  /** Unix seconds by the engine's clock. */
  readonly doneAtS: number;
}

export interface EvidenceRow {
  readonly table: string;
  readonly replica: string;
  readonly check: string;
  readonly chunk: number;
  readonly chunks: number;
  readonly found: number;
}

/** Who counted, and when, is filled in by the engine. */
export async function putEvidence(clickhouse: ClickHouse, judged: Judged, rows: readonly EvidenceRow[]): Promise<void> {
  if (rows.length === 0) return;
  const writer = new RowBinaryWriter();
  for (const { table, replica, check, chunk, chunks, found } of rows) {
    writer.string(judged.batch);
    writer.u32(judged.doneAtS);
    for (const text of [table, replica, check]) writer.string(text);
    writer.u16(chunk);
    writer.u16(chunks);
    writer.i64(BigInt(found));
  }
  await clickhouse.insert(SYSTEM_SPEAKER, {
    table: 'erase_evidence',
    columns: ['batch', 'done_at_s', 'table_name', 'replica', 'check_name', 'chunk', 'chunks', 'found'],
    body: writer.bytes(),
  });
}

const COUNTED_TO_ZERO = `
SELECT table_name AS table, chunk
FROM erase_evidence
WHERE batch = {batch: String} AND done_at_s = {doneAtS: UInt32} AND check_name = {check: String} AND chunks = {chunks: UInt16}
  AND toUnixTimestamp(verified_at) > done_at_s
GROUP BY table_name, chunk
HAVING max(found) = 0`;

/**
 * Chunks that were counted to zero after this rewrite, as `table chunk`. Only what was counted in a later second than the
 * rewrite ended: two rewrites of one batch may end in the same second, and evidence of the first says nothing about the
 * second.
 */
export async function countedToZero(
  clickhouse: ClickHouse,
  { batch, doneAtS }: Judged,
  check: string,
  chunks: number,
): Promise<ReadonlySet<string>> {
  const rows = await clickhouse.rows<{ table: string; chunk: number }>(
    SYSTEM_SPEAKER,
    { name: 'chunks counted to zero', sql: COUNTED_TO_ZERO },
    { batch, doneAtS, check, chunks },
  );
  return new Set(rows.map(({ table, chunk }) => `${table} ${chunk}`));
}

/** The login that counted, as the engine noted it. */
export async function evidenceBy(clickhouse: ClickHouse, { batch, doneAtS }: Judged): Promise<string | null> {
  const [row] = await clickhouse.rows<{ by: string }>(
    SYSTEM_SPEAKER,
    {
      name: 'who counted',
      sql: `SELECT any(verified_by) AS by FROM erase_evidence WHERE batch = {batch: String} AND done_at_s = {doneAtS: UInt32}`,
    },
    { batch, doneAtS },
  );
  return row?.by || null;
}
