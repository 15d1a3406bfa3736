import fc from 'fast-check';

/**
 * Statements of PostgreSQL's grammar at random, deep enough to be unlike anything a person wrote: nested CTEs, lateral
 * subqueries, set operations, joins in parentheses, statements that change data inside WITH.
 */
const NAMES = ['users', 'orders', '"Mixed Case"', 'shop.users', '"s"."t"', 'a', 'b', 'c', 'logs', 'ONLY archive'];
const CTE_NAMES = ['a', 'b', 'users', 'recent'];

const table = fc.constantFrom(...NAMES);
const target = fc.constantFrom(...NAMES.filter((name) => !name.startsWith('ONLY')));
const expression = fc.constantFrom(
  '1',
  "'FROM x'",
  '$1',
  'x.id',
  "E'it\\'s'",
  '$$ DELETE FROM y $$',
  'extract(year FROM now())',
  "trim(both ' ' from 'x')",
  'x.a IS DISTINCT FROM x.b',
  'count(*) FILTER (WHERE true) OVER (PARTITION BY 1 ORDER BY 2)',
  'ARRAY[1, 2][1]',
  'x."from"',
  'CASE WHEN true THEN 1 ELSE 2 END',
  'CAST(1 AS timestamp with time zone)',
  "'{\"a\": 1}'::jsonb ? 'b'",
  '/* FROM z */ 1 -- FROM z\n',
);

const { query } = fc.letrec<{ query: string; source: string; value: string; with: string }>((tie) => ({
  value: fc.oneof(
    { weight: 6, arbitrary: expression },
    { weight: 1, arbitrary: tie('query').map((inner) => `(${inner})`) },
    { weight: 1, arbitrary: tie('query').map((inner) => `EXISTS (${inner})`) },
  ),
  source: fc.oneof(
    { maxDepth: 3 },
    { weight: 5, arbitrary: table.map((name) => `${name} AS x`) },
    { weight: 2, arbitrary: table },
    { weight: 1, arbitrary: tie('query').map((inner) => `LATERAL (${inner}) q`) },
    { weight: 1, arbitrary: fc.constantFrom('generate_series(1, 2) g (n)', '(VALUES (1)) v (n)', 'unnest($1) u') },
    {
      weight: 1,
      arbitrary: fc
        .tuple(tie('source'), fc.constantFrom('JOIN', 'LEFT OUTER JOIN', 'FULL JOIN'), tie('source'))
        .map(([left, join, right]) => `(${left} ${join} ${right} ON 1 = 1)`),
    },
    { weight: 1, arbitrary: fc.tuple(tie('source'), tie('source')).map(([a, b]) => `${a} CROSS JOIN ${b}`) },
  ),
  with: fc
    .tuple(
      fc.boolean(),
      fc.array(fc.tuple(fc.constantFrom(...CTE_NAMES), tie('query')), { minLength: 1, maxLength: 2 }),
    )
    .map(
      ([recursive, ctes]) =>
        // Nobody refers to a CTE before it is defined; PostgreSQL would allow it after RECURSIVE, and we would read a table.
        `WITH ${recursive && ctes.length === 1 ? 'RECURSIVE ' : ''}${ctes.map(([name, body]) => `${name} AS (${body})`).join(', ')} `,
    ),
  query: fc.oneof(
    { maxDepth: 3 },
    {
      weight: 6,
      arbitrary: fc
        .tuple(
          fc.array(tie('value'), { minLength: 1, maxLength: 2 }),
          fc.array(tie('source'), { maxLength: 3 }),
          tie('value'),
        )
        .map(([values, sources, condition]) =>
          // Columns without a table are a statement that is cut, and uncertain.
          sources.length === 0
            ? `SELECT 1, (SELECT ${values.join(', ')} FROM b x)`
            : `SELECT ${values.join(', ')} FROM ${sources.join(', ')} WHERE x.id = ${condition}`,
        ),
    },
    { weight: 1, arbitrary: fc.tuple(tie('query'), tie('query')).map(([a, b]) => `(${a}) UNION ALL (${b})`) },
    { weight: 1, arbitrary: table.filter((name) => !name.startsWith('ONLY')).map((name) => `TABLE ${name}`) },
    {
      weight: 1,
      arbitrary: fc.tuple(tie('with'), tie('query')).map(([ctes, inner]) => `${ctes}SELECT * FROM (${inner}) i`),
    },
  ),
}));

const change = fc.oneof(
  fc.tuple(target, query).map(([into, inner]) => `INSERT INTO ${into} ${inner}`),
  fc
    .tuple(target, expression)
    .map(([into, value]) => `INSERT INTO ${into} (id) VALUES (${value}) ON CONFLICT DO NOTHING`),
  fc
    .tuple(table, query, table, fc.boolean())
    .map(
      ([of, inner, from, returns]) =>
        `UPDATE ${of} AS me SET n = (${inner}) FROM ${from} AS other${returns ? ' RETURNING *' : ''}`,
    ),
  fc
    .tuple(table, table, query, fc.boolean())
    .map(
      ([of, using, inner, returns]) =>
        `DELETE FROM ${of} USING ${using} WHERE EXISTS (${inner})${returns ? ' RETURNING 1' : ''}`,
    ),
  fc
    .tuple(target, query, fc.constantFrom('UPDATE SET n = 1', 'DELETE'))
    .map(([into, inner, what]) => `MERGE INTO ${into} m USING (${inner}) s ON true WHEN MATCHED THEN ${what}`),
);

/** One statement, or two with a semicolon between them. */
export const randomStatement: fc.Arbitrary<string> = fc
  .array(
    fc.oneof(
      { weight: 3, arbitrary: query },
      { weight: 3, arbitrary: change },
      {
        weight: 1,
        arbitrary: fc
          .tuple(fc.constantFrom(...CTE_NAMES), change, query)
          .map(([name, inner, outer]) => `WITH ${name} AS (${inner}) SELECT * FROM (${outer}) o, logs`),
      },
      { weight: 1, arbitrary: fc.tuple(target, query).map(([name, inner]) => `CREATE TABLE ${name} AS ${inner}`) },
      { weight: 1, arbitrary: query.map((inner) => `COPY (${inner}) TO STDOUT`) },
      { weight: 1, arbitrary: change.map((inner) => `EXPLAIN ${inner}`) },
    ),
    { minLength: 1, maxLength: 2 },
  )
  .map((statements) => statements.join('; '));
