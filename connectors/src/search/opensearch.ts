import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { type Candidate, defineConnector } from '../define-connector.ts';
import { HttpStore, type JsonCaller, jsonCaller, shaped } from '../http/json-call.ts';
import { ConnectorError } from '../kit.ts';
import type { Wanted } from '../wanted.ts';
import { dropDeleted } from './drop-deleted.ts';
import { fieldIn, type IndexField, identifierAmong, Mappings, valuesAt } from './index-mapping.ts';
import { queryFor } from './person-query.ts';

const indexName = z.string().regex(/^[^\s,"*\\<>|?/#:-][^\s,"\\<>|?/#:]{0,254}$/);

const Index = z.strictObject({
  /** Index, data stream, or a pattern such as `tickets-*` whose indices share the fields below. */
  index: indexName,
  /** Node id in lineage, e.g. `store:opensearch://search:9200/tickets`. */
  node: z.string().min(3).max(512),
  /** Identifier type → field whose whole value is the identifier (`keyword`, `wildcard` or a number). */
  identifiers: z
    .record(z.string().regex(/^[a-z][a-z0-9_]{0,31}$/), z.string().min(1).max(256))
    .refine((map) => Object.keys(map).length > 0, 'needs at least one identifier'),
});
type Index = z.infer<typeof Index>;

export const OpensearchConfig = z.strictObject({
  connector: z.literal('opensearch'),
  ...HttpStore,
  indices: z.array(Index).min(1).max(500),
  /** Indices (or patterns) that hold no personal data, said by someone who knows. Every open index is in one of the lists. */
  withoutPersonalData: z.array(z.string().min(1).max(255)).max(2000).default([]),
  /**
   * A deleted document stays in its segment until the segment is merged. `rewrite` merges the index down to one segment
   * after an erasure, so that the bytes go at once; it reads and writes the whole index. `leave` waits for the store's own
   * merges, and says so in the receipt.
   */
  deletedDocuments: z.enum(['rewrite', 'leave']).default('leave'),
});
type OpensearchConfig = z.infer<typeof OpensearchConfig>;

interface Key {
  readonly index: string;
  readonly id: string;
}

/** Hits per page of a scroll; documents are at most 100 MB, and the answer is bounded by the caller. */
const HITS_PER_PAGE = 500;
const SCROLL_ALIVE = '2m';
const POLL_MS = 100;
const POLL_MS_MAX = 5_000;
/** A document that is written all the time is tried again this often before the task comes back later. */
const CONFLICT_ROUNDS_MAX = 5;

const Hits = z.object({
  _scroll_id: z.string(),
  timed_out: z.boolean(),
  _shards: z.object({ failed: z.int() }),
  hits: z.object({
    hits: z.array(
      z.object({ _index: z.string(), _id: z.string(), _source: z.record(z.string(), z.unknown()).optional() }),
    ),
  }),
});
const Started = z.object({ task: z.string() });
const Outcome = z.object({
  completed: z.boolean(),
  response: z
    .object({
      deleted: z.int(),
      version_conflicts: z.int(),
      timed_out: z.boolean(),
      failures: z.array(z.unknown()),
    })
    .optional(),
  error: z.unknown().optional(),
});
const Indices = z.array(z.object({ index: z.string(), status: z.string() }));
const Aliases = z.record(
  z.string(),
  z.object({ aliases: z.record(z.string(), z.object({ filter: z.unknown() }).loose()) }),
);
const Shards = z.object({ _shards: z.object({ failed: z.int() }).optional() });

/**
 * OpenSearch and Elasticsearch (7.10 and later), which share these calls.
 *
 * What makes an erasure here look done when it is not: a field that is analysed into words matches no whole address; a
 * document written a moment ago is in no search before a refresh; an alias with a filter hides documents; a failed shard
 * answers with the rest; and a delete-by-query skips a document that changed while it ran. Each of these is an error or is
 * done again, never a count.
 */
export const opensearch = defineConnector<OpensearchConfig, JsonCaller, Key>({
  kind: 'opensearch',
  config: OpensearchConfig,
  nodes: (config) =>
    Object.fromEntries(config.indices.map(({ node, identifiers }) => [node, Object.keys(identifiers)])),
  cannotErase: ({ deletedDocuments }) => [
    'snapshots',
    'copies in other clusters (replication, reindexed or restored indices)',
    ...(deletedDocuments === 'leave' ? ['deleted documents in segments until the store merges them'] : []),
  ],
  verifiesBy: (config) => (config.verifyAuthorization === undefined ? 'same_path' : 'other_path'),
  method: 'delete_by_query',

  async open(config, as) {
    const authorization =
      as === 'verifier' ? (config.verifyAuthorization ?? config.authorization) : config.authorization;
    return jsonCaller('opensearch', config, authorization === undefined ? {} : { authorization });
  },

  async check(call, config, as) {
    for (const index of config.indices) {
      const mappings = await mappingsOf(call, index);
      for (const name of Object.values(index.identifiers)) {
        for (const concrete of Object.keys(mappings)) fieldIn(mappings, concrete, name);
      }
      const aliases = shaped(call, await call('GET', `/${encodeURIComponent(index.index)}/_alias`), Aliases);
      const filtered = Object.values(aliases).some((each) => each.aliases[index.index]?.filter !== undefined);
      if (filtered) {
        const text = `opensearch: ${index.index} is an alias with a filter, which hides documents. Map the index behind it.`;
        throw new ConnectorError('needs_human', 'filtered_alias', text);
      }
      await refresh(call, index);
    }
    if (as === 'worker') await everyIndexIsMapped(call, config);
  },

  find: (call, wanted, config) => documentsOf(call, wanted, config),

  async remove(call, keys) {
    let deleted = 0;
    const byIndex = Map.groupBy(keys, ({ index }) => index);
    for (const [index, ofIndex] of byIndex)
      deleted += await deleteByQuery(
        call,
        index,
        ofIndex.map(({ id }) => id),
      );
    return deleted;
  },

  async removeBytes(call, node, config) {
    const index = config.indices.find((each) => each.node === node);
    if (config.deletedDocuments === 'rewrite' && index) await dropDeleted(call, index.index);
  },

  failure: () => null,
});

async function mappingsOf(call: JsonCaller, { index }: Index): Promise<Mappings> {
  const path = `/${encodeURIComponent(index)}/_mapping?ignore_unavailable=false&allow_no_indices=false`;
  const mappings = shaped(call, await call('GET', path), Mappings);
  if (Object.keys(mappings).length === 0)
    throw new ConnectorError('permanent', 'missing_table', `opensearch: no index is named ${index}.`);
  return mappings;
}

/** Makes what was written until now visible to searches. */
async function refresh(call: JsonCaller, { index }: Index): Promise<void> {
  const answer = shaped(call, await call('POST', `/${encodeURIComponent(index)}/_refresh`), Shards);
  if ((answer._shards?.failed ?? 0) > 0) throw partial();
}

async function everyIndexIsMapped(call: JsonCaller, config: OpensearchConfig): Promise<void> {
  const indices = shaped(
    call,
    await call('GET', '/_cat/indices?format=json&h=index,status&expand_wildcards=open,closed'),
    Indices,
  );
  const known = new Set<string>();
  for (const index of config.indices)
    for (const concrete of Object.keys(await mappingsOf(call, index))) known.add(concrete);
  const closed = indices.filter(({ index, status }) => known.has(index) && status !== 'open').map(({ index }) => index);
  if (closed.length > 0) {
    const text = `opensearch: closed, so nobody can be found in them: ${closed.join(', ')}.`;
    throw new ConnectorError('needs_human', 'closed_index', text);
  }
  const without = config.withoutPersonalData.map((pattern) => matcher(pattern));
  const unmapped = indices
    .map(({ index }) => index)
    .filter((index) => !index.startsWith('.') && !known.has(index) && !without.some((matches) => matches(index)));
  if (unmapped.length > 0) {
    const text = `opensearch: no mapping for ${unmapped.join(', ')}. Map it under \`indices\`, or list it under \`withoutPersonalData\`.`;
    throw new ConnectorError('needs_human', 'unmapped_table', text);
  }
}

function matcher(pattern: string): (index: string) => boolean {
  const [start = '', ...rest] = pattern.split('*');
  if (rest.length === 0) return (index) => index === pattern;
  const end = rest.at(-1) ?? '';
  return (index) => index.startsWith(start) && index.endsWith(end) && index.length >= start.length + end.length;
}

/** A snapshot of the index, page after page: what is written meanwhile moves no page. */
async function* documentsOf(call: JsonCaller, wanted: Wanted, config: OpensearchConfig): AsyncIterable<Candidate<Key>> {
  const index = config.indices.find(({ node }) => node === wanted.node);
  if (!index) return;
  await refresh(call, index);
  const mappings = await mappingsOf(call, index);
  for (const concrete of Object.keys(mappings)) {
    const fields = new Map(
      Object.entries(index.identifiers).map(([type, name]) => [type, fieldIn(mappings, concrete, name)]),
    );
    const query = queryFor(fields, wanted);
    const search = { size: HITS_PER_PAGE, sort: ['_doc'], query, _source: true };
    const path = `/${encodeURIComponent(concrete)}/_search?scroll=${SCROLL_ALIVE}&allow_partial_search_results=false`;
    let page = shaped(call, await call('POST', path, search), Hits);
    try {
      for (;;) {
        if (page.timed_out || page._shards.failed > 0) throw partial();
        if (page.hits.hits.length === 0) break;
        for (const hit of page.hits.hits) yield candidateOf(hit, fields, wanted);
        const next = { scroll: SCROLL_ALIVE, scroll_id: page._scroll_id };
        page = shaped(call, await call('POST', '/_search/scroll', next), Hits);
      }
    } finally {
      await call('DELETE', '/_search/scroll', { scroll_id: page._scroll_id }).catch(() => undefined);
    }
  }
}

function candidateOf(
  hit: z.infer<typeof Hits>['hits']['hits'][number],
  fields: ReadonlyMap<string, IndexField>,
  wanted: Wanted,
): Candidate<Key> {
  const source = hit._source ?? {};
  const identifiers: Record<string, string> = {};
  for (const [type, field] of fields) {
    const value = identifierAmong(valuesAt(source, field.sourcePath), type, field.name, wanted);
    if (value !== undefined) identifiers[type] = value;
  }
  return { key: { index: hit._index, id: hit._id }, row: source, identifiers };
}

/**
 * Deletes by document id. A document that changed after the query's snapshot was taken is skipped by the store and counted
 * as a conflict: it is tried again, because somebody writing to a record is no reason to keep it.
 */
async function deleteByQuery(call: JsonCaller, index: string, ids: readonly string[]): Promise<number> {
  const path = `/${encodeURIComponent(index)}/_delete_by_query?conflicts=proceed&refresh=true&wait_for_completion=false`;
  let deleted = 0;
  for (let round = 0; round < CONFLICT_ROUNDS_MAX; round += 1) {
    const { task } = shaped(call, await call('POST', path, { query: { ids: { values: ids } } }), Started);
    const { response, error } = await finished(call, task);
    if (error !== undefined || !response || response.timed_out || response.failures.length > 0) {
      throw new ConnectorError('retryable', 'store_refused', 'opensearch: a delete-by-query did not finish.');
    }
    deleted += response.deleted;
    // What was written anew between two rounds is deleted twice, and was there once.
    if (response.version_conflicts === 0) return Math.min(deleted, ids.length);
  }
  throw new ConnectorError('retryable', 'conflict', 'opensearch: documents kept changing while they were deleted.');
}

async function finished(call: JsonCaller, task: string): Promise<z.infer<typeof Outcome>> {
  for (let waitMs = POLL_MS; ; waitMs = Math.min(waitMs * 2, POLL_MS_MAX)) {
    const outcome = shaped(call, await call('GET', `/_tasks/${encodeURIComponent(task)}`), Outcome);
    if (outcome.completed) return outcome;
    await sleep(waitMs);
  }
}

function partial(): ConnectorError {
  return new ConnectorError('retryable', 'partial_answer', 'opensearch: some shards did not answer.');
}
