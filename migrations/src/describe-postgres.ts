import type { PostgresSession } from './postgres-session.ts';

interface Item {
  readonly table: string;
  readonly line: string;
}

const OURS = `n.nspname IN ('public', 'vestige_schema')`;

const COLUMNS = `
  SELECT n.nspname || '.' || c.relname AS "table",
    format('  %I %s%s%s', a.attname, format_type(a.atttypid, a.atttypmod),
      CASE WHEN a.attnotnull THEN ' NOT NULL' ELSE '' END,
      CASE WHEN a.attidentity <> '' THEN ' GENERATED AS IDENTITY'
        WHEN a.attgenerated <> '' THEN ' GENERATED ALWAYS AS (' || pg_get_expr(d.adbin, d.adrelid) || ')'
        WHEN d.adbin IS NOT NULL THEN ' DEFAULT ' || pg_get_expr(d.adbin, d.adrelid) ELSE '' END) AS line
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
  LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
  WHERE ${OURS} AND c.relkind IN ('r', 'p') ORDER BY 1, a.attnum`;

const CONSTRAINTS = `
  SELECT n.nspname || '.' || c.relname AS "table", format('  CONSTRAINT %I %s', k.conname, pg_get_constraintdef(k.oid)) AS line
  FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE ${OURS} AND k.contype <> 'n' ORDER BY 1, k.contype DESC, k.conname`;

const INDEXES = `
  SELECT n.nspname || '.' || c.relname AS "table", pg_get_indexdef(i.indexrelid) || ';' AS line
  FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE ${OURS} AND NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = i.indexrelid) ORDER BY 1, 2`;

const SECURITY = `
  SELECT n.nspname || '.' || c.relname AS "table",
    '-- row security: ' || CASE WHEN c.relrowsecurity THEN 'enabled' ELSE 'off' END
      || CASE WHEN c.relforcerowsecurity THEN ', forced' ELSE '' END || '; owner: '
      || CASE WHEN c.relowner = (SELECT datdba FROM pg_database WHERE datname = current_database()) THEN 'database owner'
        ELSE pg_get_userbyid(c.relowner) END AS line
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE ${OURS} AND c.relkind IN ('r', 'p') ORDER BY 1`;

const POLICIES = `
  SELECT schemaname || '.' || tablename AS "table",
    format('CREATE POLICY %I FOR %s TO %s%s%s;', policyname, cmd, array_to_string(roles, ', '),
      CASE WHEN qual IS NULL THEN '' ELSE ' USING ' || qual END,
      CASE WHEN with_check IS NULL THEN '' ELSE ' WITH CHECK ' || with_check END) AS line
  FROM pg_policies WHERE schemaname IN ('public', 'vestige_schema') ORDER BY 1, policyname`;

const GRANTS = `
  SELECT n.nspname || '.' || c.relname AS "table",
    format('GRANT %s TO %I;', string_agg(DISTINCT x.privilege_type, ', ' ORDER BY x.privilege_type), r.rolname) AS line
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace, aclexplode(c.relacl) x JOIN pg_roles r ON r.oid = x.grantee
  WHERE ${OURS} AND c.relkind IN ('r', 'p') AND x.grantee <> c.relowner GROUP BY 1, r.rolname ORDER BY 1, r.rolname`;

const COLUMN_GRANTS = `
  SELECT n.nspname || '.' || c.relname AS "table",
    format('GRANT %s (%s) TO %I;', x.privilege_type, string_agg(a.attname, ', ' ORDER BY a.attname), r.rolname) AS line
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  JOIN pg_attribute a ON a.attrelid = c.oid, aclexplode(a.attacl) x JOIN pg_roles r ON r.oid = x.grantee
  WHERE ${OURS} AND c.relkind IN ('r', 'p') GROUP BY 1, x.privilege_type, r.rolname ORDER BY 1, r.rolname, x.privilege_type`;

const TRIGGERS = `
  SELECT n.nspname || '.' || c.relname AS "table", pg_get_triggerdef(t.oid) || ';' AS line
  FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE ${OURS} AND NOT t.tgisinternal ORDER BY 1, t.tgname`;

const FUNCTIONS = `
  SELECT '' AS "table", rtrim(pg_get_functiondef(p.oid)) || E';\\n-- owner: '
    || CASE WHEN p.proowner = (SELECT datdba FROM pg_database WHERE datname = current_database()) THEN 'database owner'
      ELSE pg_get_userbyid(p.proowner) END
    || '; callable by: ' || coalesce((SELECT string_agg(coalesce(r.rolname, 'PUBLIC'), ', ' ORDER BY r.rolname)
      FROM aclexplode(p.proacl) x LEFT JOIN pg_roles r ON r.oid = x.grantee WHERE x.grantee <> p.proowner), 'PUBLIC') AS line
  FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace WHERE ${OURS} ORDER BY p.proname, p.oid::regprocedure::text`;

const ENUMS = `
  SELECT '' AS "table", format('CREATE TYPE %s AS ENUM (%s);', t.oid::regtype, string_agg(quote_literal(e.enumlabel), ', ' ORDER BY e.enumsortorder)) AS line
  FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace JOIN pg_enum e ON e.enumtypid = t.oid
  WHERE ${OURS} GROUP BY t.oid ORDER BY 2`;

/**
 * Tables, constraints, indexes, row security, grants, triggers and functions of the migrated database as readable SQL:
 * what all files add up to. Reads the catalogue, as `pg_dump` cannot reach PGlite.
 */
export async function describePostgres(session: PostgresSession): Promise<string> {
  const [columns, constraints, ...rest] = await inOrder(session, [
    COLUMNS,
    CONSTRAINTS,
    SECURITY,
    INDEXES,
    POLICIES,
    GRANTS,
    COLUMN_GRANTS,
    TRIGGERS,
  ]);
  const tables = [...new Set((columns ?? []).map((item) => item.table))];
  const blocks = tables.map((table) => {
    const inside = [...of(columns, table), ...of(constraints, table)].join(',\n');
    return [`CREATE TABLE ${table} (\n${inside}\n);`, ...rest.flatMap((items) => of(items, table))].join('\n');
  });
  const [enums, functions] = await inOrder(session, [ENUMS, FUNCTIONS]);
  const others = [...(enums ?? []), ...(functions ?? [])].map((item) => item.line.trim());
  return `${[...others.slice(0, enums?.length), ...blocks, ...others.slice(enums?.length)].join('\n\n')}\n`;
}

const of = (items: readonly Item[] | undefined, table: string): string[] =>
  (items ?? []).filter((item) => item.table === table).map((item) => item.line);

async function inOrder(session: PostgresSession, questions: readonly string[]): Promise<Item[][]> {
  const answers: Item[][] = [];
  for (const question of questions) answers.push(await session.query<Item>(question));
  return answers;
}
