import { OpenAIInstrumentation as OpenInference } from '@arizeai/openinference-instrumentation-openai';
import { OpenAIInstrumentation } from '@opentelemetry/instrumentation-openai';
import { OpenAIInstrumentation as Traceloop } from '@traceloop/instrumentation-openai';
import { startModelServer } from './model-server.mjs';
import { record, require, step } from './recorder.mjs';

/** One of the three instrumentations a run: they patch the same client. `node openai.mjs otel|openinference|traceloop` */
const BY = {
  otel: ['@opentelemetry/instrumentation-openai', () => new OpenAIInstrumentation()],
  openinference: ['@arizeai/openinference-instrumentation-openai', () => new OpenInference()],
  traceloop: ['@traceloop/instrumentation-openai', () => new Traceloop()],
};
const which = process.argv[2] ?? 'otel';
const [name, make] = BY[which];
const server = await startModelServer();
await record(
  `openai-${which}`,
  { packages: ['openai', name], server: 'an OpenAI-compatible server', instrumentations: [make()] },
  async () => {
    const { OpenAI } = require('openai');
    const client = new OpenAI({ baseURL: server.url, apiKey: 'sk-none', maxRetries: 0 });
    const messages = [
      { role: 'system', content: 'You help Jane Doe.' },
      { role: 'user', content: 'What did jane@example.com order?' },
    ];
    await client.chat.completions.create({ model: 'gpt-4o', messages });
    const tools = [
      {
        type: 'function',
        function: { name: 'find_orders', parameters: { type: 'object', properties: { mail: { type: 'string' } } } },
      },
    ];
    await client.chat.completions.create({ model: 'gpt-4o', messages, tools });
    for await (const _part of await client.chat.completions.create({
      model: 'gpt-4o',
      messages,
      stream: true,
      stream_options: { include_usage: true },
    }));
    await client.embeddings.create({ model: 'text-embedding-3-small', input: ['Jane Doe', 'jane@example.com'] });
    await step(() => client.responses.create({ model: 'gpt-4o', input: 'Who is Jane Doe?' }));
    await step(() => client.chat.completions.create({ model: 'broken', messages }));
  },
);
server.stop();
