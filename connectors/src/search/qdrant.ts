import { z } from 'zod';
import { type Candidate, defineConnector } from '../define-connector.ts';
import { HttpStore, type JsonCaller, jsonCaller, shaped } from '../http/json-call.ts';
import { ConnectorError } from '../kit.ts';
import type { Wanted } from '../wanted.ts';
import { identifierAmong, valuesAt } from './index-mapping.ts';

const Collection = z
  .strictObject({
    collection: z.string().regex(/^[^\s/?#]{1,255}$/),
    /** Node id in lineage, e.g. `store:qdrant://vectors:6333/support-notes`. */
    node: z.string().min(3).max(512),
    /** Identifier type → payload key that holds it; `a.b` reaches into objects and lists. */
    identifiers: z.record(z.string().regex(/^[a-z][a-z0-9_]{0,31}$/), z.string().min(1).max(256)).default({}),
    /** Payload key whose value makes a record ref; `id` stands for the id of the point. */
    recordKey: z.string().min(1).max(256).optional(),
    /**
     * `scan` reads the identifiers of every point and compares here. `filter` asks the store, which compares exactly: for
     * large collections whose identifiers are written in one form only, e.g. always in lower case.
     */
    find: z.enum(['scan', 'filter']).default('scan'),
  })
  .refine(({ identifiers, recordKey }) => Object.keys(identifiers).length > 0 || recordKey !== undefined, {
    message: 'needs `identifiers` or `recordKey`: without one of them nobody can be found in it',
  });
type Collection = z.infer<typeof Collection>;

export const QdrantConfig = z.strictObject({
  connector: z.literal('qdrant'),
  url: HttpStore.url,
  certificateAuthority: HttpStore.certificateAuthority,
  apiKey: z.string().min(1).max(4096).optional(),
  /** A read-only key; verification uses it. */
  verifyApiKey: z.string().min(1).max(4096).optional(),
  collections: z.array(Collection).min(1).max(500),
  withoutPersonalData: z.array(z.string().min(1).max(255)).max(2000).default([]),
});
type QdrantConfig = z.infer<typeof QdrantConfig>;

type PointId = string | number;
const PointId = z.union([z.string(), z.int().min(0)]);

/** Without vectors a point is its payload; pages stay far below the bound of an answer. */
const POINTS_PER_PAGE = 500;

const Page = z.object({
  result: z.object({
    points: z.array(z.object({ id: PointId, payload: z.record(z.string(), z.unknown()).nullish() })),
    next_page_offset: PointId.nullish(),
  }),
});
const Found = z.object({ result: z.array(z.object({ id: PointId })) });
const Updated = z.object({ result: z.object({ status: z.string() }) });
const Collections = z.object({ result: z.object({ collections: z.array(z.object({ name: z.string() })) }) });
const Description = z.object({ result: z.object({ status: z.string() }) });

/**
 * Qdrant: agent memory and retrieval, over its HTTP interface.
 *
 * Everything is read with `consistency=all`, so that a replica that lags cannot answer "nothing"; a deletion counts once
 * the store says `completed`, not `acknowledged`. Deleted points stay in their segment until the optimiser rewrites it,
 * which no call can ask for: the receipt names that.
 */
export const qdrant = defineConnector<QdrantConfig, JsonCaller, PointId>({
  kind: 'qdrant',
  config: QdrantConfig,
  nodes: ({ collections }) => Object.fromEntries(collections.map((each) => [each.node, Object.keys(each.identifiers)])),
  cannotErase: () => [
    'snapshots',
    'deleted points in segments and in the write-ahead log, until the store rewrites them',
    'embeddings already sent to a model provider',
  ],
  verifiesBy: ({ verifyApiKey }) => (verifyApiKey === undefined ? 'same_path' : 'other_path'),
  matchesRefs: true,
  method: 'delete_points',

  async open(config, as) {
    const key = as === 'verifier' ? (config.verifyApiKey ?? config.apiKey) : config.apiKey;
    return jsonCaller('qdrant', config, key === undefined ? {} : { 'api-key': key });
  },

  async check(call, config, as) {
    for (const { collection } of config.collections) {
      const { result } = shaped(call, await call('GET', `/collections/${encodeURIComponent(collection)}`), Description);
      // `red`: an operation failed and the collection may answer from a part of itself.
      if (result.status === 'red') {
        throw new ConnectorError('needs_human', 'damaged_collection', `qdrant: ${collection} reports the status red.`);
      }
    }
    if (as === 'worker') await everyCollectionIsMapped(call, config);
  },

  find: (call, wanted, config) => pointsOf(call, wanted, config, 'payload'),
  // Every point, whatever the store's filter would say, and without what an export would show.
  findAgain: (call, wanted, config) => pointsOf(call, wanted, config, 'identifiers'),

  async remove(call, keys, { node }, config) {
    const path = `/collections/${encodeURIComponent(mappingOf(config, node).collection)}/points`;
    const look = await call('POST', `${path}?consistency=all`, { ids: keys, with_payload: false, with_vector: false });
    const present = shaped(call, look, Found).result.length;
    const answer = await call('POST', `${path}/delete?wait=true&ordering=strong`, { points: keys });
    const { status } = shaped(call, answer, Updated).result;
    if (status !== 'completed')
      throw new ConnectorError(
        'retryable',
        'not_applied',
        `qdrant: a deletion was accepted and not applied (${status}).`,
      );
    return present;
  },

  failure: () => null,
});

function mappingOf(config: QdrantConfig, node: string): Collection {
  const collection = config.collections.find((each) => each.node === node);
  if (!collection)
    throw new ConnectorError('permanent', 'unmapped_node', `${node} has no mapping in this worker's configuration.`);
  return collection;
}

async function everyCollectionIsMapped(call: JsonCaller, config: QdrantConfig): Promise<void> {
  const { result } = shaped(call, await call('GET', '/collections'), Collections);
  const known = new Set([...config.collections.map((each) => each.collection), ...config.withoutPersonalData]);
  const unmapped = result.collections.map(({ name }) => name).filter((name) => !known.has(name));
  if (unmapped.length > 0) {
    const text = `qdrant: no mapping for ${unmapped.join(', ')}. Map it under \`collections\`, or list it under \`withoutPersonalData\`.`;
    throw new ConnectorError('needs_human', 'unmapped_table', text);
  }
}

/** Pages follow the order of ids, so a point that is written meanwhile moves none of them. */
async function* pointsOf(
  call: JsonCaller,
  wanted: Wanted,
  config: QdrantConfig,
  show: 'payload' | 'identifiers',
): AsyncIterable<Candidate<PointId>> {
  const mapping = mappingOf(config, wanted.node);
  const path = `/collections/${encodeURIComponent(mapping.collection)}/points/scroll?consistency=all`;
  const { recordKey } = mapping;
  const keys = [...Object.values(mapping.identifiers), ...(recordKey && recordKey !== 'id' ? [recordKey] : [])];
  const filter = show === 'payload' ? filterFor(mapping, wanted) : null;
  let offset: PointId | null = null;
  do {
    const answer = await call('POST', path, {
      limit: POINTS_PER_PAGE,
      with_vector: false,
      with_payload: show === 'payload' ? true : { include: keys },
      ...(filter && { filter }),
      ...(offset !== null && { offset }),
    });
    const { points, next_page_offset } = shaped(call, answer, Page).result;
    for (const { id, payload } of points) yield candidateOf(mapping, wanted, id, payload ?? {});
    offset = next_page_offset ?? null;
  } while (offset !== null);
}

/** Null: every point has to be looked at. */
function filterFor({ find, identifiers }: Collection, wanted: Wanted): object | null {
  if (find === 'scan' || wanted.byRef) return null;
  const should = Object.entries(identifiers).flatMap(([type, key]) => {
    const forms = [...(wanted.identifiers.get(type) ?? [])];
    // Text and whole numbers are different values to the store, and an id may have been written as either.
    const numbers = forms.filter((form) => /^\d{1,15}$/.test(form)).map(Number);
    return forms.length === 0
      ? []
      : [{ key, match: { any: forms } }, ...(numbers.length > 0 ? [{ key, match: { any: numbers } }] : [])];
  });
  return { should };
}

function candidateOf(
  { identifiers: keys, recordKey }: Collection,
  wanted: Wanted,
  id: PointId,
  payload: Readonly<Record<string, unknown>>,
): Candidate<PointId> {
  const identifiers: Record<string, string> = {};
  for (const [type, key] of Object.entries(keys)) {
    const values = valuesAt(payload, key.replaceAll('[]', '').split('.'));
    const value = identifierAmong(values, type, key, wanted);
    if (value !== undefined) identifiers[type] = value;
  }
  const ref =
    recordKey === undefined ? undefined : recordKey === 'id' ? String(id) : valuesAt(payload, recordKey.split('.'))[0];
  return { key: id, row: { id, ...payload }, identifiers, ...(ref !== undefined && { recordKey: ref }) };
}
