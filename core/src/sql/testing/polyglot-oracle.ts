import { parse } from '@polyglot-sql/sdk';

/**
 * What the grammar of Polyglot (a port of sqlglot to Rust, thirty dialects) makes of a statement, in our directions.
 * Null for what it does not parse or keeps as an opaque command. Shares no code with the reader that it judges.
 */

type Tree = Readonly<Record<string, unknown>>;
interface TableNode {
  readonly name: { readonly name: string };
  readonly schema?: { readonly name: string } | null;
  readonly catalog?: { readonly name: string } | null;
  readonly alias?: { readonly name: string } | null;
}

const DIALECTS: Readonly<Record<string, string>> = {
  postgresql: 'postgresql',
  mysql: 'mysql',
  mariadb: 'mysql',
  sqlite: 'sqlite',
  'microsoft.sql_server': 'tsql',
  'oracle.db': 'oracle',
  clickhouse: 'clickhouse',
  'gcp.bigquery': 'bigquery',
  snowflake: 'snowflake',
  'aws.redshift': 'redshift',
  cockroachdb: 'cockroachdb',
  duckdb: 'duckdb',
  spark: 'spark',
};
/** Statements that it keeps as text, or whose parts it does not name. */
const OPAQUE: ReadonlySet<string> = new Set(['command', 'raw', 'copy', 'alter_table', 'export', 'declare', 'execute']);
/** They define something and run nothing of it. */
const DEFINES: ReadonlySet<string> = new Set(['create_view', 'create_function', 'create_procedure', 'create_trigger']);

class NotUnderstood extends Error {}

/** `r:schema.table`, `w:…`, `d:…` in lower case, sorted; null when it is not understood. */
export function readByPolyglot(statement: string, system = ''): string[] | null {
  const result = parse(statement, (DIALECTS[system] ?? 'generic') as Parameters<typeof parse>[1]);
  if (!result.success || result.ast === undefined) return null;
  const found = new Set<string>();
  try {
    visit(result.ast, new Set(), found);
  } catch (error) {
    if (error instanceof NotUnderstood) return null;
    throw error;
  }
  return [...found].sort();
}

function visit(node: unknown, ctes: ReadonlySet<string>, found: Set<string>): void {
  if (Array.isArray(node)) {
    for (const item of node) visit(item, ctes, found);
    return;
  }
  if (typeof node !== 'object' || node === null) return;
  const tree = node as Tree;
  const scope = withCtes(tree['with'] as Tree | null | undefined, ctes, found);
  for (const [kind, value] of Object.entries(tree)) {
    if (kind === 'with' || value === null) continue;
    if (OPAQUE.has(kind) && typeof value === 'object' && !Array.isArray(value)) throw new NotUnderstood();
    if (DEFINES.has(kind)) continue;
    if (kind === 'table' && isTable(value)) read(value, scope, found);
    else if (!change(kind, value as Tree, scope, found)) visit(value, scope, found);
  }
}

/** Statements with a target; true when this was one. */
function change(kind: string, tree: Tree, outer: ReadonlySet<string>, found: Set<string>): boolean {
  if (typeof tree !== 'object' || Array.isArray(tree)) return false;
  const ctes = withCtes(tree['with'] as Tree | null | undefined, outer, found);
  const rest = (skip: readonly string[]) => {
    for (const [key, value] of Object.entries(tree))
      if (key !== 'with' && !skip.includes(key)) visit(value, ctes, found);
  };
  switch (kind) {
    case 'insert':
      if (!isTable(tree['table'])) throw new NotUnderstood();
      found.add(`w:${nameOf(tree['table'])}`);
      rest(['table', 'alias', 'source_alias', 'returning']);
      return true;
    case 'update':
      if (!isTable(tree['table'])) throw new NotUnderstood();
      targets(tree, tree['table'], 'w', setNames(tree), ctes, found);
      return true;
    case 'delete':
      if (!isTable(tree['table'])) throw new NotUnderstood();
      targets(
        tree,
        tree['table'],
        'd',
        (tree['tables'] as TableNode[]).map(({ name }) => name.name.toLowerCase()),
        ctes,
        found,
      );
      return true;
    case 'merge': {
      const into = (tree['this'] as Tree)['table'];
      if (!isTable(into)) throw new NotUnderstood();
      found.add(`w:${nameOf(into)}`);
      if (/"this":"DELETE"/.test(JSON.stringify(tree['whens'] ?? ''))) found.add(`d:${nameOf(into)}`);
      rest(['this']);
      return true;
    }
    case 'into': {
      const into = (tree['this'] as Tree | null)?.['table'];
      if (isTable(into) && !into.name.name.startsWith('#')) found.add(`w:${nameOf(into)}`);
      return true;
    }
    case 'create_table':
      if (isTable(tree['name']) && tree['as_select'] !== null) found.add(`w:${nameOf(tree['name'])}`);
      if (isTable(tree['clone_source'])) {
        found.add(`w:${nameOf(tree['name'] as TableNode)}`).add(`r:${nameOf(tree['clone_source'])}`);
      }
      visit(tree['as_select'], ctes, found);
      return true;
    case 'truncate':
      if (!isTable(tree['table'])) throw new NotUnderstood();
      found.add(`d:${nameOf(tree['table'])}`);
      for (const extra of (tree['extra_tables'] ?? []) as Tree[]) {
        if (isTable(extra['table'])) found.add(`d:${nameOf(extra['table'])}`);
      }
      return true;
    case 'drop_table':
      for (const name of tree['names'] as TableNode[])
        if (!name.name.name.startsWith('#')) found.add(`d:${nameOf(name)}`);
      return true;
    default:
      return false;
  }
}

