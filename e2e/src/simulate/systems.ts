import type { Dice } from './dice.ts';
import type { GroundTruth, Place } from './ground-truth.ts';
import type { SimValue } from './span.ts';

/** How the instrumentations of real systems describe a call, and how rulings 17–24 name its other side. */
export interface Store {
  readonly place: Place;
  /** As OpenLineage spells it. */
  readonly dataset: { readonly namespace: string; readonly name: string };
  attributes(does: StoreAction, key: string): Record<string, SimValue>;
}
export type StoreAction = 'read' | 'write' | 'delete' | 'truncate';

export interface Outside {
  readonly node: string;
  /** Registered party, else the host. */
  readonly party: string;
  attributes(): Record<string, SimValue>;
  readonly kind: 'model' | 'http' | 'declared';
}

export interface PostgresOptions {
  /** Its instrumentation speaks the conventions before 2024. */
  readonly old?: boolean;
  /** Some clients know it by another host; the registry says that the two are one. */
  readonly alias?: string;
  readonly dice?: Dice;
}

export function postgres(
  truth: GroundTruth,
  host: string,
  database: string,
  table: string,
  { old = false, alias = host, dice }: PostgresOptions = {},
): Store {
  const statements = {
    read: `SELECT * FROM ${table} WHERE id = $1`,
    write: `INSERT INTO ${table} (id, body) VALUES ($1, $2) ON CONFLICT (id) DO UPDATE SET body = $2`,
    delete: `DELETE FROM ${table} WHERE id = $1`,
    truncate: `TRUNCATE TABLE ${table}`,
  };
  return {
    place: truth.place(`store:postgres://${host}:5432/${database}.public.${table}`),
    dataset: { namespace: `postgres://${host}:5432`, name: `${database}.public.${table}` },
    attributes: (does) =>
      old
        ? { 'db.system': 'postgresql', 'net.peer.name': host, 'db.name': database, 'db.statement': statements[does] }
        : {
            'db.system.name': 'postgresql',
            'server.address': dice?.chance(0.3) ? alias : host,
            'server.port': 5432,
            'db.namespace': database,
            'db.query.text': statements[does],
          },
  };
}

export function redis(truth: GroundTruth, host: string, prefix: string): Store {
  const command = (does: StoreAction, key: string) =>
    ({ read: `GET ${key}`, write: `SET ${key} ?`, delete: `DEL ${key}`, truncate: `DEL ${key}` })[does];
  return {
    place: truth.place(`store:redis://${host}:6379/0.${prefix}:*`),
    dataset: { namespace: `redis://${host}:6379`, name: `0.${prefix}:*` },
    attributes: (does, key) => ({
      'db.system.name': 'redis',
      'server.address': host,
      'db.query.text': command(does, `${prefix}:${key}`),
    }),
  };
}

export function objects(truth: GroundTruth, bucket: string, prefix: string): Store {
  const method = { read: 'GetObject', write: 'PutObject', delete: 'DeleteObject', truncate: 'DeleteObjects' };
  return {
    place: truth.place(`store:s3://${bucket}/${prefix}`),
    dataset: { namespace: `s3://${bucket}`, name: prefix },
    attributes: (does, key) => ({
      'rpc.system': 'aws-api',
      'rpc.service': 'S3',
      'rpc.method': method[does],
      'aws.s3.bucket': bucket,
      'aws.s3.key': `${prefix}/${key}.json`,
    }),
  };
}

export function mongo(truth: GroundTruth, host: string, database: string, collection: string): Store {
  const operation = { read: 'find', write: 'insert', delete: 'delete', truncate: 'drop' };
  return {
    place: truth.place(`store:mongodb://${host}:27017/${database}.${collection}`),
    dataset: { namespace: `mongodb://${host}:27017`, name: `${database}.${collection}` },
    attributes: (does) => ({
      'db.system.name': 'mongodb',
      'server.address': host,
      'db.namespace': database,
      'db.collection.name': collection,
      'db.operation.name': operation[does],
    }),
  };
}

export function vectors(truth: GroundTruth, host: string, collection: string): Store {
  const operation = { read: 'query', write: 'upsert', delete: 'delete', truncate: 'delete_collection' };
  return {
    place: truth.place(`store:qdrant://${host}:6333/${collection}`),
    dataset: { namespace: `qdrant://${host}:6333`, name: collection },
    attributes: (does) => ({
      'db.system.name': 'qdrant',
      'server.address': host,
      'db.collection.name': collection,
      'db.operation.name': operation[does],
    }),
  };
}

/** A sheet that no instrumentation knows: the code says what it does. */
export function declaredStore(truth: GroundTruth, namespace: string, name: string): Store {
  const node = `store:${namespace}/${name}`;
  return {
    place: truth.place(node),
    dataset: { namespace, name },
    attributes: (does) => ({
      'vestige.flow.action': does === 'truncate' ? 'delete' : does,
      'vestige.flow.peer': node,
    }),
  };
}

/** Hosted, so that agents of several services share it (ruling 18: by its provider's name). */
export function memory(truth: GroundTruth, provider: string, id: string): Store {
  const operation = {
    read: 'search_memory',
    write: 'upsert_memory',
    delete: 'delete_memory',
    truncate: 'delete_memory_store',
  };
  return {
    place: truth.place(`memory:${provider}/${id}`),
    dataset: { namespace: 'memory', name: id },
    attributes: (does) => ({
      'gen_ai.operation.name': operation[does],
      'gen_ai.provider.name': provider,
      'gen_ai.memory.store.id': id,
    }),
  };
}

export function model(provider: string, name: string, host: string, party: string): Outside {
  return {
    node: `model:${provider}/${name}@${host}`,
    party,
    kind: 'model',
    attributes: () => ({
      'gen_ai.operation.name': 'chat',
      'gen_ai.provider.name': provider,
      'gen_ai.request.model': name,
      'server.address': host,
    }),
  };
}

/** @param domain the registrable one, by which design 03 names a recipient */
export function webApi(host: string, domain: string): Outside {
  return {
    node: `recipient:${domain}`,
    party: host,
    kind: 'http',
    attributes: () => ({
      'http.request.method': 'POST',
      'url.full': `https://${host}/v1/send`,
      'server.address': host,
      'server.port': 443,
    }),
  };
}

/** A service of ours that nobody has instrumented: it takes and answers, and tells nothing. */
export function ownService(name: string): Outside {
  return {
    node: `service:${name}`,
    party: '',
    kind: 'http',
    attributes: () => ({
      'http.request.method': 'POST',
      'url.full': `http://${name}/v1/take`,
      'server.address': name,
      'server.port': 80,
    }),
  };
}
