import type { Action } from '../convention/attributes.ts';
import { STORE_FAMILIES, type StoreParts, storeNode } from '../node/store.ts';
import { QDRANT_COLLECTION } from '../scrub/allowed.ts';
import { readsOtherwise } from '../sql/changed-reading.ts';
import { speaksSql } from '../sql/dialect.ts';
import { memcached } from './db-memcached.ts';
import { redis } from './db-redis.ts';
import { sql } from './db-sql.ts';
import {
  type Actions,
  bareOperation,
  COSMOS_OPERATIONS,
  DYNAMO_OPERATIONS,
  DYNAMO_PARTIQL,
  ELASTIC_ENDPOINTS,
  ELASTIC_PATHS,
  MONGO_COMMANDS,
  PLAIN_VERBS,
  VECTOR_OPERATIONS,
} from './operations.ts';
import { clearRefs, outsideHost, type Recognised, type Rule, touch, withoutPart } from './rule.ts';
import type { SpanView } from './span-view.ts';

const OPERATION = ['db.operation.name', 'db.operation'] as const;
const COLLECTION = [
  'db.collection.name',
  'db.mongodb.collection',
  'db.cosmosdb.container',
  'db.elasticsearch.path_parts.index',
  'db.vector.table_name',
  'db.sql.table',
  'db.cassandra.table',
] as const;
const NAMESPACE = ['db.namespace', 'db.name'] as const;

/**
 * Rule set 3 reads changes through a query (`UPDATE (SELECT …)`), rows of a change, `OUTPUT … INTO`, switched partitions,
 * blocks of T-SQL and exports to a bucket; and the methods of Qdrant's and Weaviate's clients that write many at once.
 */