/** UPDATE and DELETE: the changed tables are the named ones (by alias), or the first; all others are read. */
function targets(
  tree: Tree,
  first: TableNode,
  letter: 'w' | 'd',
  named: readonly string[],
  ctes: ReadonlySet<string>,
  found: Set<string>,
): void {
  const others: TableNode[] = [];
  for (const key of ['from_clause', 'from_joins', 'table_joins', 'joins', 'using', 'extra_tables']) {
    collect(tree[key], others);
  }
  const alias = (tree['alias'] as { name: string } | null)?.name ?? first.alias?.name;
  const all = [{ ...first, ...(alias === undefined ? {} : { alias: { name: alias } }) }, ...others];
  const known = (name: string) =>
    all.find((table) => table.alias?.name.toLowerCase() === name) ??
    all.find((table) => table.name.name.toLowerCase() === name);
  // `UPDATE u SET … FROM users u`: the target is somebody's alias.
  const byAlias = others.find((table) => table.alias?.name.toLowerCase() === first.name.name.toLowerCase());
  const changed = named.length > 0 ? named.map((name) => known(name) ?? first) : [byAlias ?? first];
  const changedNames = new Set(changed.map(nameOf));
  for (const name of changedNames) found.add(`${letter}:${name}`);
  const returns = ((tree['returning'] as unknown[] | undefined)?.length ?? 0) > 0 || tree['output'] != null;
  if (returns) for (const name of changedNames) found.add(`r:${name}`);
  if (named.length > 0 && !changedNames.has(nameOf(first))) read(first, ctes, found);
  const isAgain = (table: TableNode) =>
    changed.includes(table) || (letter === 'd' && named.length > 0 && changedNames.has(nameOf(table)));
  for (const other of others) if (!isAgain(other)) read(other, ctes, found);
  for (const key of ['set', 'where_clause', 'limit', 'order_by']) visit(tree[key], ctes, found);
  // Subqueries among the joined tables.
  for (const key of ['from_clause', 'from_joins', 'table_joins', 'joins']) {
    const text = JSON.stringify(tree[key] ?? null);
    if (/"(?:select|subquery)":/.test(text)) visitSubqueries(tree[key], ctes, found);
  }
}

/** Qualifiers on the left of `SET x.y =`. */
function setNames(tree: Tree): string[] {
  const set = (tree['set'] ?? []) as readonly (readonly [{ name?: string }, unknown])[];
  return set.flatMap(([left]) => {
    const dot = left.name?.lastIndexOf('.') ?? -1;
    return dot > 0 ? [(left.name ?? '').slice(0, dot).toLowerCase()] : [];
  });
}

/** Table nodes of a FROM clause, without those of subqueries. */
function collect(node: unknown, into: TableNode[]): void {
  if (Array.isArray(node)) {
    for (const item of node) collect(item, into);
  } else if (isTable(node)) into.push(node);
  else if (typeof node === 'object' && node !== null) {
    for (const [key, value] of Object.entries(node)) {
      if (key === 'select' || key === 'subquery' || key === 'on') continue;
      if (key === 'table' && isTable(value)) into.push(value);
      else collect(value, into);
    }
  }
}

function visitSubqueries(node: unknown, ctes: ReadonlySet<string>, found: Set<string>): void {
  if (Array.isArray(node)) {
    for (const item of node) visitSubqueries(item, ctes, found);
  } else if (typeof node === 'object' && node !== null) {
    for (const [key, value] of Object.entries(node)) {
      if (key === 'select' || key === 'subquery' || key === 'on') visit({ [key]: value }, ctes, found);
      else visitSubqueries(value, ctes, found);
    }
  }
}

function withCtes(
  clause: Tree | null | undefined,
  outer: ReadonlySet<string>,
  found: Set<string>,
): ReadonlySet<string> {
  if (clause === null || clause === undefined || !Array.isArray(clause['ctes'])) return outer;
  const names = new Set(outer);
  const list = clause['ctes'] as readonly { alias: { name: string }; this: unknown }[];
  if (clause['recursive'] === true) for (const { alias } of list) names.add(alias.name.toLowerCase());
  for (const { alias, this: body } of list) {
    visit(body, new Set(names), found);
    names.add(alias.name.toLowerCase());
  }
  return names;
}

function read(table: TableNode, ctes: ReadonlySet<string>, found: Set<string>): void {
  const { name } = table.name;
  const isBare = table.schema == null;
  if (isBare && (ctes.has(name.toLowerCase()) || name.toLowerCase() === 'dual' || /^[#@]/.test(name))) return;
  found.add(`r:${nameOf(table)}`);
}

function isTable(node: unknown): node is TableNode {
  const name = (node as { name?: { name?: unknown } } | null)?.name?.name;
  return typeof node === 'object' && typeof name === 'string' && name !== '' && 'schema' in (node as object);
}

const nameOf = ({ catalog, schema, name }: TableNode) =>
  [catalog?.name, schema?.name, name.name]
    .filter((part) => part !== undefined && part !== '')
    .join('.')
    .toLowerCase();
