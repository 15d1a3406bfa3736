import { OpenAIInstrumentation } from '@traceloop/instrumentation-openai';
import { withAgent, withTask, withTool, withWorkflow } from '@traceloop/node-server-sdk';
import { startModelServer } from './model-server.mjs';
import { record, require, step } from './recorder.mjs';

/** OpenLLMetry's wrappers around an application's own functions. */
const server = await startModelServer();
await record(
  'traceloop',
  {
    packages: ['@traceloop/node-server-sdk', '@traceloop/instrumentation-openai', 'openai'],
    server: 'an OpenAI-compatible server',
    instrumentations: [new OpenAIInstrumentation()],
  },
  async () => {
    const { OpenAI } = require('openai');
    const client = new OpenAI({ baseURL: server.url, apiKey: 'sk-none' });
    await step(() =>
      withWorkflow({ name: 'support', associationProperties: { user_id: 'jane@example.com' } }, () =>
        withAgent({ name: 'clerk' }, async () => {
          await withTask({ name: 'look-up' }, async () => 'Jane Doe');
          await withTool({ name: 'find_orders' }, async (mail) => `${mail}: a lamp`, 'jane@example.com');
          return client.chat.completions.create({
            model: 'gpt-4o',
            messages: [{ role: 'user', content: 'Jane Doe?' }],
          });
        }),
      ),
    );
  },
);
server.stop();