const CHANGED_SQL =
  /\b(?:OUTPUT|SWITCH|CATCH|ELSE|TIMESTAMP|EXPORT)\b|\b(?:UPDATE|INTO|FROM|DELETE)\s*\(|\(\s*FROM\b|(?:^|;)\s*WITH\b.*\bDELETE\b/is;

/** OpenLLMetry's Python instrumentations name the collection after the method. */
const VECTOR_COLLECTION = [
  ...COLLECTION,
  'db.milvus.insert.collection_name',
  'db.milvus.upsert.collection_name',
  'db.milvus.search.collection_name',
  'db.milvus.query.collection_name',
  'db.milvus.get.collection_name',
  'db.milvus.delete.collection_name',
  ...QDRANT_COLLECTION,
  'db.weaviate.collections.create.name',
  'db.weaviate.collections.delete.name',
] as const;

const VECTOR_SYSTEMS: ReadonlySet<string> = new Set([
  'qdrant',
  'pinecone',
  'chroma',
  'weaviate',
  'milvus',
  'lancedb',
  'vespa',
]);

/** Every database system: one rule, because `db.system` decides which reading applies. */
export const DB: Rule = {
  id: 'db',
  source: 'semantic-conventions: docs/db/*.md and docs/non-normative/db-migration.md; research otel §2',
  changedIn: 2,
  changedFor: {
    ruleSet: 4,
    spans(span, storedUnder) {
      const text = span.text('db.query.text', 'db.statement').slice(0, 4_096);
      if (storedUnder < 3 && (VECTOR_SYSTEMS.has(span.system) || CHANGED_SQL.test(text))) return true;
      return speaksSql(span.system) && readsOtherwise(text, span.system);
    },
  },
  match: (span) => span.system !== '',
  read(span) {
    const recognised = bySystem(span);
    return { ...recognised, recipientHost: outsideHost(span) };
  },
};

function bySystem(span: SpanView): Recognised {
  const { system } = span;
  if (system === 'redis') return redis(span);
  if (system === 'memcached') return memcached(span);
  if (VECTOR_SYSTEMS.has(system)) return vector(span);
  switch (system) {
    case 'mongodb':
      return mongo(span);
    case 'elasticsearch':
    case 'opensearch':
      return elastic(span);
    case 'aws.dynamodb':
      return dynamo(span);
    case 'azure.cosmosdb':
      return cosmos(span);
    default:
      return speaksSql(system) ? sql(span) : plain(span);
  }
}

function touches(span: SpanView, names: readonly string[], actions: Actions, rule: string): Recognised {
  return {
    touches: [...new Set(names)].flatMap((name) => {
      const peer = place(span, name === '' ? {} : { name });
      const all = name === '' && !WHOLE.test(rule) ? withoutPart(actions) : actions;
      return all.filter((action) => action !== 'none').map((action) => touch(peer, action, rule));
    }),
    recordCount: span.count('db.response.returned_rows'),
  };
}

function place(span: SpanView, parts: Partial<StoreParts>): string {
  return storeNode(
    { system: span.system, host: span.host, port: span.port, database: span.text(...NAMESPACE), ...parts },
    span.log.onMask,
  );
}

/** Operations that empty a database as a whole. */
const WHOLE = /\.(?:dropdatabase|delete_database)$/;

const known = (actions: Actions | undefined): Actions => actions ?? ['unknown'];

function mongo(span: SpanView): Recognised {
  const operation = bareOperation(span.text(...OPERATION)).toLowerCase();
  const text = span.text('db.query.text', 'db.statement').slice(0, 16_384);
  let actions = known(MONGO_COMMANDS.get(operation));
  if (operation === 'findandmodify') actions = findAndModify(text);
  // Commands that the JavaScript instrumentation sees on the database's `$cmd` name no collection.
  const named = span.text(...COLLECTION);
  const collection = named === '$cmd' ? '' : named;
  const found = touches(span, [collection], actions, ruleId('db.mongodb', operation, MONGO_COMMANDS));
  if (operation !== 'aggregate') return found;
  // A pipeline that ends in `$out` or `$merge` writes what it read somewhere else.
  const out =
    /\$out["']?\s*:\s*["']([^"']{1,120})|\$(?:merge|out)["']?\s*:\s*\{[^}]{0,200}?(?:into|coll)["']?\s*:\s*["']([^"']{1,120})/.exec(
      text,
    );
  const into = out?.[1] ?? out?.[2] ?? '?';
  // Instrumentations replace values, the target among them, by `?`.
  if (into !== '?') {
    const target = place(span, { name: into });
    return { ...found, touches: [...found.touches, touch(target, 'write', 'db.mongodb.aggregate')] };
  }
  if (!/\$(?:out|merge)\b/.test(text)) return found;
  return { ...found, touches: [...found.touches, touch(place(span, {}), 'write', 'db.mongodb.aggregate')] };
}

/** Which of the two it does, stands in the command; its values may be redacted, its keys are not. */
function findAndModify(text: string): Actions {
  if (/\bremove["']?\s*:\s*true/.test(text)) return ['read', 'delete'];
  if (/\bupdate["']?\s*:/.test(text)) return ['read', 'write'];
  return /\bremove["']?\s*:\s*["']?\?/.test(text) ? ['read', 'delete'] : ['read', 'write', 'delete'];
}

function elastic(span: SpanView): Recognised {
  const operation = bareOperation(span.text(...OPERATION)).toLowerCase();
  const names = span
    .text(...COLLECTION, 'db.operation.parameter.index')
    .split(',')
    .slice(0, 16)
    .map((name) => name.trim());
  const known = ELASTIC_ENDPOINTS.get(operation);
  if (known !== undefined) {
    const found = touches(span, names, known, ruleId('db.elasticsearch', operation, ELASTIC_ENDPOINTS));
    const id = span.text('db.operation.parameter.id');
    const [name = ''] = names;
    // The client names the document that it asks for.
    if (id === '' || names.length !== 1 || name === '') return found;
    return { ...found, recordRefs: clearRefs(span, place(span, { name }), [id]) };
  }
  return touches(span, names, elasticByPath(span), 'db.elasticsearch.http');
}

/** POST also searches, so the path decides before the method does. */
function elasticByPath(span: SpanView): Actions {
  const path = span.text('url.path', 'http.target', 'url.full', 'http.url').split('?', 1)[0] ?? '';
  const segment = path.split('/').findLast((part) => part.startsWith('_'));
  const byPath = segment === undefined ? undefined : ELASTIC_PATHS.get(segment);
  if (byPath !== undefined) return byPath;
  switch (span.text('http.request.method', 'http.method').toUpperCase()) {
    case 'GET':
    case 'HEAD':
      return ['read'];
    case 'DELETE':
      return ['delete'];
    case 'PUT':
      return ['write'];
    default:
      return ['unknown'];
  }
}

function dynamo(span: SpanView): Recognised {
  const operation = bareOperation(span.text(...OPERATION, 'rpc.method'));
  if (DYNAMO_PARTIQL.has(operation)) return sql(span, awsPlace(span));
  // The JavaScript instrumentation puts the table into `db.namespace`.
  const names = span.list('aws.dynamodb.table_names');
  const tables = names.length > 0 ? names.slice(0, 16) : [span.text(...COLLECTION, ...NAMESPACE)];
  const actions = known(DYNAMO_OPERATIONS.get(operation));
  const rule = ruleId('db.dynamodb', operation, DYNAMO_OPERATIONS);
  return {
    touches: tables.flatMap((name) => {
      const peer = place(span, { ...awsPlace(span), name });
      return actions.filter((action) => action !== 'none').map((action) => touch(peer, action, rule));
    }),
    recordCount: span.count('aws.dynamodb.count'),
  };
}

/** `region` and `account` as the span or its resource tells them; the namespace is not a database here. */
function awsPlace(span: SpanView): Partial<StoreParts> {
  const byHost = /(?:^|\.)dynamodb\.([a-z0-9-]+)\.amazonaws\.com$/.exec(span.host)?.[1];
  return {
    database: '',
    region: span.text('cloud.region', 'aws.region') || byHost || span.resource.region,
    account: span.text('cloud.account.id', 'aws.account.id') || span.resource.account,
  };
}

function cosmos(span: SpanView): Recognised {
  const operation = bareOperation(span.text(...OPERATION)).toLowerCase();
  const actions = known(COSMOS_OPERATIONS.get(operation));
  return touches(span, [span.text(...COLLECTION)], actions, ruleId('db.cosmosdb', operation, COSMOS_OPERATIONS));
}

/** A handle on a collection, by the method that elsewhere reads an object. */
const WEAVIATE_HANDLE = /^db\.weaviate\.(?:collections|schema)\.get$/;

/** Makes an object, where the same method elsewhere makes a class. */
const WEAVIATE_OBJECT = /^db\.weaviate\.data\.crud_data\.create$/;

/** The method stands in the operation, or behind the dot of the span's name (`pinecone.query`, `qdrant.upsert`). */
function vector(span: SpanView): Recognised {
  const given = bareOperation(span.text(...OPERATION)) || span.span.name.slice(span.span.name.indexOf('.') + 1);
  const operation = WEAVIATE_HANDLE.test(span.span.name)
    ? 'opentable'
    : WEAVIATE_OBJECT.test(span.span.name)
      ? 'insert'
      : given.toLowerCase().replaceAll('_', '');
  const actions = known(VECTOR_OPERATIONS.get(operation));
  // OpenLLMetry writes Weaviate's arguments as JSON.
  const collection = span.text(...VECTOR_COLLECTION).replace(/^"(.*)"$/, '$1');
  return touches(span, [collection], actions, ruleId('db.vector', operation, VECTOR_OPERATIONS));
}

/** A system without a table of its own: the operation's first word, if it is a plain verb. */
function plain(span: SpanView): Recognised {
  const operation = (/^[a-z]+/i.exec(bareOperation(span.text(...OPERATION)))?.[0] ?? '').toLowerCase();
  if (operation === '' && span.text('db.query.text', 'db.statement') === '' && !STORE_FAMILIES.has(span.system)) {
    return touches(span, [span.text(...COLLECTION)], ['unknown'], 'db.other');
  }
  return touches(
    span,
    [span.text(...COLLECTION)],
    known(PLAIN_VERBS.get(operation)),
    ruleId('db', operation, PLAIN_VERBS),
  );
}

/** Only operations of a table get into a rule's id: an unknown one may hold anything. */
function ruleId(prefix: string, operation: string, operations: ReadonlyMap<string, readonly Action[]>): string {
  return operations.has(operation) ? `${prefix}.${operation.toLowerCase()}` : `${prefix}.other`;
}
