import { dialectOf } from './dialect.ts';
import { lexSql } from './lex.ts';
import type { SqlAction, SqlTable } from './reading.ts';

/** One `{operation} {targets}` of a summary. */
export interface SummaryTouch {
  readonly table: SqlTable;
  readonly action: SqlAction;
  readonly verb: string;
}

const ACTIONS: ReadonlyMap<string, SqlAction> = new Map([
  ['SELECT', 'read'],
  ['INSERT', 'write'],
  ['REPLACE', 'write'],
  ['UPSERT', 'write'],
  ['UPDATE', 'write'],
  ['MERGE', 'write'],
  ['DELETE', 'delete'],
  ['TRUNCATE', 'delete'],
]);
/** These change one table; what a second name is, a summary does not say: it may as well be read. */
const ONE_TARGET: ReadonlySet<string> = new Set(['INSERT', 'REPLACE', 'UPSERT', 'UPDATE', 'MERGE', 'DELETE']);
/** Operations whose flows a summary does not tell (`COPY t` reads or writes it); as names of tables they are quoted. */
const NOT_TOLD: ReadonlySet<string> = new Set(
  'COPY CALL EXEC EXECUTE DO CREATE ALTER DROP RENAME WITH UNION BEGIN COMMIT SET USE EXPLAIN UNLOAD LOAD EXPORT IMPORT'.split(
    ' ',
  ),
);

/**
 * `db.query.summary`, e.g. `INSERT shipping_details SELECT orders` (semantic conventions, database spans): each target
 * takes the direction of the operation before it.
 *
 * @returns [] when an operation is not understood, or a target may have either direction: half a summary would be a
 *   silent gap
 */
export function readSummary(summary: string, options: { dialect?: string } = {}): SummaryTouch[] {
  const { tokens } = lexSql(summary.slice(0, 1024), dialectOf(options.dialect));
  const touches: SummaryTouch[] = [];
  let verb = '';
  let targets = 0;
  for (let i = 0; i < tokens.length; i++) {
    const token = tokens[i];
    if (token === undefined) break;
    if (token.kind === 'word' && ACTIONS.has(token.upper)) {
      verb = token.upper;
      targets = 0;
      continue;
    }
    if (token.upper === 'DROP' && tokens[i + 1]?.upper === 'TABLE') {
      verb = 'DROP';
      i++;
      continue;
    }
    if ((token.kind !== 'word' && token.kind !== 'name') || verb === '' || NOT_TOLD.has(token.upper)) return [];
    targets++;
    if (targets > 1 && ONE_TARGET.has(verb)) return [];
    const parts = [token.text];
    while (tokens[i + 1]?.text === '.' && tokens[i + 2] !== undefined) {
      parts.push(tokens[i + 2]?.text ?? '');
      i += 2;
    }
    const [name = '', schema, catalog] = parts.reverse();
    const action = verb === 'DROP' ? 'delete' : ACTIONS.get(verb);
    if (action === undefined) return [];
    touches.push({
      table: { ...(catalog === undefined ? {} : { catalog }), ...(schema === undefined ? {} : { schema }), name },
      action,
      verb,
    });
  }
  return touches.slice(0, 32);
}
