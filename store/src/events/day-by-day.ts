import type { ClickHouseSettings } from '@clickhouse/client';

/**
 * For reads with `FINAL` of tables with a partition a day: rows that replace one another are of one day, as far as merges
 * go, so parts of different days need not be compared.
 */
export const DAY_BY_DAY = { do_not_merge_across_partitions_select_final: 1 } as const satisfies ClickHouseSettings;
