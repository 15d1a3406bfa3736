import type { OnMask } from '../scrub/mask.ts';
import { hostText } from './host.ts';
import { nodeId, UNKNOWN } from './kind.ts';
import { part } from './part.ts';

/** What a span knows of a broker's destination. Absent and empty parts are unknown. */
export interface QueueParts {
  /** `messaging.system`, new or old spelling. */
  readonly system: string;
  /** Topic, queue, exchange or channel. A URL or ARN of SQS and SNS, and a Pub/Sub resource path, are taken apart. */
  readonly destination?: string;
  readonly host?: string;
  /** 0 when unknown. */
  readonly port?: number;
  readonly clusterId?: string;
  readonly region?: string;
  /** AWS account or Google Cloud project. */
  readonly account?: string;
  readonly vhost?: string;
  /** Pub/Sub: a subscription rather than a topic. */
  readonly subscription?: boolean;
}

const RENAMED: ReadonlyMap<string, string> = new Map(
  Object.entries<string>({
    aws_sqs: 'aws.sqs',
    aws_sns: 'aws.sns',
    sqs: 'aws.sqs',
    sns: 'aws.sns',
    gcp_pubsub: 'gcp.pubsub',
    pubsub: 'gcp.pubsub',
    amqp: 'rabbitmq',
  }),
);

const PORTS: ReadonlyMap<string, number> = new Map(
  Object.entries<number>({
    kafka: 9092,
    rabbitmq: 5672,
    bullmq: 6379,
    redis: 6379,
    nats: 4222,
    pulsar: 6650,
    rocketmq: 9876,
    activemq: 61616,
    servicebus: 5671,
    eventhubs: 9093,
  }),
);

/** `messaging.system` in one spelling. */
export function brokerName(system: string): string {
  const lower = system.trim().toLowerCase();
  return RENAMED.get(lower) ?? lower;
}

/**
 * Node id of a queue or topic (ruling 20). OpenLineage's `kafka://` datasets are named by the same rows, so that a
 * stream job and a producer's span meet.
 */
export function queueNode(parts: QueueParts, onMask?: OnMask): string {
  const system = brokerName(parts.system);
  const clean = (text: string | undefined) => part(text, onMask);
  const port = parts.port || PORTS.get(system) || 0;
  const authority = (host: string) => (host === UNKNOWN || port === 0 ? host : `${host}:${port}`);
  const host = hostText(parts.host ?? '');
  switch (system) {
    case 'kafka': {
      const cluster = clean(parts.clusterId);
      return nodeId('queue', `kafka://${cluster === UNKNOWN ? authority(host) : cluster}/${clean(parts.destination)}`);
    }
    case 'aws.sqs':
    case 'aws.sns': {
      const service = system === 'aws.sqs' ? 'sqs' : 'sns';
      const named = awsName(parts.destination ?? '');
      const region = clean(named.region || parts.region);
      return nodeId(
        'queue',
        `arn:aws:${service}:${region}:${clean(named.account || parts.account)}/${clean(named.name)}`,
      );
    }
    case 'rabbitmq': {
      // The default virtual host is `/`, which spans leave out more often than not.
      const vhost = parts.vhost === '/' ? '' : parts.vhost?.replace(/^\//, '');
      return nodeId('queue', `amqp://${authority(host)}/${clean(vhost)}/${clean(parts.destination)}`);
    }
    case 'bullmq':
      return nodeId('queue', `bullmq://${authority(host)}/${clean(parts.destination)}`);
    case 'gcp.pubsub': {
      const match = /^projects\/([^/]+)\/(topics|subscriptions)\/([^/]+)$/.exec(parts.destination ?? '');
      const kind = match?.[2] === 'subscriptions' || (match === null && parts.subscription) ? 'subscription' : 'topic';
      const project = clean(match?.[1] ?? parts.account);
      return nodeId('queue', `pubsub/${kind}:${project}:${clean(match?.[3] ?? parts.destination)}`);
    }
    default:
      return nodeId('queue', `${clean(system)}://${authority(host)}/${clean(parts.destination)}`);
  }
}

/** Region, account and name of an SQS URL, an ARN, or a bare name. */
function awsName(destination: string): { region: string; account: string; name: string } {
  const arn = /^arn:aws[a-z-]*:(?:sqs|sns):([^:]*):([^:]*):([^:/]+)/.exec(destination);
  if (arn !== null) return { region: arn[1] ?? '', account: arn[2] ?? '', name: arn[3] ?? '' };
  const url = /^https?:\/\/(?:sqs\.)?([a-z0-9-]*)[^/]*\/(\d{1,12})\/([^/?#]+)/.exec(destination);
  if (url !== null) {
    const region = /^https?:\/\/(?:sqs\.([a-z]{2}(?:-[a-z]+)+-\d)|([a-z]{2}(?:-[a-z]+)+-\d)\.queue)\./.exec(
      destination,
    );
    return { region: region?.[1] ?? region?.[2] ?? '', account: url[2] ?? '', name: url[3] ?? '' };
  }
  return { region: '', account: '', name: destination };
}
