import type { Action } from '../convention/attributes.ts';
import type { StoreParts } from '../node/store.ts';

/**
 * Azure Cosmos DB by its URLs. Its JavaScript client leaves HTTP spans alone; the Python client's own spans name neither
 * the account nor the container, and only the HTTP span inside them does.
 *
 * Source: Azure Cosmos DB REST API (resource URI syntax; databases, collections, documents).
 */
export interface CosmosAddress {
  readonly place: StoreParts;
  /** Id of the document in clear, '' when it is about more than one. */
  readonly key: string;
  actions(method: string): readonly Action[];
}

const HOST = /^[a-z0-9-]+\.documents\.azure\.(?:com|cn|us)$/;
const PATH = /^\/dbs\/([^/]+)(?:\/colls\/([^/]+)(?:\/([a-z]+)(?:\/([^/]+))?)?)?\/?$/;

/** @returns null when it is another host, or nothing that is known there */
export function cosmosAddress(host: string, path: string): CosmosAddress | null {
  if (!HOST.test(host)) return null;
  const system = 'azure.cosmosdb';
  // A client asks the account where its regions are.
  if (path === '/') return { place: { system, host }, key: '', actions: () => [] };
  const [, database, name = '', kind = '', key = ''] = PATH.exec(path) ?? [];
  if (database === undefined || !Object.hasOwn(ACTIONS, kind)) return null;
  const place = { system, host, database: decoded(database), name: decoded(name) };
  return { place, key: kind === 'docs' ? decoded(key) : '', actions: (method) => ACTIONS[kind]?.[method] ?? [] };
}

/**
 * By what stands behind the container, itself as ''. A `POST` of documents creates, upserts or asks a query, which only a
 * header tells that no span has; a stored procedure may do anything.
 */
const ACTIONS: Readonly<Record<string, Readonly<Record<string, readonly Action[]>>>> = {
  '': { DELETE: ['delete'] },
  docs: { GET: ['read'], HEAD: ['read'], POST: ['unknown'], PUT: ['write'], PATCH: ['write'], DELETE: ['delete'] },
  conflicts: { GET: ['read'], DELETE: ['delete'] },
  sprocs: { POST: ['unknown'] },
  pkranges: {},
};

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
