import type { Action } from '../convention/attributes.ts';

/**
 * Direction of a store's operations (research otel §2.3). Several actions mean that all of them happen or may happen;
 * an operation that is in no table is `unknown`, never a silent `read`.
 */
export type Actions = readonly Action[];

type Table = Readonly<Record<string, string>>;

function table(rows: Table): ReadonlyMap<string, Actions> {
  const map = new Map<string, Actions>();
  for (const [actions, operations] of Object.entries(rows)) {
    for (const operation of operations.split(' ')) map.set(operation, actions.split('+') as Action[]);
  }
  return map;
}

/** Redis and Valkey commands, in capitals. `none` moves no data of a key. */
export const REDIS_COMMANDS = table({
  read: 'GET MGET GETRANGE SUBSTR STRLEN EXISTS TYPE TTL PTTL SCAN KEYS HGET HMGET HGETALL HKEYS HVALS HSCAN HLEN HEXISTS HSTRLEN HRANDFIELD LRANGE LINDEX LLEN LPOS SMEMBERS SISMEMBER SMISMEMBER SCARD SSCAN SRANDMEMBER SINTER SUNION SDIFF SINTERCARD ZRANGE ZRANGEBYSCORE ZRANGEBYLEX ZREVRANGE ZREVRANGEBYSCORE ZREVRANGEBYLEX ZSCORE ZMSCORE ZRANK ZREVRANK ZCARD ZCOUNT ZLEXCOUNT ZSCAN ZRANDMEMBER ZINTER ZUNION ZDIFF XRANGE XREVRANGE XREAD XREADGROUP XLEN XPENDING XINFO GEOPOS GEODIST GEOHASH GEOSEARCH GEORADIUS GETBIT BITCOUNT BITPOS PFCOUNT DUMP OBJECT JSON.GET JSON.MGET JSON.TYPE JSON.OBJKEYS FT.SEARCH FT.AGGREGATE FT.GET TS.GET TS.RANGE LCS RANDOMKEY',
  write:
    'SET SETEX SETNX PSETEX MSET MSETNX APPEND INCR INCRBY INCRBYFLOAT DECR DECRBY HSET HMSET HSETNX HINCRBY HINCRBYFLOAT LPUSH LPUSHX RPUSH RPUSHX LSET LINSERT SADD ZADD ZINCRBY XADD PFADD PFMERGE GEOADD SETRANGE SETBIT BITOP BITFIELD JSON.SET JSON.MSET JSON.MERGE JSON.ARRAPPEND JSON.NUMINCRBY RESTORE RENAME RENAMENX COPY MOVE EXPIRE PEXPIRE EXPIREAT PEXPIREAT HEXPIRE PERSIST TOUCH FT.ADD TS.ADD HSETEX',
  delete:
    'DEL UNLINK HDEL LREM LTRIM SREM ZREM ZREMRANGEBYSCORE ZREMRANGEBYRANK ZREMRANGEBYLEX XDEL XTRIM JSON.DEL JSON.FORGET JSON.CLEAR FLUSHDB FLUSHALL FT.DEL TS.DEL',
  'read+delete': 'GETDEL LPOP RPOP BLPOP BRPOP LMPOP BLMPOP SPOP ZPOPMIN ZPOPMAX BZPOPMIN BZPOPMAX ZMPOP HGETDEL',
  'read+write':
    'GETSET GETEX HGETEX RPOPLPUSH BRPOPLPUSH LMOVE BLMOVE SMOVE SORT SINTERSTORE SUNIONSTORE SDIFFSTORE ZINTERSTORE ZUNIONSTORE ZDIFFSTORE ZRANGESTORE GEOSEARCHSTORE XCLAIM XAUTOCLAIM',
  unknown: 'EVAL EVALSHA EVAL_RO EVALSHA_RO FCALL FCALL_RO MULTI EXEC PIPELINE MIGRATE',
  none: 'PING AUTH HELLO SELECT ECHO QUIT INFO CONFIG CLIENT COMMAND CLUSTER READONLY READWRITE ASKING WATCH UNWATCH DISCARD WAIT TIME DBSIZE LASTSAVE SAVE BGSAVE BGREWRITEAOF SCRIPT FUNCTION MEMORY LATENCY SLOWLOG MODULE ACL ROLE REPLICAOF SLAVEOF SYNC PSYNC SWAPDB MONITOR DEBUG SHUTDOWN XGROUP XACK XSETID FT.CREATE FT.INFO FT._LIST CONNECT PUBSUB SENTINEL FAILOVER RESET',
});

