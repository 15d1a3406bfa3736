import { ATTR } from '@vestige/core/convention/attributes';
import { ALLOWED } from '@vestige/core/scrub/allowed';

/**
 * How the value of an attribute bears on what a span is read as. This table is what makes remembering shapes of spans
 * sound: a value that recognition may look at decides the path (`exact` and its refinements), any other is a hole in it.
 *
 * A test holds the table against the sources of the recognisers, so that a rule that reads another key fails there
 * before it can read a remembered span wrong.
 */
export type KeyRole =
  /** Byte for byte part of the shape. */
  | 'exact'
  /** Stored, never looked at: an identifier or a number that is another one in every span. */
  | 'plain'
  /** Stored, never looked at; part of the shape as long as it has few values. */
  | 'spread'
  /** Neither stored nor looked at. */
  | 'dropped'
  /** Looked at only for whether it is there. */
  | 'present'
  /** `vestige.seq`. */
  | 'seq'
  /** Subject tokens: it matters that there are some. */
  | 'tokens'
  /** Conversation and session ids: become the conversation's key, or nothing. */
  | 'conversation'
  /** A whole number that becomes `record_count`, or nothing. */
  | 'count'
  /** A size, of which only zero or not is looked at. */
  | 'size'
  /** `{node}#{hash}`: the node is part of the shape, the hash is not. */
  | 'refs'
  /** A URL or path: its variable segments and its query are not part of the shape. */
  | 'address'
  /** A statement: of a Redis command the variable parts of the key are not part of the shape. */
  | 'statement'
  /** Says which host, for spans that do not name it: looked at only there. */
  | 'host'
  /** The same for the port. */
  | 'port'
  /** Key of a record, made into a ref under the tenant's key; not looked at without one. */
  | 'record'
  /** A raw identifier, made into a token under the tenant's key; not looked at without one. */
  | 'identifier';

/** Stored and never looked at, with another value in every span. */
const PLAIN = [
  'gen_ai.response.id',
  'gen_ai.tool.call.id',
  'gen_ai.usage.input_tokens',
  'gen_ai.usage.output_tokens',
  'gen_ai.usage.prompt_tokens',
  'gen_ai.usage.completion_tokens',
  'gen_ai.usage.reasoning.output_tokens',
  'gen_ai.usage.cache_read.input_tokens',
  'gen_ai.usage.cache_write.input_tokens',
  'gen_ai.usage.cache_creation.input_tokens',
  'llm.token_count.prompt',
  'llm.token_count.completion',
  'llm.token_count.total',
  'ai.toolCall.id',
  'ai.usage.promptTokens',
  'ai.usage.completionTokens',
  'tool.id',
  'aws.request_id',
  'messaging.destination.partition.id',
  'messaging.kafka.offset',
  'messaging.batch.message_count',
  'messaging.message.body.size',
  'messaging.message.envelope.size',
  'db.operation.batch.size',
] as const;

/** What a recogniser looks at, besides the keys with a role of their own below. */
const EXACT = [
  'a2a.method.name',
  'agent.name',
  'ai.model.id',
  'ai.model.provider',
  'ai.operationId',
  'ai.toolCall.name',
  'aws.account.id',
  'aws.dynamodb.table_names',
  'aws.kinesis.stream.name',
  'aws.kinesis.stream_name',
  'aws.operation',
  'aws.region',
  'aws.s3.bucket',
  'aws.s3.copy_source',
  'aws.s3.key',
  'aws.sns.topic.arn',
  'aws.sqs.queue.url',
  'bullmq.queue.name',
  'bullmq.queue.operation',
  'celery.action',
  'cloud.account.id',
  'cloud.region',
  // What a span is named by, and its name is stored without.
  'crewai.task.description',
  'db.cassandra.keyspace',
  'db.cassandra.table',
  'db.collection.name',
  'db.cosmosdb.container',
  'db.elasticsearch.path_parts.index',
  'db.milvus.delete.collection_name',
  'db.milvus.get.collection_name',
  'db.milvus.insert.collection_name',
  'db.milvus.query.collection_name',
  'db.milvus.search.collection_name',
  'db.milvus.upsert.collection_name',
  'db.weaviate.collections.create.name',
  'db.weaviate.collections.delete.name',
  'db.mongodb.collection',
  'db.name',
  'db.namespace',
  'db.operation',
  'db.operation.name',
  'db.operation.parameter.index',
  'db.query.summary',
  'db.redis.database_index',
  'db.response.status_code',
  'db.sql.table',
  'db.system',
  'db.system.name',
  'db.vector.table_name',
  'embedding.model_name',
  'error.type',
  'exception.message',
  'exception.type',
  'faas.document.collection',
  'faas.invoked_name',
  'faas.trigger',
  'gcp.project_id',
  'gen_ai.agent.name',
  'gen_ai.data_source.id',
  'gen_ai.memory.operation',
  'gen_ai.memory.store.id',
  'gen_ai.operation.name',
  'gen_ai.provider.name',
  'gen_ai.request.model',
  'gen_ai.response.model',
  'gen_ai.system',
  'gen_ai.tool.name',
  'gen_ai.workflow.name',
  'graph.node.id',
  'graph.node.name',
  'http.host',
  'http.method',
  'http.request.method',
  'http.response.status_code',
  'http.status_code',
  'langfuse.observation.model.name',
  'langfuse.observation.type',
  'llm.invocation_parameters',
  'llm.model_name',
  'llm.provider',
  'llm.request.model_name',
  'llm.request.type',
  'llm.response.model_name',
  'llm.system',
  'mcp.method.name',
  'mcp.resource.uri',
  'mcp.server.name',
  'metadata',
  'messaging.destination',
  'messaging.destination.anonymous',
  'messaging.destination.name',
  'messaging.destination.subscription.name',
  'messaging.destination.template',
  'messaging.destination.temporary',
  'messaging.kafka.cluster.id',
  'messaging.kafka.topic',
  'messaging.operation',
  'messaging.operation.name',
  'messaging.operation.type',
  'messaging.rabbitmq.destination.routing_key',
  'messaging.rabbitmq.routing_key',
  'messaging.rabbitmq.vhost',
  'messaging.rabbitmq.virtual_host',
  'messaging.system',
  'qdrant.upsert.collection_name',
  'qdrant.add.collection_name',
  'qdrant.search.collection_name',
  'qdrant.scroll.collection_name',
  'qdrant.retrieve.collection_name',
  'qdrant.set_payload.collection_name',
  'qdrant.overwrite_payload.collection_name',
  'qdrant.delete.collection_name',
  'messaging.url',
  'net.peer.name',
  'net.sock.peer.name',
  'openinference.span.kind',
  'operation.name',
  'peer.service',
  'reranker.model_name',
  'rpc.grpc.status_code',
  'rpc.method',
  'rpc.response.status_code',
  'rpc.service',
  'rpc.status_code',
  'rpc.system',
  'rpc.system.name',
  'server.address',
  'server.port',
  'service.peer.name',
  'tool.name',
  'traceloop.entity.name',
  'traceloop.span.kind',
  'traceloop.workflow.name',
  ATTR.subjectSet,
  ATTR.subjectRole,
  ATTR.subjectAttribution,
  ATTR.dataCategories,
  ATTR.purpose,
  ATTR.legalBasis,
  ATTR.flowAction,
  ATTR.flowPeer,
  ATTR.owner,
  ATTR.recipientId,
  ATTR.recipientCountry,
  ATTR.retentionUntil,
  ATTR.requestId,
] as const;

