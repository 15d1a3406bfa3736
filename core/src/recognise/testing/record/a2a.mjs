import { createServer } from 'node:http';
import { UndiciInstrumentation } from '@opentelemetry/instrumentation-undici';
import { pretend, record, require, step } from './recorder.mjs';

/** The SDK of the protocol traces nothing: what is left of a call from agent to agent is its HTTP. */
const address = `http://${pretend('agents.example.com')}:58151`;
const task = { id: '4711', contextId: 'c1', status: { state: 'TASK_STATE_COMPLETED' } };
const card = {
  name: 'billing',
  description: 'answers questions about invoices',
  version: '1.0.0',
  capabilities: {},
  defaultInputModes: ['text'],
  defaultOutputModes: ['text'],
  skills: [],
  supportedInterfaces: [{ url: `${address}/a2a`, protocolBinding: 'JSONRPC', protocolVersion: '1.0' }],
};
const server = createServer(async (request, response) => {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  const asked = request.method === 'POST' ? JSON.parse(Buffer.concat(chunks).toString()) : null;
  const result = asked?.method === 'SendMessage' ? { task } : task;
  response.writeHead(200, { 'content-type': 'application/json' });
  response.end(JSON.stringify(asked === null ? card : { jsonrpc: '2.0', id: asked.id, result }));
}).listen(58_151, '127.0.0.1');

await record(
  'a2a',
  {
    packages: ['@a2a-js/sdk', '@opentelemetry/instrumentation-undici'],
    server: 'a server of our own',
    instrumentations: [new UndiciInstrumentation()],
  },
  async () => {
    const { ClientFactory } = require('@a2a-js/sdk/client');
    const client = await new ClientFactory().createFromUrl(address);
    const parts = [{ content: { $case: 'text', value: 'What does jane@example.com owe?' } }];
    await step(() => client.sendMessage({ message: { messageId: '1', role: 1, parts } }));
    await step(() => client.getTask({ id: '4711' }));
  },
);
server.closeAllConnections();
server.close();
