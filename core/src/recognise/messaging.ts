import type { Action } from '../convention/attributes.ts';
import { brokerName, queueNode } from '../node/queue.ts';
import { clearRefs, outsideHost, type Rule, touch } from './rule.ts';
import type { SpanView } from './span-view.ts';

const ACTION_OF: ReadonlyMap<string, Action> = new Map(
  Object.entries<Action>({
    create: 'write',
    send: 'write',
    publish: 'write',
    receive: 'read',
    process: 'read',
    deliver: 'read',
    poll: 'read',
    settle: 'none',
    ack: 'none',
    nack: 'none',
    modack: 'none',
    commit: 'none',
    reject: 'none',
  }),
);

const RULE_OF: ReadonlyMap<Action, string> = new Map([
  ['write', 'send'],
  ['read', 'receive'],
  ['delete', 'delete'],
]);

/** `rpc.method` of SQS and SNS, for spans that name no operation. Deleting a message acknowledges it. */
const AWS_METHODS: ReadonlyMap<string, Action> = new Map([
  ...words('SendMessage SendMessageBatch Publish PublishBatch', 'write'),
  ...words('ReceiveMessage', 'read'),
  ...words('PurgeQueue DeleteQueue', 'delete'),
  ...words(
    'DeleteMessage DeleteMessageBatch ChangeMessageVisibility ChangeMessageVisibilityBatch GetQueueUrl GetQueueAttributes SetQueueAttributes CreateQueue ListQueues ListDeadLetterSourceQueues TagQueue CreateTopic ListTopics GetTopicAttributes SetTopicAttributes Subscribe Unsubscribe ConfirmSubscription ListSubscriptions DeleteTopic',
    'none',
  ),
]);

function words(list: string, action: Action): [string, Action][] {
  return list.split(' ').map((word) => [word, action]);
}

export const MESSAGING: Rule = {
  id: 'messaging',
  source: 'semantic-conventions: docs/messaging/messaging-spans.md, old names included; research otel §2.1, 2.3',
  changedIn: 2,
  match: (span) => span.has('messaging.system'),
  read(span) {
    const system = brokerName(span.text('messaging.system'));
    const operation = span
      .text('messaging.operation.type', 'messaging.operation', 'messaging.operation.name')
      .toLowerCase();
    const action = ACTION_OF.get(operation) ?? AWS_METHODS.get(span.text('rpc.method')) ?? byName(span) ?? byKind(span);
    if (action === 'none') return { touches: [] };
    const peer = queueNode(
      {
        system,
        destination: destinationOf(span, system),
        host: span.host,
        port: span.port,
        clusterId: span.text('messaging.kafka.cluster.id'),
        region: span.text('cloud.region', 'aws.region') || span.resource.region,
        account: span.text('cloud.account.id', 'aws.account.id', 'gcp.project_id') || span.resource.account,
        vhost: span.text('messaging.rabbitmq.vhost', 'messaging.rabbitmq.virtual_host'),
        subscription: isSubscription(span, action),
      },
      span.log.onMask,
    );
    return {
      touches: [touch(peer, action, `messaging.${RULE_OF.get(action) ?? 'unknown'}`)],
      recordRefs: clearRefs(span, peer, [span.text('messaging.kafka.message.key')]),
      recipientHost: outsideHost(span),
    };
  },
};

/** Spans without an operation name it first or last: `publish shop`, `mails-billing ack`. */
function byName(span: SpanView): Action | undefined {
  const words = span.span.name.split(' ');
  return words.length < 2 ? undefined : (ACTION_OF.get(words.at(-1) ?? '') ?? ACTION_OF.get(words[0] ?? ''));
}

/** Google's own client writes the subscription where the convention wants the topic. */
function isSubscription(span: SpanView, action: Action): boolean {
  if (span.has('messaging.destination.subscription.name')) return !span.has('messaging.destination.name');
  return action === 'read' && span.has('gcp.project_id');
}

function byKind(span: SpanView): Action {
  if (span.kind === 'producer') return 'write';
  return span.kind === 'consumer' ? 'read' : 'unknown';
}

