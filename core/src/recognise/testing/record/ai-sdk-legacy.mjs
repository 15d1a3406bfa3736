import { startModelServer } from './model-server.mjs';
import { record, require, step } from './recorder.mjs';

/** Spans of `ai` 6, whose `experimental_telemetry` names things `ai.*`. */
const server = await startModelServer();
await record('ai-sdk-legacy', { packages: ['ai-legacy'], server: 'an OpenAI-compatible server' }, async () => {
  const { generateText, streamText, embed, tool, stepCountIs, createGateway: _unused } = require('ai-legacy');
  const { createOpenAI } = require('ai-sdk-openai-legacy');
  const { z } = require('zod');
  const openai = createOpenAI({ baseURL: server.url, apiKey: 'sk-none' });
  const experimental_telemetry = { isEnabled: true, functionId: 'support', metadata: { userId: 'jane@example.com' } };
  const prompt = 'What did jane@example.com order?';
  const findOrders = tool({
    description: 'Orders of a person',
    inputSchema: z.object({ mail: z.string() }),
    execute: async () => 'Jane Doe',
  });
  await step(() =>
    generateText({
      model: openai.chat('gpt-4o'),
      system: 'You help Jane Doe.',
      prompt,
      tools: { find_orders: findOrders },
      stopWhen: stepCountIs(3),
      experimental_telemetry,
    }),
  );
  await step(async () => {
    for await (const _part of streamText({ model: openai.chat('gpt-4o'), prompt, experimental_telemetry }).textStream);
  });
  await step(() =>
    embed({ model: openai.embedding('text-embedding-3-small'), value: 'Jane Doe', experimental_telemetry }),
  );
});
server.stop();
