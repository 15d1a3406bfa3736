/** How a database writes literals and names: only what changes the reading of a statement. */
export interface Dialect {
  /** `\'` inside a plain string is an escaped quote. */
  readonly backslash: boolean;
  /** `"x"` is a name, a string, or either, by position. */
  readonly doubleQuote: 'name' | 'string' | 'either';
  /** `[x]` is a name wherever it stands; elsewhere only where an array subscript cannot be. */
  readonly bracketNames: boolean;
  readonly hashComments: boolean;
  /** `--` opens a comment only where white space follows (`5--1` is arithmetic in MySQL). */
  readonly spacedDashes: boolean;
  /** `q'[it's]'`, with any delimiter. */
  readonly qQuotes: boolean;
  /** `t@x` is a table of another database; `FROM @x` a file area rather than a variable. */
  readonly at: 'variable' | 'link' | 'stage';
  readonly nestedComments: boolean;
  readonly tripleQuotes: boolean;
  /** What becomes of a name without quotes. `all`: of a quoted one too, since the database compares without case. */
  readonly fold: 'lower' | 'upper' | 'none' | 'all';
  /** `SELECT … INTO x` fills a variable rather than a table. */
  readonly intoVariable: boolean;
}

const STANDARD: Dialect = {
  backslash: false,
  doubleQuote: 'name',
  bracketNames: false,
  hashComments: false,
  spacedDashes: false,
  qQuotes: false,
  at: 'variable',
  nestedComments: false,
  tripleQuotes: false,
  fold: 'none',
  intoVariable: false,
};
const POSTGRES: Dialect = { ...STANDARD, nestedComments: true, fold: 'lower' };
const MYSQL: Dialect = {
  ...STANDARD,
  backslash: true,
  doubleQuote: 'string',
  hashComments: true,
  spacedDashes: true,
  intoVariable: true,
};
const UPPER: Dialect = { ...STANDARD, fold: 'upper' };
const SPARK: Dialect = { ...STANDARD, backslash: true, doubleQuote: 'string' };
const UNKNOWN: Dialect = { ...STANDARD, doubleQuote: 'either', qQuotes: true };

const DIALECTS: ReadonlyMap<string, Dialect> = new Map(
  Object.entries<Dialect>({
    postgresql: POSTGRES,
    cockroachdb: POSTGRES,
    'aws.redshift': POSTGRES,
    greenplum: POSTGRES,
    mysql: MYSQL,
    mariadb: MYSQL,
    sqlite: { ...STANDARD, doubleQuote: 'either', bracketNames: true, fold: 'all' },
    libsql: { ...STANDARD, doubleQuote: 'either', bracketNames: true, fold: 'all' },
    duckdb: { ...STANDARD, fold: 'all' },
    trino: { ...STANDARD, fold: 'lower' },
    'microsoft.sql_server': { ...STANDARD, bracketNames: true, nestedComments: true },
    'oracle.db': { ...UPPER, intoVariable: true, qQuotes: true, at: 'link' },
    snowflake: { ...UPPER, backslash: true, at: 'stage' },
    'ibm.db2': UPPER,
    'sap.hana': UPPER,
    clickhouse: { ...STANDARD, backslash: true },
    cassandra: { ...STANDARD, fold: 'lower' },
    'gcp.bigquery': { ...SPARK, hashComments: true, tripleQuotes: true },
    'gcp.spanner': { ...SPARK, hashComments: true, tripleQuotes: true },
    hive: SPARK,
    spark: SPARK,
    databricks: SPARK,
  }),
);

/** @param system `db.system.name` in its stable spelling; anything else reads as cautious standard SQL */
export function dialectOf(system: string | undefined): Dialect {
  return (system !== undefined && DIALECTS.get(system)) || UNKNOWN;
}

/** Does this system speak SQL or something close enough for the reader (CQL)? */
export function speaksSql(system: string): boolean {
  return DIALECTS.has(system) || OTHER_SQL.has(system);
}

const OTHER_SQL: ReadonlySet<string> = new Set([
  'other_sql',
  'h2database',
  'hsqldb',
  'derby',
  'firebirdsql',
  'teradata',
  'vertica',
  'netezza',
  'sybase',
  'ingres',
  'informix',
  'interbase',
  'maxdb',
  'progress',
  'adabas',
  'cache',
  'cloudscape',
  'edb',
  'filemaker',
  'firstsql',
  'instantdb',
  'pointbase',
  'pervasive',
  'intersystems_cache',
  'softwareag.adabas',
  'ibm.informix',
  'ibm.netezza',
  'actian.ingres',
  'aws.athena',
  'presto',
  'questdb',
  'timescaledb',
  'singlestore',
  'tidb',
  'vitess',
  'planetscale',
  'yugabytedb',
  'exasol',
  'starrocks',
  'doris',
]);
