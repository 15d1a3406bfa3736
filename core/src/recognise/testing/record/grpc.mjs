import { instrumentation, record, require, step } from './recorder.mjs';

const { GrpcInstrumentation } = instrumentation('@opentelemetry/instrumentation-grpc');

await record(
  'grpc',
  {
    packages: ['@grpc/grpc-js', '@opentelemetry/instrumentation-grpc'],
    server: '@grpc/grpc-js',
    instrumentations: [new GrpcInstrumentation()],
  },
  async () => {
    const grpc = require('@grpc/grpc-js');
    const method = (name) => ({
      path: `/shop.v1.People/${name}`,
      requestStream: false,
      responseStream: false,
      requestSerialize: (text) => Buffer.from(text),
      requestDeserialize: String,
      responseSerialize: (text) => Buffer.from(text),
      responseDeserialize: String,
    });
    const service = {
      GetPerson: method('GetPerson'),
      CreatePerson: method('CreatePerson'),
      ErasePerson: method('ErasePerson'),
      Reconcile: method('Reconcile'),
    };
    const server = new grpc.Server();
    const answer = (_call, done) => done(null, 'Jane Doe');
    server.addService(service, {
      GetPerson: answer,
      CreatePerson: answer,
      ErasePerson: answer,
      Reconcile: (call, done) => done({ code: grpc.status.NOT_FOUND, message: `no ${call.request}` }),
    });
    await new Promise((resolve) =>
      server.bindAsync('127.0.0.1:58082', grpc.ServerCredentials.createInsecure(), resolve),
    );
    const Client = grpc.makeGenericClientConstructor(service, 'People');
    const client = new Client('127.0.0.1:58082', grpc.credentials.createInsecure());
    for (const name of Object.keys(service)) {
      await step(
        () =>
          new Promise((resolve, reject) =>
            client[name]('jane@example.com', (error, reply) => (error ? reject(error) : resolve(reply))),
          ),
      );
    }
    client.close();
    server.forceShutdown();
  },
);
