import type { Secret } from '@vestige/core/secret';
import { clickHouseText } from '../harness/clickhouse-text.ts';

/** As the tables answer once copies are collapsed: a span that were counted twice would have 2 here. */
const ROWS_PER_SPAN = 'SELECT lower(hex(span_id)), count() FROM spans FINAL GROUP BY span_id FORMAT TSV';
/** Rows before copies are collapsed: how often a span really arrived again. */
const ROWS = 'SELECT count() FROM spans';

/** @returns span id → rows that stand for it */
export async function rowsPerSpan(verifier: Secret): Promise<Map<string, number>> {
  const text = await clickHouseText(verifier, ROWS_PER_SPAN);
  const rows = text.split('\n').filter((line) => line !== '');
  return new Map(
    rows.map((line) => {
      const [spanId = '', count] = line.split('\t');
      return [spanId, Number(count)];
    }),
  );
}

export async function physicalRows(verifier: Secret): Promise<number> {
  return Number(await clickHouseText(verifier, ROWS));
}
