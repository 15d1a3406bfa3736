import { LangChainInstrumentation as OpenInference } from '@arizeai/openinference-instrumentation-langchain';
import { LangChainInstrumentation as Traceloop } from '@traceloop/instrumentation-langchain';
import { startModelServer } from './model-server.mjs';
import { record, require, step } from './recorder.mjs';

/** `node langchain.mjs openinference|traceloop`: both patch the callback manager. */
const which = process.argv[2] ?? 'openinference';
const isTraceloop = which === 'traceloop';
const name = isTraceloop ? '@traceloop/instrumentation-langchain' : '@arizeai/openinference-instrumentation-langchain';
const server = await startModelServer();
const instrumentation = isTraceloop ? new Traceloop() : new OpenInference();
await record(
  `langchain-${which}`,
  {
    packages: ['@langchain/core', '@langchain/openai', '@langchain/langgraph', name],
    server: 'an OpenAI-compatible server',
    instrumentations: [instrumentation],
  },
  async () => {
    const manager = require('@langchain/core/callbacks/manager');
    instrumentation.manuallyInstrument(isTraceloop ? { callbackManagerModule: manager } : manager);
    const { ChatOpenAI, OpenAIEmbeddings } = require('@langchain/openai');
    const { ChatPromptTemplate } = require('@langchain/core/prompts');
    const { StringOutputParser } = require('@langchain/core/output_parsers');
    const { BaseRetriever } = require('@langchain/core/retrievers');
    const { tool } = require('@langchain/core/tools');
    const { createReactAgent } = require('@langchain/langgraph/prebuilt');
    const { z } = require('zod');
    const configuration = { baseURL: server.url };
    const model = new ChatOpenAI({ model: 'gpt-4o', apiKey: 'sk-none', configuration });
    const prompt = ChatPromptTemplate.fromMessages([
      ['system', 'You help Jane Doe.'],
      ['human', '{question}'],
    ]);
    const chain = prompt.pipe(model).pipe(new StringOutputParser());
    await step(() => chain.invoke({ question: 'What did jane@example.com order?' }));
    await step(() =>
      new OpenAIEmbeddings({ model: 'text-embedding-3-small', apiKey: 'sk-none', configuration }).embedQuery(
        'Jane Doe',
      ),
    );
    class Orders extends BaseRetriever {
      lc_namespace = ['desk'];
      async _getRelevantDocuments() {
        return [{ pageContent: 'Jane Doe ordered a lamp.', metadata: { id: 4711 } }];
      }
    }
    await step(() => new Orders().invoke('jane@example.com'));
    const findOrders = tool(async () => 'Jane Doe: a lamp', {
      name: 'find_orders',
      description: 'Orders',
      schema: z.object({ mail: z.string() }),
    });
    const agent = createReactAgent({ llm: model, tools: [findOrders], name: 'support' });
    await step(() =>
      agent.invoke(
        { messages: [{ role: 'user', content: 'What did jane@example.com order?' }] },
        { configurable: { thread_id: 'thread-1' } },
      ),
    );
  },
);
server.stop();
