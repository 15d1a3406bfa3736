import { words } from './keywords.ts';
import type { Token } from './lex.ts';
import { NOTHING } from './token-cursor.ts';

/** Words that are values or begin one, and so need no table. */
const VALUES = words(
  'SELECT TRUE FALSE NULL DEFAULT USER UID SYSDATE SYSTIMESTAMP CURRENT CURRENT_CATALOG CURRENT_DATE CURRENT_ROLE CURRENT_SCHEMA CURRENT_TIME CURRENT_TIMESTAMP CURRENT_USER CURRENT_PATH CURRENT_WAREHOUSE CURRENT_DATABASE CURRENT_ACCOUNT CURRENT_TRANSACTION LOCALTIME LOCALTIMESTAMP SESSION_USER SYSTEM_USER UTC_DATE UTC_TIME UTC_TIMESTAMP ROWNUM LEVEL NEXT PREVIOUS INTERVAL ARRAY ROW MAP STRUCT BINARY NOT CASE EXISTS DISTINCT ALL TOP AS INTO SQL_NO_CACHE SQL_CACHE HIGH_PRIORITY STRAIGHT_JOIN SQL_CALC_FOUND_ROWS TIMESTAMP DATE TIME END',
);
/** After one of these a value begins. */
const BEFORE_VALUE = words('SELECT DISTINCT ALL AND OR');
const SEQUENCE_VALUES = words('NEXTVAL CURRVAL');

/**
 * A SELECT that names columns but no table was cut before its FROM: instrumentations keep the first so many characters,
 * and object mappers list columns first.
 */
export function namesColumns(tokens: readonly Token[], end: number): boolean {
  // `WITH 1 AS x SELECT x` (ClickHouse)
  if (tokens[0]?.upper !== 'SELECT') return false;
  let depth = 0;
  let found = false;
  for (let i = 0; i < end; i++) {
    const token = tokens[i] ?? NOTHING;
    if (token.upper === 'FROM') return false;
    if (token.text === '(' && token.kind === 'punct') depth++;
    else if (token.text === ')' && token.kind === 'punct') depth--;
    else if (depth === 0 && !found) found = isColumn(tokens, i);
  }
  return found;
}

function isColumn(tokens: readonly Token[], at: number): boolean {
  const { kind, text, upper, either } = tokens[at] ?? NOTHING;
  const previous = tokens[at - 1] ?? NOTHING;
  const begins =
    BEFORE_VALUE.has(previous.upper) || (previous.kind === 'punct' && /^[,+\-*/<>=|]$/.test(previous.text));
  if (!begins) return false;
  const next = tokens[at + 1] ?? NOTHING;
  if (text === '*' && kind === 'punct') return BEFORE_VALUE.has(previous.upper);
  if ((kind !== 'word' && kind !== 'name') || either || VALUES.has(upper)) return false;
  if (next.text === '(' || next.text === '=' || next.text === '[' || next.kind === 'string') return false;
  let last = at;
  while (tokens[last + 1]?.text === '.') last += 2;
  return tokens[last + 1]?.text !== '(' && !SEQUENCE_VALUES.has(tokens[last]?.upper ?? '');
}
