/** How a database writes literals and names: only what changes the reading of a statement. */
export interface Dialect {
  /** `\'` inside a plain string is an escaped quote. */
  readonly backslash: boolean;
  /** In `r'C:\'` the backslash is one of the string's characters. */
  readonly rawStrings: boolean;
  /** `"x"` is a name, a string, or either, by position. */
  readonly doubleQuote: 'name' | 'string' | 'either';
  /** `[x]` is a name wherever it stands; elsewhere only where an array subscript cannot be. */
  readonly bracketNames: boolean;
  /** `#` opens a comment always, never, or where white space or `!` follows (elsewhere it is an operator). */
  readonly hashComments: 'no' | 'spaced' | 'all';
  /** `//` opens a comment. */
  readonly slashComments: boolean;
  /** `--` opens a comment only where white space follows (`5--1` is arithmetic in MySQL). */
  readonly spacedDashes: boolean;
  /** `perhaps`: they do, unless the text then never leaves the comment. */
  readonly nestedComments: 'no' | 'yes' | 'perhaps';
  /** `q'[it's]'`, with any delimiter. */
  readonly qQuotes: boolean;
  /** `t@x` is a table of another database; `FROM @x` a file area rather than a variable. */
  readonly at: 'variable' | 'link' | 'stage';
  readonly tripleQuotes: boolean;
  /** What becomes of a name without quotes. `all`: of a quoted one too, since the database compares without case. */
  readonly fold: 'lower' | 'upper' | 'none' | 'all';
  /** `SELECT … INTO x` fills a variable rather than a table. */
  readonly intoVariable: boolean;
  /** `FROM users u, u.orders` names an array of the row before. */
  readonly arrays: boolean;
  /** A common table expression may name itself without RECURSIVE, behind UNION. */
  readonly selfCtes: boolean;
  /** Statements follow each other without semicolons, a routine goes on to the end of its batch, `$5` is money. */
  readonly tsql: boolean;
  /** The target of a change is a table, also where a common table expression has its name; bodies of routines are strings. */
  readonly postgres: boolean;
}

const STANDARD: Dialect = {
  backslash: false,
  rawStrings: false,
  doubleQuote: 'name',
  bracketNames: false,
  hashComments: 'no',
  slashComments: false,
  spacedDashes: false,
  nestedComments: 'no',
  qQuotes: false,
  at: 'variable',
  tripleQuotes: false,
  fold: 'none',
  intoVariable: false,
  arrays: false,
  selfCtes: false,
  tsql: false,
  postgres: false,
};
const POSTGRES: Dialect = { ...STANDARD, nestedComments: 'yes', fold: 'lower', postgres: true };
const MYSQL: Dialect = {
  ...STANDARD,
  backslash: true,
  doubleQuote: 'string',
  hashComments: 'all',
  spacedDashes: true,
  intoVariable: true,
};
const SQLITE: Dialect = { ...STANDARD, doubleQuote: 'either', bracketNames: true, fold: 'all', selfCtes: true };
const TSQL: Dialect = { ...STANDARD, bracketNames: true, nestedComments: 'yes', selfCtes: true, tsql: true };
const UPPER: Dialect = { ...STANDARD, fold: 'upper', selfCtes: true };
/** Names without case, quoted or not. */
const TRINO: Dialect = { ...STANDARD, fold: 'all' };
const BIGQUERY: Dialect = {
  ...STANDARD,
  backslash: true,
  doubleQuote: 'string',
  hashComments: 'all',
  tripleQuotes: true,
  arrays: true,
};
/** Hive's metastore keeps names in lower case. */
const SPARK: Dialect = { ...STANDARD, backslash: true, rawStrings: true, doubleQuote: 'string', fold: 'all' };
const UNKNOWN: Dialect = {
  ...STANDARD,
  doubleQuote: 'either',
  qQuotes: true,
  hashComments: 'spaced',
  nestedComments: 'perhaps',
  selfCtes: true,
};

const DIALECTS: ReadonlyMap<string, Dialect> = new Map(
  Object.entries<Dialect>({
    postgresql: POSTGRES,
    cockroachdb: POSTGRES,
    // It compares names without case even in quotes, unless a session asks for more.
    'aws.redshift': { ...POSTGRES, fold: 'all', arrays: true },
    greenplum: POSTGRES,
    timescaledb: POSTGRES,
    yugabytedb: POSTGRES,
    edb: POSTGRES,
    mysql: MYSQL,
    mariadb: MYSQL,
    tidb: MYSQL,
    vitess: MYSQL,
    planetscale: MYSQL,
    singlestore: MYSQL,
    starrocks: MYSQL,
    doris: MYSQL,
    sqlite: SQLITE,
    libsql: SQLITE,
    duckdb: { ...STANDARD, fold: 'all' },
    trino: TRINO,
    presto: TRINO,
    'aws.athena': TRINO,
    'microsoft.sql_server': TSQL,
    sybase: TSQL,
    'oracle.db': { ...UPPER, intoVariable: true, qQuotes: true, at: 'link' },
    snowflake: { ...UPPER, backslash: true, slashComments: true, at: 'stage' },
    'ibm.db2': { ...UPPER, nestedComments: 'perhaps' },
    'sap.hana': UPPER,
    h2database: UPPER,
    hsqldb: UPPER,
    derby: UPPER,
    firebirdsql: UPPER,
    clickhouse: {
      ...STANDARD,
      backslash: true,
      hashComments: 'spaced',
      slashComments: true,
      nestedComments: 'perhaps',
    },
    cassandra: { ...STANDARD, fold: 'lower', slashComments: true },
    'gcp.bigquery': BIGQUERY,
    'gcp.spanner': BIGQUERY,
    hive: SPARK,
    spark: { ...SPARK, nestedComments: 'perhaps' },
    databricks: { ...SPARK, nestedComments: 'perhaps' },
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
  'teradata',
  'vertica',
  'netezza',
  'ingres',
  'informix',
  'interbase',
  'maxdb',
  'progress',
  'adabas',
  'cache',
  'cloudscape',
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
  'questdb',
  'exasol',
]);
