import { DATABASE, ERASE_EVIDENCE, ERASE_FOUND, ERASE_QUEUE, TENANT_TABLES } from './tables.ts';

/**
 * Who may do what in ClickHouse, written once: the embedded engine and `deploy/clickhouse/users.d` are rendered from it.
 */
export const CLICKHOUSE_ROLES = ['collector', 'api', 'eraser', 'verifier', 'admin'] as const;
export type ClickHouseRole = (typeof CLICKHOUSE_ROLES)[number];

export interface RoleDefinition {
  /** Privileges on tables of ours; on a cluster they are given on the local half as well. */
  readonly tables: readonly { readonly privileges: string; readonly on: readonly string[] }[];
  /** Whole statements. */
  readonly grants: readonly string[];
  readonly settings: Readonly<Record<string, string | number>>;
  /** Settings this role cannot change. */
  readonly constants: readonly string[];
  /** Upper bounds for settings a query may set for itself; all but the administrator have one for time and memory. */
  readonly maxima: Readonly<Record<string, number>>;
  /** Sees the rows of the tenant its query names in `log_comment`, and nothing when it names none. */
  readonly rowPolicy: boolean;
}

/**
 * `getSetting` of a built-in setting, because settings of one's own do not exist in the embedded engine's users file.
 * A query without the comment compares with tenant 0, which nobody has.
 */
export const TENANT_ROW_POLICY = `tenant = toUInt32OrZero(extract(getSetting('log_comment'), '^t(\\\\d+) '))`;

/**
 * Rows masked by a lightweight delete stay readable with `apply_deleted_mask = 0` (research: CH1), so only the
 * verifier, whose job is to look for them, may switch the masks off.
 */
const MASKS = { apply_deleted_mask: 1, apply_patch_parts: 1 } as const;
const MASK_NAMES = Object.keys(MASKS);

/** `async_insert` acknowledges what is not yet durable, or delays it; the engine's own default is 1. */
const COMMON = { async_insert: 0, date_time_input_format: 'best_effort', log_queries: 1 } as const;

const GIB = 1024 ** 3;
/** What one read of the API may return (store/src/clickhouse/settings.ts asks for the same). */
const RESULT_ROWS_MAX = 2_000_000;

const SYSTEM_TABLES_OF_ERASURE = [
  'parts',
  'mutations',
  'detached_parts',
  'dropped_tables',
  'tables',
  'columns',
  'clusters',
  'replicas',
  'one',
];

const systemTables = SYSTEM_TABLES_OF_ERASURE.map((table) => `GRANT SELECT ON system.${table}`);

export const ROLE_DEFINITIONS: Readonly<Record<ClickHouseRole, RoleDefinition>> = {
  collector: {
    tables: [{ privileges: 'INSERT, SELECT', on: TENANT_TABLES }],
    grants: [],
    settings: { ...COMMON, ...MASKS, max_execution_time: 60, max_memory_usage: 4 * GIB },
    constants: ['async_insert', ...MASK_NAMES],
    maxima: { max_execution_time: 60, max_memory_usage: 4 * GIB },
    // A policy of whoever inserts also filters what a materialized view is filled with: blocks of several tenants, which
    // name none, would leave `service_days` empty without an error.
    rowPolicy: false,
  },
  api: {
    tables: [{ privileges: 'SELECT', on: TENANT_TABLES }],
    grants: [],
    settings: {
      ...COMMON,
      ...MASKS,
      readonly: 2,
      max_execution_time: 30,
      max_memory_usage: 4 * GIB,
      max_result_rows: RESULT_ROWS_MAX,
      result_overflow_mode: 'throw',
    },
    constants: [...MASK_NAMES, 'result_overflow_mode'],
    maxima: { max_execution_time: 120, max_memory_usage: 4 * GIB, max_result_rows: RESULT_ROWS_MAX },
    rowPolicy: true,
  },
  eraser: {
    tables: [
      { privileges: 'SELECT, ALTER DELETE', on: TENANT_TABLES },
      { privileges: 'SELECT, INSERT, ALTER DELETE, TRUNCATE', on: [ERASE_QUEUE] },
      { privileges: 'SELECT, INSERT', on: [ERASE_FOUND] },
    ],
    grants: systemTables,
    settings: { ...COMMON, ...MASKS, max_execution_time: 3600, max_memory_usage: 8 * GIB, mutations_sync: 2 },
    constants: ['async_insert', ...MASK_NAMES],
    maxima: { max_execution_time: 3600, max_memory_usage: 8 * GIB },
    rowPolicy: false,
  },
  verifier: {
    tables: [
      { privileges: 'SELECT', on: [...TENANT_TABLES, ERASE_QUEUE, ERASE_FOUND] },
      { privileges: 'SELECT, INSERT', on: [ERASE_EVIDENCE] },
    ],
    grants: systemTables,
    settings: { ...COMMON, max_execution_time: 300, max_memory_usage: 8 * GIB },
    constants: ['async_insert'],
    maxima: { max_execution_time: 3600, max_memory_usage: 8 * GIB },
    rowPolicy: false,
  },
  admin: {
    tables: [],
    grants: [
      `GRANT CREATE DATABASE, CREATE TABLE, CREATE VIEW, DROP TABLE, DROP VIEW, ALTER, SELECT, INSERT, TRUNCATE, OPTIMIZE, SHOW, SYSTEM MERGES, SYSTEM SYNC REPLICA ON ${DATABASE}.*`,
      'GRANT TABLE ENGINE ON *',
      'GRANT SELECT ON system.*',
    ],
    settings: { ...COMMON, ...MASKS },
    constants: MASK_NAMES,
    maxima: {},
    rowPolicy: false,
  },
};
