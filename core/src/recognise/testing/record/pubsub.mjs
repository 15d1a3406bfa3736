import { createRequire } from 'node:module';
import { record, require, step } from './recorder.mjs';

/** Google's client traces itself. It publishes to a gRPC server of our own that speaks the service's protocol. */
const PORT = 58_130;
process.env.PUBSUB_EMULATOR_HOST = `127.0.0.1:${PORT}`;
await record('pubsub', { packages: ['@google-cloud/pubsub'], server: 'a gRPC server of our own' }, async () => {
  const { PubSub } = require('@google-cloud/pubsub');
  const fromPubsub = createRequire(require.resolve('@google-cloud/pubsub'));
  const grpc = fromPubsub('google-gax').grpc;
  const protos = fromPubsub('../protos/protos.js').google.pubsub.v1;
  const method = (service, name, requestType, responseType, stream = false) => ({
    path: `/google.pubsub.v1.${service}/${name}`,
    requestStream: stream,
    responseStream: stream,
    requestSerialize: (value) => protos[requestType].encode(value).finish(),
    requestDeserialize: (bytes) => protos[requestType].decode(bytes),
    responseSerialize: (value) => Buffer.from(protos[responseType].encode(value).finish()),
    responseDeserialize: (bytes) => protos[responseType].decode(bytes),
  });
  const server = new grpc.Server();
  server.addService(
    { Publish: method('Publisher', 'Publish', 'PublishRequest', 'PublishResponse') },
    { Publish: (call, done) => done(null, { messageIds: call.request.messages.map((_, at) => String(at + 1)) }) },
  );
  let sent = false;
  server.addService(
    {
      StreamingPull: method('Subscriber', 'StreamingPull', 'StreamingPullRequest', 'StreamingPullResponse', true),
      Acknowledge: {
        ...method('Subscriber', 'Acknowledge', 'AcknowledgeRequest', 'AcknowledgeRequest'),
        responseSerialize: () => Buffer.alloc(0),
      },
      ModifyAckDeadline: {
        ...method('Subscriber', 'ModifyAckDeadline', 'ModifyAckDeadlineRequest', 'ModifyAckDeadlineRequest'),
        responseSerialize: () => Buffer.alloc(0),
      },
    },
    {
      StreamingPull: (call) => {
        if (sent) return;
        sent = true;
        const attributes = { googclient_traceparent: '00-000000000000000000000000000000aa-00000000000000bb-01' };
        call.write({
          receivedMessages: [
            {
              ackId: 'a',
              message: {
                data: Buffer.from('jane@example.com'),
                messageId: '1',
                attributes,
                publishTime: { seconds: 1_763_800_000 },
              },
            },
          ],
        });
      },
      Acknowledge: (_call, done) => done(null, {}),
      ModifyAckDeadline: (_call, done) => done(null, {}),
    },
  );
  await new Promise((resolve, reject) =>
    server.bindAsync(`127.0.0.1:${PORT}`, grpc.ServerCredentials.createInsecure(), (error) =>
      error ? reject(error) : resolve(),
    ),
  );
  const pubsub = new PubSub({ projectId: 'shop', enableOpenTelemetryTracing: true });
  await step(() => pubsub.topic('mails').publishMessage({ data: Buffer.from('jane@example.com'), orderingKey: '' }));
  const subscription = pubsub.subscription('mails-billing');
  await new Promise((resolve) => {
    subscription.on('message', (message) => {
      message.ack();
      setTimeout(resolve, 500);
    });
    subscription.on('error', (error) => {
      process.stdout.write(`  ${error.message}\n`);
      resolve();
    });
    setTimeout(resolve, 8_000);
  });
  await Promise.race([subscription.close(), new Promise((resolve) => setTimeout(resolve, 2_000))]);
  server.forceShutdown();
});
process.exit(0);
