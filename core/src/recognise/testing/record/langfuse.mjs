import { LangfuseSpanProcessor } from '@langfuse/otel';
import { propagateAttributes, startActiveObservation, startObservation } from '@langfuse/tracing';
import { record, stamps } from './recorder.mjs';

const processor = new LangfuseSpanProcessor({
  exporter: { export: () => {}, shutdown: async () => {} },
  publicKey: 'none',
  secretKey: 'none',
});
stamps.push((span, parent) => processor.onStart(span, parent));

await record(
  'langfuse',
  { packages: ['@langfuse/tracing', '@langfuse/otel'], server: 'none: spans of the application itself' },
  async () => {
    await propagateAttributes({ userId: 'jane@example.com', sessionId: 'session-1' }, () =>
      startActiveObservation(
        'support',
        async (agent) => {
          agent.update({ input: 'What did jane@example.com order?' });
          startObservation(
            'find_orders',
            { input: 'jane@example.com', output: 'Jane Doe: a lamp' },
            { asType: 'tool' },
          ).end();
          startObservation('look-up', { input: 'Jane Doe' }, { asType: 'retriever' }).end();
          startObservation(
            'embed',
            { input: 'Jane Doe', model: 'text-embedding-3-small' },
            { asType: 'embedding' },
          ).end();
          startObservation(
            'answer',
            { model: 'gpt-4o', input: 'Jane Doe?', output: 'A lamp.', usageDetails: { input: 9, output: 3 } },
            { asType: 'generation' },
          ).end();
          startObservation('plan', {}, { asType: 'chain' }).end();
          startObservation('check', {}, { asType: 'guardrail' }).end();
        },
        { asType: 'agent' },
      ),
    );
  },
);
