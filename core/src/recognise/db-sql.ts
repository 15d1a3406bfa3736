import type { Action } from '../convention/attributes.ts';
import type { Touch } from '../model/span.ts';
import { canonicalNode } from '../node/canonical.ts';
import { urlAuthority } from '../node/host.ts';
import { recipientNode } from '../node/recipient.ts';
import { type StoreParts, storeNode } from '../node/store.ts';
import { analyseSql } from '../sql/analyse-sql.ts';
import type { SqlReading, SqlTable } from '../sql/reading.ts';
import { readSummary } from '../sql/summary.ts';
import { bareOperation, SQL_VERBS } from './operations.ts';
import { type Recognised, touch, withoutPart } from './rule.ts';
import type { SpanView } from './span-view.ts';

/** Catalogs that describe tables rather than people. */
const SYSTEM_SCHEMAS: ReadonlySet<string> = new Set([
  'pg_catalog',
  'pg_toast',
  'information_schema',
  'performance_schema',
  'sys',
  'INFORMATION_SCHEMA',
  'SYS',
]);
const SYSTEM_TABLE =
  /^(?:pg_(?:class|attribute|type|namespace|proc|index|constraint|stat_|settings|tables|views|roles|database|locks|enum|am|description|get_)|sqlite_(?:master|schema|sequence|temp_|stat))/i;

const TEXT = ['db.query.text', 'db.statement'] as const;
const COLLECTION = ['db.collection.name', 'db.sql.table', 'db.cassandra.table'] as const;

/**
 * SQL, most certain source first: the statement, when it reads without doubt; the summary; collection and operation;
 * what the statement did tell, plus `unknown` on the database as a whole; the operation alone; the span's name.
 *
 * @param at overrides of where the tables are, for systems that are not reached by host and database
 */
export function sql(span: SpanView, at: Partial<StoreParts> = {}): Recognised {
  const recordCount = span.count('db.response.returned_rows');
  const text = span.text(...TEXT);
  const reading = text === '' ? null : analyseSql(text, span.system).reading;
  if (reading?.certain) return { touches: fromReading(span, reading, at), recordCount };
  const summary = span.text('db.query.summary');
  const summarised = summary === '' ? [] : readSummary(summary, { dialect: span.system });
  if (summarised.length > 0) {
    const touches = summarised.map(({ table, action, verb }) => touch(place(span, table, at), action, ruleOf(verb)));
    // A summary names tables; what made the statement uncertain (a function, a cut) it does not clear up.
    return {
      touches: reading === null ? touches : withUnknown(span, [...touches, ...fromReading(span, reading, at)], at),
      recordCount,
    };
  }
  const operation = bareOperation(span.text('db.operation.name', 'db.operation')) || operationOfName(span);
  const verb = /^[A-Za-z]+/.exec(operation)?.[0]?.toLowerCase() ?? '';
  const actions: readonly Action[] = SQL_VERBS.get(verb) ?? ['unknown'];
  const collection = span.text(...COLLECTION);
  if (collection !== '' && (reading === null || reading.touches.length === 0)) {
    return {
      touches: moving(actions).map((action) => touch(place(span, named(collection), at), action, ruleOf(verb))),
      recordCount,
    };
  }
  const whole = place(span, null, at);
  if (reading !== null) {
    return { touches: withUnknown(span, fromReading(span, reading, at), at), recordCount };
  }
  if (verb === '' && isConnecting(span.span.name)) return { touches: [], recordCount };
  return { touches: withoutPart(moving(actions)).map((action) => touch(whole, action, ruleOf(verb))), recordCount };
}

/** What is known, and that it may not be all: that in front, because of very many touches the last are cut off. */
function withUnknown(span: SpanView, touches: readonly Touch[], at: Partial<StoreParts>): Touch[] {
  return [touch(place(span, null, at), 'unknown', 'db.sql.unknown'), ...touches];
}

const moving = (actions: readonly Action[]) => actions.filter((action) => action !== 'none');

function fromReading(span: SpanView, reading: SqlReading, at: Partial<StoreParts>): Touch[] {
  const rule = ruleOf(reading.verb);
  const touches = reading.touches
    .filter(({ table, action }) => action !== 'read' || !isSystemTable(table))
    .map(({ table, action }) => touch(place(span, table, at), action, rule));
  for (const uri of reading.exports) {
    const target = exportTarget(span, uri);
    if (target !== null) touches.push(touch(target.peer, target.action, rule));
  }
  return touches;
}