/** Commands whose arguments are several keys; of all others the first argument is the key. */
export const REDIS_MANY_KEYS: ReadonlySet<string> = new Set(
  'MGET DEL UNLINK EXISTS TOUCH SINTER SUNION SDIFF PFCOUNT PFMERGE JSON.MGET RENAME RENAMENX COPY RPOPLPUSH LMOVE SMOVE'.split(
    ' ',
  ),
);
export const REDIS_CHANNELS = table({
  write: 'PUBLISH SPUBLISH',
  read: 'SUBSCRIBE PSUBSCRIBE SSUBSCRIBE',
  none: 'UNSUBSCRIBE PUNSUBSCRIBE SUNSUBSCRIBE',
});

/** Memcached commands, lower case. */
export const MEMCACHED_COMMANDS = table({
  read: 'get gets getmulti gat gats mg',
  write: 'set add replace append prepend cas incr decr touch ms ma',
  delete: 'delete del md flush_all',
  none: 'stats version verbosity quit mn me',
});

/** MongoDB driver commands, lower case. */
export const MONGO_COMMANDS = table({
  read: 'find findone getmore aggregate count countdocuments estimateddocumentcount distinct mapreduce listindexes explain watch',
  write:
    'insert insertone insertmany update updateone updatemany replaceone save findoneandupdate findoneandreplace renamecollection',
  delete: 'delete deleteone deletemany remove drop dropdatabase findoneanddelete',
  'write+delete': 'bulkwrite',
  'read+write+delete': 'findandmodify',
  none: 'hello ismaster ping buildinfo connectionstatus saslstart saslcontinue logout endsessions createindexes createindex dropindexes createcollection create listcollections listdatabases collstats dbstats serverstatus getparameter killcursors committransaction aborttransaction starttransaction',
});

/** Elasticsearch and OpenSearch endpoint ids. */
export const ELASTIC_ENDPOINTS = table({
  read: 'search msearch get mget count scroll open_point_in_time exists exists_source get_source search_template msearch_template async_search.submit async_search.get async_search.status eql.search eql.get esql.query esql.async_query sql.query sql.translate terms_enum termvectors mtermvectors knn_search search_mvt field_caps explain rank_eval graph.explore',
  write: 'index create update update_by_query ingest.put_pipeline',
  'read+write': 'reindex',
  delete: 'delete delete_by_query indices.delete indices.delete_data_stream',
  'write+delete': 'bulk',
  'read+share': 'snapshot.create',
  none: 'ping info close_point_in_time clear_scroll async_search.delete indices.create indices.exists indices.get indices.refresh indices.flush indices.forcemerge indices.put_mapping indices.get_mapping indices.put_settings indices.get_settings indices.put_index_template indices.exists_index_template indices.put_alias indices.get_alias indices.update_aliases indices.stats indices.analyze cluster.health cluster.stats nodes.info nodes.stats cat.indices cat.health tasks.get',
});

/** Endpoints of Elasticsearch by the last segment of the path, for clients that send only HTTP: POST also searches. */
export const ELASTIC_PATHS = table({
  read: '_search _msearch _count _mget _source _search_template _field_caps _eql _sql _esql _termvectors _pit',
  write: '_create _update _update_by_query',
  'read+write': '_reindex',
  delete: '_delete_by_query',
  'write+delete': '_bulk',
  none: '_refresh _flush _mapping _settings _health _aliases _stats _forcemerge',
});

