import { dialectOf } from './dialect.ts';

/**
 * Which stored statements rule set 4 may read otherwise than rule set 3 did: `vestige reclassify` reads those again and
 * leaves the others (ADR 90). It looks at what sanitising left.
 */

/** Systems whose names fold otherwise now, or whose literals and comments are read as those of their family. */
const SYSTEMS: ReadonlySet<string> = new Set(
  'hive spark databricks trino presto aws.athena aws.redshift yugabytedb timescaledb edb tidb vitess planetscale singlestore starrocks doris sybase h2database hsqldb derby firebirdsql'.split(
    ' ',
  ),
);
/** Tables with the name of a clause, names filled in elsewhere, statements that are cut. */
const NAMES =
  /(?:\b(?:FROM|JOIN|INTO|UPDATE|TABLE)|,)\s*(?:(?:SETTINGS|FORMAT|WINDOW|OFFSET|OUTPUT|VALUES)\b|$)|\b(?:FROM|JOIN|INTO|UPDATE|TABLE)\s*[%<{.:?@]|\.\d|…|\.\.\./i;
/** The same behind a comma, where that stands between tables and not between values: `FROM a x, ?`. */
const NEXT_NAME = /\b(?:FROM|UPDATE)\s+[^\s,()]+(?:\s+\w+){0,2}\s*,\s*[%<{.:?@]/i;
/** Changes of structure and of several tables, brackets around queries, common table expressions. */
const FORMS =
  /(?:^|;)\s*(?:ALTER|DROP|TRUNCATE|ANALYZE|CREATE|REPLACE|LOAD|IMPORT|EXPORT|APPLY|LOCKING|MERGE)\b|\b(?:UPDATE|DELETE)\b[^;]*(?:\bJOIN\b|,)|\)\s*(?:UNION|INTERSECT|EXCEPT|MINUS)\b|\bWITH\b|\(\s*\(/i;
/** Words that lead to a table now, or no longer do. */
const WORDS =
  /\b(?:(?:FINAL|NEW|OLD)\s+TABLE|ARRAY\s+JOIN|LATERAL\s+VIEW|(?:DISTRIBUTE|SORT|CLUSTER)\s+BY|SEARCH_PATH|CURRENT_SCHEMA|SYSTEM_TIME|FOR\s+VERSION|PORTION|STDIN|APPLY|OPENQUERY|RETURNING|USING)\b|\b(?:TABLE|IDENTIFIER)\s*\(|\|>/i;
/** Functions that may be said to change something. */
const FUNCTIONS =
  /\b\w*(?:delete|erase|purge|remove|anonymi|pseudonymi|insert|upsert|update|truncate|drop|archive|export|import|send|publish|write|save|enqueue|exec)\w*\s*\(|\b(?:http_|dblink|lo_)\w*\s*\(|_to_xml\s*\(/i;
/** A statement, or the place to which rows went, stood in a string: `UNLOAD (?)`, `EXPORT DATA OPTIONS (uri = ?)`. */
const IN_STRINGS =
  /\b(?:UNLOAD|EXEC|EXECUTE|COPY|OUTFILE|DUMPFILE|BACKUP)\b|\bEXPORT\s+(?:DATA|DATABASE|INTO)\b|\bDIRECTORY\s*\?|\bVACUUM\b.*\bINTO\b/i;
/** About as many characters as sanitising keeps: what stood behind them was read when the statement came. */
const CUT_CHARS = 4_000;
/** Where sanitising ends, because rows may follow or nobody knows where a literal does. */
const CUT = /\b(?:FORMAT\s+\w+|STDIN)$|\s\?…$/i;

/**
 * Would what is left of a statement tell less than the statement told: tables and places would be lost that are known?
 *
 * @param text what sanitising left of a statement
 */
function isReadWorse(text: string): boolean {
  return text.length >= CUT_CHARS || CUT.test(text) || IN_STRINGS.test(text);
}

/** @param text what sanitising left of a statement */
export function readsOtherwise(text: string, system: string): boolean {
  if (text === '' || isReadWorse(text)) return false;
  if (SYSTEMS.has(system) || dialectOf(system).tsql) return true;
  if (NAMES.test(text) || NEXT_NAME.test(text) || FORMS.test(text) || WORDS.test(text) || FUNCTIONS.test(text))
    return true;
  // Columns without a table.
  return /^\s*SELECT\b/i.test(text) && !/\bFROM\b/i.test(text);
}
