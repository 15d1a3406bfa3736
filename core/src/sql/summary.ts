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
  ['COPY', 'write'],
  ['DELETE', 'delete'],
  ['TRUNCATE', 'delete'],
]);

/**
 * `db.query.summary`, e.g. `INSERT shipping_details SELECT orders` (semantic conventions, database spans): each target
 * takes the direction of the operation before it.
 *
 * @returns [] when an operation is not understood: half a summary would be a silent gap
 */
export function readSummary(summary: string, options: { dialect?: string } = {}): SummaryTouch[] {
  const { tokens } = lexSql(summary.slice(0, 1024), dialectOf(options.dialect));
  const touches: SummaryTouch[] = [];
  let verb = '';
  let isDrop = false;
  for (let i = 0; i < tokens.length; i++) {
    const token = tokens[i];
    if (token === undefined) break;
    if (token.kind === 'word' && ACTIONS.has(token.upper)) {
      verb = token.upper;
      continue;
    }
    if (token.kind === 'word' && token.upper === 'DROP' && tokens[i + 1]?.upper === 'TABLE') {
      verb = 'DROP';
      isDrop = true;
      i++;
      continue;
    }
    if ((token.kind !== 'word' && token.kind !== 'name') || verb === '') return [];
    const parts = [token.text];
    while (tokens[i + 1]?.text === '.' && tokens[i + 2] !== undefined) {
      parts.push(tokens[i + 2]?.text ?? '');
      i += 2;
    }
    const [name = '', schema, catalog] = parts.reverse();
    const action = isDrop ? 'delete' : ACTIONS.get(verb);
    if (action === undefined) return [];
    touches.push({
      table: { ...(catalog === undefined ? {} : { catalog }), ...(schema === undefined ? {} : { schema }), name },
      action,
      verb,
    });
  }
  return touches.slice(0, 32);
}