export const DYNAMO_OPERATIONS = table({
  read: 'GetItem BatchGetItem Query Scan TransactGetItems',
  write: 'PutItem UpdateItem ImportTable RestoreTableFromBackup RestoreTableToPointInTime',
  delete: 'DeleteItem DeleteTable',
  'write+delete': 'BatchWriteItem TransactWriteItems',
  'read+share': 'ExportTableToPointInTime',
  none: 'CreateTable DescribeTable ListTables UpdateTable DescribeTimeToLive UpdateTimeToLive CreateBackup TagResource ListTagsOfResource DescribeEndpoints CreateGlobalTable DescribeContinuousBackups',
});
/** PartiQL comes as a statement. */
export const DYNAMO_PARTIQL: ReadonlySet<string> = new Set([
  'ExecuteStatement',
  'BatchExecuteStatement',
  'ExecuteTransaction',
]);

export const COSMOS_OPERATIONS = table({
  read: 'query_items read_item read_all_items read_many_items query_change_feed query read_items readitem',
  write: 'create_item upsert_item replace_item patch_item createitem upsertitem replaceitem patchitem',
  delete: 'delete_item delete_all_items_by_partition_key delete_container delete_database deleteitem',
  'write+delete': 'execute_batch execute_bulk bulk batch',
  none: 'create_container create_database read_container read_database',
});

/** Vector databases, by the method in the operation or behind the dot of the span's name. Lower case, no underscores. */
export const VECTOR_OPERATIONS = table({
  read: 'query search fetch get scroll recommend discover retrieve list count peek describeindexstats hybridsearch querypoints similaritysearch vectorsearch searchpoints getpoints fetchobjects fetchobjectbyid do searchbatch searchgroups querybatch querybatchpoints discoverbatch recommendbatch recommendgroups aggregate raw graphqlrawquery',
  write:
    'upsert add insert update setpayload overwritepayload modify upsertpoints updatevectors load create insertmany mergeinsert replace addobject adddataobject uploadpoints uploadrecords uploadcollection',
  delete:
    'delete deletecollection deletepoints dropcollection clearpayload deletemany deletevectors droptable deletepayload drop deleteall deleteclass',
  'write+delete': 'batchupdatepoints',
  none: 'createindex createcollection createclass createfromdict createtable opentable connect listcollections listindexes describeindex',
});

/** Object stores: `rpc.method` of S3 and its compatible services. */
export const OBJECT_OPERATIONS = table({
  read: 'GetObject HeadObject ListObjects ListObjectsV2 ListObjectVersions SelectObjectContent GetObjectAttributes GetObjectTagging',
  write: 'PutObject CreateMultipartUpload UploadPart CompleteMultipartUpload PutObjectTagging PostObject RestoreObject',
  delete: 'DeleteObject DeleteObjects DeleteBucket',
  none: 'HeadBucket ListBuckets CreateBucket GetBucketLocation AbortMultipartUpload ListParts ListMultipartUploads GetBucketPolicy PutBucketPolicy GetBucketLifecycleConfiguration PutBucketLifecycleConfiguration GetBucketVersioning PutBucketVersioning GetBucketAcl',
});

/** Read their source and write their target. */
export const OBJECT_COPIES: ReadonlySet<string> = new Set(['CopyObject', 'UploadPartCopy']);

/** Verbs of systems that nobody wrote a table for, lower case. */
export const PLAIN_VERBS = table({
  read: 'select get find search read list scan count fetch match show describe explain table values lookup',
  write: 'insert put set update create upsert replace write add merge save copy load import append increment',
  delete: 'delete remove drop truncate purge erase clear unlink',
  none: 'begin commit rollback savepoint release start end use listen unlisten notify vacuum analyze prepare deallocate alter grant revoke comment connect disconnect ping close open discard reset pragma attach detach lock unlock',
});

/** Verbs of SQL where only the verb is known; a bare `query` or `execute` says nothing about direction. */
export const SQL_VERBS = table({
  read: 'select show describe explain table values',
  write: 'insert replace upsert update merge copy load import',
  delete: 'delete truncate drop',
  none: 'begin commit rollback savepoint release start end set use listen unlisten notify vacuum analyze prepare deallocate create alter grant revoke comment discard reset pragma attach detach lock unlock',
});

/** Prefix of an operation that drivers put before the command. */
const WRAPPING = /^(?:BATCH|MULTI|PIPELINE|BULK)\s+/i;

/** Trimmed, without `BATCH `, `MULTI `, `PIPELINE ` and `bulk ` before it. */
export function bareOperation(operation: string): string {
  return operation.trim().replace(WRAPPING, '');
}
