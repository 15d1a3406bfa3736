import type { OnMask } from '../scrub/mask.ts';
import { canonicalNode } from './canonical.ts';
import { nodeId } from './kind.ts';
import { part } from './part.ts';
import { storeNode, storeOf } from './store.ts';

const QUEUE_NAMESPACE = /^(?:kafka:\/\/|amqps?:\/\/|nats:\/\/|pulsar:\/\/|pubsub$|arn:aws[a-z-]*:(?:sqs|sns|kinesis):)/;
const BUCKET = /^(s3[an]?|gs|abfss?|wasbs?):\/\/([^/]+)/;

/** Systems of `store.ts` whose datasets are objects in a bucket, by scheme. */
const BUCKET_SYSTEMS: ReadonlyMap<string, string> = new Map([
  ['s3', 'aws.s3'],
  ['s3a', 'aws.s3'],
  ['s3n', 'aws.s3'],
  ['gs', 'gcp.storage'],
  ['abfs', 'azure.blob'],
  ['abfss', 'azure.blob'],
]);

/**
 * Node id of an OpenLineage dataset: the id that a span touching the same store or topic gets (rulings 19, 20). Objects
 * are reduced to their folder, `file` paths to patterns; everything else keeps its name.
 */
export function datasetNode(namespace: string, name: string, onMask?: OnMask): string {
  const space = namespace.trim().replace(/\/+$/, '');
  if (QUEUE_NAMESPACE.test(space)) {
    const id = `queue:${space}/${part(name, onMask)}`;
    return canonicalNode(id, onMask) ?? nodeId('queue', part(name, onMask));
  }
  const bucket = BUCKET.exec(space);
  const system = BUCKET_SYSTEMS.get(bucket?.[1] ?? '');
  if (bucket !== null && system !== undefined) return storeNode({ system, database: bucket[2] ?? '', name }, onMask);
  if (space === 'file' || space === 'file:' || space === '') return storeNode({ system: 'file', name }, onMask);
  const id = storeOf(space, name.trim().replace(/^\/+/, ''));
  return canonicalNode(id, onMask) ?? nodeId('store', part(space, onMask));
}