function destinationOf(span: SpanView, system: string): string {
  if (span.raw('messaging.destination.temporary') === true || span.raw('messaging.destination.anonymous') === true)
    return '';
  const template = span.text('messaging.destination.template');
  if (template !== '') return template;
  const name = span.text('messaging.destination.name', 'messaging.destination', 'messaging.kafka.topic');
  switch (system) {
    case 'aws.sqs': {
      // The URL also tells the account, which the queue's name does not.
      const url = span.text('aws.sqs.queue.url', 'messaging.url', 'url.full', 'http.url');
      return /^https?:\/\/[^/]+\/\d+\/[^/]+/.test(url) ? url : name;
    }
    case 'aws.sns':
      return span.text('aws.sns.topic.arn') || name;
    case 'rabbitmq': {
      // New spelling: `{exchange}:{routing key}:{queue}`. Producers and consumers both know the exchange; messages of the
      // default exchange go to the queue named by the routing key.
      const [exchange = '', key = '', queue = ''] = name.split(':');
      if (exchange !== '' && exchange !== 'amq.default') return exchange;
      return span.text('messaging.rabbitmq.destination.routing_key', 'messaging.rabbitmq.routing_key') || key || queue;
    }
    default:
      return name || span.text('messaging.destination.subscription.name');
  }
}

const BULLMQ_ACTIONS: ReadonlyMap<string, Action> = new Map(
  Object.entries<Action>({
    add: 'write',
    addbulk: 'write',
    addjobscheduler: 'write',
    addflow: 'write',
    publish: 'write',
    create: 'write',
    process: 'read',
    receive: 'read',
    getjob: 'read',
    getjobs: 'read',
    remove: 'delete',
    obliterate: 'delete',
    drain: 'delete',
    clean: 'delete',
  }),
);

export const BULLMQ: Rule = {
  id: 'messaging.bullmq',
  source: 'taskforcesh/bullmq: src/enums/telemetry-attributes.ts',
  match: (span) => span.has('bullmq.queue.name'),
  read(span) {
    const operation = span.text('bullmq.queue.operation').toLowerCase();
    const action = BULLMQ_ACTIONS.get(operation) ?? (byKind(span) === 'unknown' ? 'none' : byKind(span));
    if (action === 'none') return { touches: [] };
    const peer = queueNode(
      { system: 'bullmq', destination: span.text('bullmq.queue.name'), host: span.host, port: span.port },
      span.log.onMask,
    );
    const rule = action === 'write' ? 'send' : action === 'read' ? 'receive' : 'delete';
    return { touches: [touch(peer, action, `messaging.bullmq.${rule}`)], recipientHost: outsideHost(span) };
  },
};

/**
 * Celery's tasks, whose spans name the queue and no broker. Arguments and results are contents of the message.
 */
export const CELERY: Rule = {
  id: 'messaging.celery',
  source: 'opentelemetry-python-contrib: instrumentation-celery 0.66',
  changedIn: 4,
  match: (span) => span.has('celery.action'),
  read(span) {
    const action = byKind(span);
    if (action === 'unknown') return { touches: [] };
    const destination = span.text('messaging.destination.name', 'messaging.destination');
    const peer = queueNode({ system: 'celery', destination, host: span.host, port: span.port }, span.log.onMask);
    return { touches: [touch(peer, action, `messaging.celery.${action === 'write' ? 'send' : 'receive'}`)] };
  },
};

/** The JavaScript instrumentation's name, and the one that is in the registry of conventions. */
const STREAM = ['aws.kinesis.stream.name', 'aws.kinesis.stream_name'] as const;

/** Streams that the AWS SDK reports as plain RPC calls. */
export const KINESIS: Rule = {
  id: 'messaging.kinesis',
  source:
    'semantic-conventions 1.44: model/aws/registry.yaml; opentelemetry-js-contrib: instrumentation-aws-sdk, services/kinesis.ts',
  changedIn: 2,
  match: (span) => STREAM.some((key) => span.has(key)) || span.text('rpc.service') === 'Kinesis',
  read(span) {
    const method = span.text('rpc.method');
    const action = method.startsWith('Put')
      ? 'write'
      : method === 'GetRecords' || method === 'SubscribeToShard'
        ? 'read'
        : 'none';
    if (action === 'none') return { touches: [] };
    const region = span.text('cloud.region') || span.resource.region || '-';
    const account = span.text('cloud.account.id') || span.resource.account || '-';
    const peer = queueNode(
      { system: `arn:aws:kinesis:${region}:${account}`, destination: span.text(...STREAM) },
      span.log.onMask,
    ).replace('://-/', '/');
    return { touches: [touch(peer, action, `messaging.kinesis.${action === 'write' ? 'send' : 'receive'}`)] };
  },
};
