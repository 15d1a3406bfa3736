import { loadModule, parseSync } from 'libpg-query';
import type { SqlAction } from '../reading.ts';

/**
 * What PostgreSQL's own parser makes of a statement, put into our directions by the same rules (research otel §2.3).
 * The walk is naive on purpose: every RangeVar that no CTE hides is read, the relation of a changing statement is its
 * target. It shares no code with the reader that it judges.
 */

await loadModule();

type Tree = Readonly<Record<string, unknown>>;
type Found = Set<string>;

/** `r:schema.table`, `w:…`, `d:…`, sorted; null when PostgreSQL does not parse it. */
export function readByPostgres(statement: string): string[] | null {
  let stmts: readonly { stmt?: unknown }[];
  try {
    stmts = parseSync(statement).stmts ?? [];
  } catch {
    return null;
  }
  const found: Found = new Set();
  for (const { stmt } of stmts) visit(stmt, new Set(), found);
  return [...found].sort();
}

const TARGETS: Readonly<Record<string, SqlAction>> = {
  InsertStmt: 'write',
  UpdateStmt: 'write',
  DeleteStmt: 'delete',
  MergeStmt: 'write',
  RefreshMatViewStmt: 'write',
};
/** They define something and run nothing of it. */
const DEFINES: ReadonlySet<string> = new Set([
  'ViewStmt',
  'RuleStmt',
  'CreateStmt',
  'CreateForeignTableStmt',
  'PrepareStmt',
  'CreateFunctionStmt',
  'CreateTrigStmt',
  'IndexStmt',
  'AlterTableStmt',
  'GrantStmt',
  'LockStmt',
  'VacuumStmt',
  'CommentStmt',
  'CreatePolicyStmt',
]);

function visit(node: unknown, ctes: ReadonlySet<string>, found: Found): void {
  if (Array.isArray(node)) {
    for (const item of node) visit(item, ctes, found);
    return;
  }
  if (typeof node !== 'object' || node === null) return;
  for (const [kind, value] of Object.entries(node)) {
    if (kind === 'RangeVar') range(value as Tree, ctes, found);
    else if (DEFINES.has(kind)) continue;
    else if (kind.endsWith('Stmt')) statement(kind, value as Tree, ctes, found);
    else visit(value, ctes, found);
  }
}

function statement(kind: string, tree: Tree, outer: ReadonlySet<string>, found: Found): void {
  const ctes = withCtes(tree['withClause'] as Tree | undefined, outer, found);
  const action = TARGETS[kind];
  const target = tree['relation'] as Tree | undefined;
  if (action !== undefined && target !== undefined) {
    found.add(`${action[0]}:${nameOf(target)}`);
    const clauses = (tree['mergeWhenClauses'] ?? []) as readonly { MergeWhenClause: Tree }[];
    if (clauses.some(({ MergeWhenClause }) => MergeWhenClause['commandType'] === 'CMD_DELETE')) {
      found.add(`d:${nameOf(target)}`);
    }
    const returns = (tree['returningClause'] ?? tree['returningList']) !== undefined;
    if (returns && kind !== 'InsertStmt') found.add(`r:${nameOf(target)}`);
  }
  switch (kind) {
    case 'SelectStmt': {
      const into = (tree['intoClause'] as Tree | undefined)?.['rel'] as Tree | undefined;
      if (into !== undefined) found.add(`w:${nameOf(into)}`);
      break;
    }
    case 'CreateTableAsStmt': {
      const into = (tree['into'] as Tree)['rel'] as Tree;
      found.add(`w:${nameOf(into)}`);
      break;
    }
    case 'CopyStmt':
      if (target !== undefined) found.add(`${tree['is_from'] === true ? 'w' : 'r'}:${nameOf(target)}`);
      break;
    case 'TruncateStmt':
      for (const { RangeVar } of tree['relations'] as readonly { RangeVar: Tree }[]) found.add(`d:${nameOf(RangeVar)}`);
      return;
    case 'DropStmt':
      if (!/^OBJECT_(?:TABLE|MATVIEW|FOREIGN_TABLE)$/.test(String(tree['removeType']))) return;
      for (const { List } of tree['objects'] as readonly {
        List: { items: readonly { String: { sval: string } }[] };
      }[]) {
        found.add(`d:${List.items.map(({ String: part }) => part.sval).join('.')}`);
      }
      return;
    case 'RenameStmt':
      if (tree['renameType'] !== 'OBJECT_TABLE' || target === undefined) return;
      found.add(`r:${nameOf(target)}`).add(`d:${nameOf(target)}`);
      found.add(`w:${nameOf({ ...target, relname: tree['newname'] })}`);
      return;
    case 'ExplainStmt': {
      const options = (tree['options'] ?? []) as readonly { DefElem: { defname: string; arg?: unknown } }[];
      const runs = options.some(
        ({ DefElem }) => DefElem.defname === 'analyze' && !/false|off/.test(JSON.stringify(DefElem.arg ?? '')),
      );
      const inner: Found = new Set();
      visit(tree['query'], ctes, inner);
      for (const touch of inner) found.add(runs ? touch : `r${touch.slice(1)}`);
      return;
    }
    default:
  }
  for (const [key, value] of Object.entries(tree)) {
    if (key === 'withClause') continue;
    // A set operation keeps its two sides as bare SelectStmts.
    if (kind === 'SelectStmt' && (key === 'larg' || key === 'rarg')) statement(kind, value as Tree, ctes, found);
    else visit(value, ctes, found);
  }
}

function withCtes(clause: Tree | undefined, outer: ReadonlySet<string>, found: Found): ReadonlySet<string> {
  if (clause === undefined) return outer;
  const names = new Set(outer);
  const list = clause['ctes'] as readonly { CommonTableExpr: Tree }[];
  if (clause['recursive'] === true) for (const cte of list) names.add(String(cte.CommonTableExpr['ctename']));
  for (const { CommonTableExpr: cte } of list) {
    visit(cte['ctequery'], new Set(names), found);
    names.add(String(cte['ctename']));
  }
  return names;
}

function range(relation: Tree, ctes: ReadonlySet<string>, found: Found): void {
  if (relation['schemaname'] === undefined && ctes.has(String(relation['relname']))) return;
  found.add(`r:${nameOf(relation)}`);
}

const nameOf = (relation: Tree) =>
  [relation['catalogname'], relation['schemaname'], relation['relname']].filter((part) => part !== undefined).join('.');
