import { createOpenAI } from '@ai-sdk/openai';
import { OpenTelemetry } from '@ai-sdk/otel';
import * as ai from 'ai';
import { z } from 'zod';
import { startModelServer } from './model-server.mjs';
import { record, step } from './recorder.mjs';

const server = await startModelServer();
const openai = createOpenAI({ baseURL: server.url, apiKey: 'sk-none' });

async function work({ generateText, streamText, embed, tool, stepCountIs, isStepCount }, telemetry) {
  const findOrders = tool({
    description: 'Orders of a person',
    inputSchema: z.object({ mail: z.string() }),
    execute: async () => [{ id: 4711, name: 'Jane Doe' }],
  });
  const stop = (isStepCount ?? stepCountIs)(3);
  const prompt = 'What did jane@example.com order?';
  await step(() =>
    generateText({
      model: openai.chat('gpt-4o'),
      system: 'You help Jane Doe.',
      prompt,
      tools: { find_orders: findOrders },
      stopWhen: stop,
      ...telemetry,
    }),
  );
  await step(() => generateText({ model: openai.responses('gpt-4o'), prompt, ...telemetry }));
  await step(async () => {
    for await (const _part of streamText({ model: openai.chat('gpt-4o'), prompt, ...telemetry }).textStream);
  });
  await step(() => embed({ model: openai.embedding('text-embedding-3-small'), value: 'Jane Doe', ...telemetry }));
}

await record(
  'ai-sdk',
  { packages: ['ai', '@ai-sdk/otel', '@ai-sdk/openai'], server: 'an OpenAI-compatible server' },
  async () => {
    ai.registerTelemetry(new OpenTelemetry());
    await work(ai, { telemetry: { functionId: 'support', metadata: { userId: 'jane@example.com' } } });
  },
);
server.stop();
