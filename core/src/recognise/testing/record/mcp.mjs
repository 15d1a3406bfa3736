import { McpInstrumentation } from '@traceloop/instrumentation-mcp';
import { record, require, step } from './recorder.mjs';

const instrumentation = new McpInstrumentation();
await record(
  'mcp-traceloop',
  {
    packages: ['@modelcontextprotocol/sdk', '@traceloop/instrumentation-mcp'],
    server: '@modelcontextprotocol/sdk',
    instrumentations: [instrumentation],
  },
  async () => {
    const { Client } = require('@modelcontextprotocol/sdk/client/index.js');
    const { McpServer } = require('@modelcontextprotocol/sdk/server/mcp.js');
    const { InMemoryTransport } = require('@modelcontextprotocol/sdk/inMemory.js');
    const { Server } = require('@modelcontextprotocol/sdk/server/index.js');
    const { z } = require('zod');
    instrumentation.manuallyInstrument({ Client });
    instrumentation.manuallyInstrument({ Server });
    const server = new McpServer({ name: 'shop', version: '1.0.0' });
    server.registerTool('find_orders', { description: 'Orders', inputSchema: { mail: z.string() } }, async () => ({
      content: [{ type: 'text', text: 'Jane Doe: a lamp' }],
    }));
    server.registerResource('people', 'postgres://db.internal/shop/people', {}, async (uri) => ({
      contents: [{ uri: uri.href, text: 'Jane Doe' }],
    }));
    server.registerPrompt('greet', { argsSchema: { name: z.string() } }, () => ({
      messages: [{ role: 'user', content: { type: 'text', text: 'Greet Jane Doe' } }],
    }));
    const [ours, theirs] = InMemoryTransport.createLinkedPair();
    const client = new Client({ name: 'desk', version: '1.0.0' });
    await Promise.all([server.connect(theirs), client.connect(ours)]);
    await step(() => client.listTools());
    await step(() => client.callTool({ name: 'find_orders', arguments: { mail: 'jane@example.com' } }));
    await step(() => client.readResource({ uri: 'postgres://db.internal/shop/people' }));
    await step(() => client.getPrompt({ name: 'greet', arguments: { name: 'Jane Doe' } }));
    await step(() => client.callTool({ name: 'nothing', arguments: {} }));
    await client.close();
  },
);