const ROLES: readonly (readonly [KeyRole, readonly string[]])[] = [
  ['exact', EXACT],
  ['plain', PLAIN],
  ['dropped', [ATTR.conventionVersion, ATTR.subjectCount]],
  ['present', ['url.query', 'faas.invocation_id', 'faas.execution']],
  ['seq', [ATTR.seq]],
  ['tokens', [ATTR.subjectTokens]],
  ['conversation', ['gen_ai.conversation.id', 'session.id', 'langfuse.session.id']],
  [
    'count',
    [
      ATTR.recordCount,
      'db.response.returned_rows',
      'gen_ai.memory.record.count',
      'gen_ai.memory.result_count',
      'aws.dynamodb.count',
    ],
  ],
  ['size', ['http.request.body.size', 'http.request_content_length', 'http.response.body.size']],
  ['refs', [ATTR.recordRefs, ATTR.derivedFrom]],
  ['address', ['url.full', 'http.url', 'url.path', 'http.target']],
  ['statement', ['db.query.text', 'db.statement']],
  ['host', ['network.peer.address', 'net.peer.ip', 'net.sock.peer.addr', 'db.connection_string']],
  ['port', ['net.peer.port', 'network.peer.port', 'net.sock.peer.port']],
  [
    'record',
    [
      'messaging.kafka.message.key',
      'db.operation.parameter.id',
      'gen_ai.memory.record.id',
      'gen_ai.memory.id',
      'gen_ai.retrieval.documents',
    ],
  ],
  [
    'identifier',
    [
      'user.email',
      'user.id',
      'enduser.id',
      'langfuse.user.id',
      'ai.telemetry.metadata.userId',
      'traceloop.association.properties.user_id',
      'gen_ai.memory.user_id',
    ],
  ],
];

const ROLE_OF: ReadonlyMap<string, KeyRole> = new Map(
  ROLES.flatMap(([role, keys]) => keys.map((key) => [key, role] as const)),
);

/** Every key with a role of its own. */
export const ROLE_KEYS: readonly string[] = [...ROLE_OF.keys()];

export function keyRole(key: string): KeyRole {
  const role = ROLE_OF.get(key);
  if (role !== undefined) return role;
  const treatment = ALLOWED.get(key);
  if (treatment === undefined) return 'dropped';
  return treatment === 'keep' ? 'spread' : 'exact';
}

/** Of events only the exception is looked at, and only the type and message of it; other values are stored or not. */
export function eventKeyRole(key: string): KeyRole {
  if (key === 'exception.type' || key === 'exception.message') return 'exact';
  switch (ALLOWED.get(key)) {
    case undefined:
    case 'read':
      return 'dropped';
    case 'keep':
      return key === 'db.query.summary' ? 'exact' : 'spread';
    default:
      return 'exact';
  }
}

/** Of links nothing but the tokens is looked at, and nothing is stored. */
export function linkKeyRole(key: string): KeyRole {
  return key === ATTR.subjectTokens ? 'tokens' : 'dropped';
}
