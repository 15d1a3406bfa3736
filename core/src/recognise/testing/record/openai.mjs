import { OpenAIInstrumentation as OpenInference } from '@arizeai/openinference-instrumentation-openai';
import { OpenAIInstrumentation } from '@opentelemetry/instrumentation-openai';
import { startModelServer } from './model-server.mjs';
import { instrumentation, record, require, step } from './recorder.mjs';

const { OpenAIInstrumentation: Traceloop } = instrumentation('@traceloop/instrumentation-openai');

/**
 * One of the three instrumentations a run: they patch the same client. `node openai.mjs otel|openinference|traceloop`;
 * `OLD=1 node openai.mjs traceloop` with the client of its time.
 */
const BY = {
  otel: ['@opentelemetry/instrumentation-openai', () => new OpenAIInstrumentation()],
  openinference: ['@arizeai/openinference-instrumentation-openai', () => new OpenInference()],
  traceloop: ['@traceloop/instrumentation-openai', () => new Traceloop()],
};
const which = process.argv[2] ?? 'otel';
const [name, make] = BY[which];
const isOld = process.env.OLD === '1';
const client = isOld ? 'openai-old' : 'openai';
const instrument = make();
const server = await startModelServer();
await record(
  `openai-${which}`,
  { packages: [client, name], server: 'an OpenAI-compatible server', instrumentations: [instrument] },
  async () => {
    const { OpenAI } = require(client);
    if (isOld) instrument.manuallyInstrument(OpenAI);
    const openai = new OpenAI({ baseURL: server.url, apiKey: 'sk-none', maxRetries: 0 });
    const messages = [
      { role: 'system', content: 'You help Jane Doe.' },
      { role: 'user', content: 'What did jane@example.com order?' },
    ];
    await openai.chat.completions.create({ model: 'gpt-4o', messages });
    const tools = [
      {
        type: 'function',
        function: { name: 'find_orders', parameters: { type: 'object', properties: { mail: { type: 'string' } } } },
      },
    ];
    await openai.chat.completions.create({ model: 'gpt-4o', messages, tools });
    for await (const _part of await openai.chat.completions.create({
      model: 'gpt-4o',
      messages,
      stream: true,
      stream_options: { include_usage: true },
    }));
    await openai.embeddings.create({ model: 'text-embedding-3-small', input: ['Jane Doe', 'jane@example.com'] });
    await step(() => openai.responses.create({ model: 'gpt-4o', input: 'Who is Jane Doe?' }));
    await step(() => openai.chat.completions.create({ model: 'broken', messages }));
  },
);
server.stop();