/** As object stores are named wherever else they are met. */
const SCHEMES: ReadonlyMap<string, string> = new Map([
  ['s3a', 's3'],
  ['gcs', 'gs'],
]);
const AZURE = /^azure:\/\/([a-z0-9]{3,24})\.blob\.core\.windows\.net\/([a-z0-9$][a-z0-9-]{2,62})/;

/** Where `COPY … TO`, `UNLOAD` or `INTO OUTFILE` put the rows: a bucket, a file on the database's host, a web address. */
function exportTarget(span: SpanView, uri: string): { peer: string; action: Action } | null {
  const authority = urlAuthority(uri);
  if (authority === null) {
    if (!/^[/.~\w]/.test(uri)) return null;
    return { peer: storeNode({ system: 'file', name: uri }, span.log.onMask), action: 'write' };
  }
  if (authority.scheme === 'http' || authority.scheme === 'https') {
    return { peer: recipientNode(authority.host), action: 'share' };
  }
  if (authority.scheme === 'file') {
    return { peer: storeNode({ system: 'file', name: uri }, span.log.onMask), action: 'write' };
  }
  // Snowflake: `azure://account.blob.core.windows.net/container/path`
  const azure = AZURE.exec(uri);
  if (azure !== null) {
    const database = `${azure[2]}@${azure[1]}.dfs.core.windows.net`;
    return { peer: storeNode({ system: 'azure.blob', database }, span.log.onMask), action: 'write' };
  }
  const bucket = /^[a-z0-9+]+:\/\/([^/?#]+)/.exec(uri)?.[1] ?? '';
  const scheme = SCHEMES.get(authority.scheme) ?? authority.scheme;
  const peer = canonicalNode(`store:${scheme}://${bucket}`, span.log.onMask);
  return peer === null ? null : { peer, action: 'write' };
}

function isSystemTable({ schema, name }: SqlTable): boolean {
  if (schema !== undefined) return SYSTEM_SCHEMAS.has(schema);
  return SYSTEM_TABLE.test(name);
}

function place(span: SpanView, table: SqlTable | null, at: Partial<StoreParts>): string {
  const { database, schema } = namespaceOf(span);
  return storeNode(
    {
      system: span.system,
      host: span.host,
      port: span.port,
      database: table?.catalog ?? database,
      schema: table?.schema ?? (table?.catalog === undefined ? schema : ''),
      ...(table === null || table.name === '*' ? {} : { name: table.name }),
      ...at,
    },
    span.log.onMask,
  );
}

/** `db.namespace` is `{database}|{schema}` in PostgreSQL and `{instance}|{database}` in SQL Server. */
function namespaceOf(span: SpanView): { database: string; schema: string } {
  const namespace = span.text('db.namespace', 'db.name', 'db.cassandra.keyspace');
  const bar = namespace.indexOf('|');
  if (bar < 0) return { database: namespace, schema: '' };
  const left = namespace.slice(0, bar);
  const right = namespace.slice(bar + 1);
  return span.system === 'microsoft.sql_server' ? { database: right, schema: '' } : { database: left, schema: right };
}

/** `schema.table` of an attribute. */
function named(collection: string): SqlTable {
  const parts = collection.split('.');
  const name = parts.at(-1) ?? '';
  const schema = parts.at(-2);
  const catalog = parts.at(-3);
  return {
    ...(catalog === undefined ? {} : { catalog }),
    ...(schema === undefined ? {} : { schema }),
    name,
  };
}

/** `pg.query:SELECT shop`, `INSERT shop.users`: only the verb, because the rest may be the database. */
function operationOfName(span: SpanView): string {
  const { name } = span.span;
  const word = /^(?:[\w.-]{1,40}:)?\s*([A-Za-z]{2,16})\b/.exec(name)?.[1] ?? '';
  return SQL_VERBS.has(word.toLowerCase()) ? word : '';
}

const isConnecting = (name: string) => /connect|pool|acquire/i.test(name);

const VERBS: ReadonlySet<string> = new Set(
  'select insert replace upsert update delete merge truncate drop create alter copy unload load import export backup values table with explain describe call exec execute do refresh fetch rename vacuum bulk'.split(
    ' ',
  ),
);

/** Only verbs of the language get into a rule's id: the first word of a broken statement may be anything. */
function ruleOf(verb: string): string {
  const lower = verb.toLowerCase();
  return VERBS.has(lower) ? `db.sql.${lower}` : 'db.sql.other';
}
