import { describe, expect, test } from 'vitest';
import type { Attrs, DecodedSpan, ReadSpan } from '../model/span.ts';
import { type ReadContext, readContext } from './read-context.ts';
import { readSpan } from './read-span.ts';
import { CURRENT_RULES, RULES, type RuleTable } from './registry.ts';
import { rereadSpan } from './reread-span.ts';
import { RULE_LAYER } from './rule-layer.ts';
import { decodedSpan } from './testing/decoded-span.ts';

const TENANT = readContext({ hosts: ['*.acme.com'], services: ['billing'] });

function read(span: DecodedSpan, context: ReadContext = TENANT): ReadSpan {
  const answer = readSpan(span, context);
  if ('rejected' in answer) throw new Error(answer.rejected);
  return answer.span;
}

/** `self | action peer (rule), … | recipient` */
function shown(span: ReadSpan): string {
  const touches = span.touches.map(({ action, peer, rule }) => `${action} ${peer} (${rule})`);
  return [span.self && `= ${span.self}`, ...touches, span.recipientHost && `→ ${span.recipientHost}`]
    .filter(Boolean)
    .join(' | ');
}

/** A table in which every rule is new, so that every stored span is derived again. */
const ALL_CHANGED: RuleTable = {
  version: CURRENT_RULES.version + 1,
  rules: RULES.map((rule) => ({ ...rule, changedIn: CURRENT_RULES.version + 1 })),
};

/**
 * Conventions that say in content what they did, or name it in what is not kept: scrubbing takes that away, so a stored span
 * is derived again only when a rule that concerns it has changed.
 */
const READ_WORSE_FROM_WHAT_IS_STORED: ReadonlySet<string> = new Set([
  'rows written to a file by its URL',
  'rows unloaded to Google',
  'rows unloaded to Azure',
  'MCP tool call over stdio',
  'delete_memory of a record of which no ref can be made: the others stay',
  'delete_memory of a record whose id is a number',
  'OpenInference agent of LangChain in Python, by its metadata',
  'COPY to a bucket',
  'redis, several keys',
  'redis pipeline',
  'mongodb findAndModify',
  'mongodb $out',
  'dynamodb, several tables',
  'GetObject with its key',
  'CopyObject',
  'kafka consumer, old names',
  'sqs send',
  'temporary destination',
  'GET with an id in its path',
  'GET with a query',
]);

type Row = [title: string, attributes: Attrs, expected: string, changes?: Partial<DecodedSpan>];

function golden(rows: readonly Row[]): void {
  test.each(rows.map((row) => [...row]))('%s', (title, attributes, expected, changes) => {
    const span = read(decodedSpan(attributes as Attrs, (changes ?? {}) as Partial<DecodedSpan>));
    expect(shown(span)).toBe(expected);
    expect(rereadSpan(span, TENANT, CURRENT_RULES)).toBeNull();
    const again = { ...span, ...rereadSpan(span, TENANT, ALL_CHANGED) };
    const isAsBefore = shown(again) === expected;
    expect(isAsBefore, shown(again)).toBe(!READ_WORSE_FROM_WHAT_IS_STORED.has(String(title)));
  });
}

const model = (id: string, rule: string, host = '') =>
  `share model:${id} (${rule}) | receive model:${id} (${rule})${host === '' ? '' : ` | → ${host}`}`;

describe('generative AI', () => {
  golden([
    [
      'chat, new names',
      {
        'gen_ai.operation.name': 'chat',
        'gen_ai.provider.name': 'openai',
        'gen_ai.request.model': 'gpt-4o',
        'server.address': 'api.openai.com',
      },
      model('openai/gpt-4o@api.openai.com', 'genai.chat', 'api.openai.com'),
    ],
    [
      'chat, old names',
      { 'gen_ai.operation.name': 'chat', 'gen_ai.system': 'az.ai.openai', 'gen_ai.response.model': 'gpt-4o' },
      model('azure.ai.openai/gpt-4o', 'genai.chat', 'azure.ai.openai'),
    ],
    [
      'chat that failed shares and receives nothing',
      {
        'gen_ai.operation.name': 'chat',
        'gen_ai.provider.name': 'openai',
        'gen_ai.request.model': 'm',
        'server.address': 'api.openai.com',
      },
      'share model:openai/m@api.openai.com (genai.chat) | → api.openai.com',
      { status: 'error' },
    ],
    [
      'chat with a model of our own',
      {
        'gen_ai.operation.name': 'chat',
        'gen_ai.provider.name': 'openai',
        'gen_ai.request.model': 'm',
        'server.address': '127.0.0.1',
        'server.port': 4801,
      },
      model('openai/m@127.0.0.1', 'genai.chat'),
    ],
    [
      'chat in process',
      { 'gen_ai.operation.name': 'chat', 'gen_ai.provider.name': 'transformers.js', 'gen_ai.request.model': 'm' },
      model('transformers.js/m', 'genai.chat'),
    ],
    [
      'embeddings',
      { 'gen_ai.operation.name': 'embeddings', 'gen_ai.provider.name': 'cohere', 'gen_ai.request.model': 'e' },
      model('cohere/e', 'genai.embeddings', 'cohere'),
    ],
    [
      'a model server of our own',
      { 'gen_ai.operation.name': 'chat', 'gen_ai.request.model': 'm' },
      '',
      { kind: 'server' },
    ],
    [
      'fetch_response',
      { 'gen_ai.operation.name': 'fetch_response', 'gen_ai.provider.name': 'openai' },
      'receive model:openai/- (genai.fetch_response) | → openai',
    ],
    [
      'invoke_agent',
      { 'gen_ai.operation.name': 'invoke_agent', 'gen_ai.agent.name': 'triage' },
      '= agent:desk/triage',
      { kind: 'internal' },
    ],
    [
      'invoke_agent without a name groups',
      { 'gen_ai.operation.name': 'invoke_agent', 'gen_ai.request.model': 'm' },
      '',
      { kind: 'internal' },
    ],
    [
      'invoke_agent at somebody else',
      {
        'gen_ai.operation.name': 'invoke_agent',
        'gen_ai.agent.name': 'clerk',
        'gen_ai.provider.name': 'openai',
        'server.address': 'api.openai.com',
      },
      'share agent:openai/clerk (genai.invoke_agent) | receive agent:openai/clerk (genai.invoke_agent) | → api.openai.com',
    ],
    [
      'invoke_workflow',
      { 'gen_ai.operation.name': 'invoke_workflow', 'gen_ai.workflow.name': 'refund' },
      '= workflow:desk/refund',
    ],
    ['execute_tool', { 'gen_ai.operation.name': 'execute_tool', 'gen_ai.tool.name': 'lookup' }, '= tool:desk/lookup'],
    ['a tool without an operation', { 'gen_ai.tool.name': 'lookup' }, '= tool:desk/lookup'],
    ['create_agent', { 'gen_ai.operation.name': 'create_agent', 'gen_ai.agent.name': 'a' }, ''],
    [
      'retrieval',
      { 'gen_ai.operation.name': 'retrieval', 'gen_ai.provider.name': 'openai', 'gen_ai.data_source.id': 'vs_1' },
      'read store:openai/vs_1 (genai.retrieval)',
    ],
    [
      'retrieval that names its database',
      {
        'gen_ai.operation.name': 'retrieval',
        'gen_ai.data_source.id': 'x',
        'db.system.name': 'qdrant',
        'db.collection.name': 'notes',
        'db.operation.name': 'search',
        'server.address': 'q',
      },
      'read store:qdrant://q:6333/notes (db.vector.search)',
    ],
    [
      'search_memory',
      { 'gen_ai.operation.name': 'search_memory', 'gen_ai.memory.store.id': 'notes' },
      'read memory:desk/notes (genai.search_memory)',
    ],
    [
      'upsert_memory',
      { 'gen_ai.operation.name': 'upsert_memory', 'gen_ai.memory.store.id': 'n', 'gen_ai.provider.name': 'mem0' },
      'write memory:mem0/n (genai.upsert_memory)',
    ],
    [
      'delete_memory of all that a memory holds of the person',
      { 'gen_ai.operation.name': 'delete_memory', 'gen_ai.memory.store.id': 'n' },
      'delete memory:desk/n (genai.delete_memory)',
    ],
    [
      'delete_memory of a record of which no ref can be made: the others stay',
      { 'gen_ai.operation.name': 'delete_memory', 'gen_ai.memory.store.id': 'n', 'gen_ai.memory.record.id': '7' },
      'unknown memory:desk/n (genai.delete_memory)',
    ],
    [
      'delete_memory of a record whose id is a number',
      { 'gen_ai.operation.name': 'delete_memory', 'gen_ai.memory.store.id': 'n', 'gen_ai.memory.record.id': 7 },
      'unknown memory:desk/n (genai.delete_memory)',
    ],
    [
      'delete_memory of a record that the span names by a ref of its own',
      {
        'gen_ai.operation.name': 'delete_memory',
        'gen_ai.memory.store.id': 'n',
        'gen_ai.memory.record.id': '7',
        'vestige.record.refs': [`memory:desk/n#${'x'.repeat(22)}`],
      },
      'delete memory:desk/n (genai.delete_memory)',
    ],
    [
      'delete_memory_store',
      { 'gen_ai.operation.name': 'delete_memory_store', 'gen_ai.memory.store.id': 'n' },
      'delete memory:desk/n (genai.delete_memory_store)',
    ],
    [
      'traceloop rerank without gen_ai',
      { 'llm.request.type': 'rerank', 'gen_ai.system': 'Cohere', 'gen_ai.request.model': 'r' },
      model('cohere/r', 'genai.call', 'cohere'),
    ],
  ]);
});

describe('frameworks', () => {
  const llm = 'share model:openai/gpt (openinference.llm) | receive model:openai/gpt (openinference.llm) | → openai';
  golden([
    ['OpenInference LLM', { 'openinference.span.kind': 'LLM', 'llm.system': 'openai', 'llm.model_name': 'gpt' }, llm],
    ['OpenInference AGENT', { 'openinference.span.kind': 'AGENT', 'agent.name': 'a' }, '= agent:desk/a'],
    ['OpenInference AGENT by span name', { 'openinference.span.kind': 'AGENT' }, '= agent:desk/span'],
    [
      'OpenInference AGENT by its span’s name without the method',
      { 'openinference.span.kind': 'AGENT' },
      '= agent:desk/support',
      { name: 'support.run' },
    ],
    [
      'OpenInference AGENT that stands for the model calls of a program of its own',
      { 'openinference.span.kind': 'AGENT', 'llm.provider': 'anthropic', 'llm.model_name': 'claude-opus-5' },
      `= agent:desk/ClaudeAgentSDK | ${model('anthropic/claude-opus-5', 'openinference.agent')} | → anthropic`,
      { name: 'ClaudeAgentSDK.query' },
    ],
    [
      'OpenInference trace of the Agents SDK',
      { 'openinference.span.kind': 'AGENT' },
      '= workflow:desk/answer',
      { name: 'answer', scopeName: 'openinference.instrumentation.openai_agents' },
    ],
    ['OpenInference handoff', { 'openinference.span.kind': 'TOOL' }, '', { name: 'handoff to billing' }],
    [
      'OpenInference LLM that only prepares',
      { 'openinference.span.kind': 'LLM', 'llm.system': 'openai', 'llm.model_name': 'gpt' },
      '',
      { name: 'OpenAI._prepare_chat_with_tools' },
    ],
    [
      'OpenInference agent of LangChain in Python, by its metadata',
      {
        'openinference.span.kind': 'CHAIN',
        metadata: '{"ls_integration": "langchain_create_agent", "lc_agent_name": "support"}',
      },
      '= agent:desk/support',
      { name: 'support' },
    ],
    [
      'a step of that agent',
      { 'openinference.span.kind': 'CHAIN', metadata: '{"lc_agent_name": "support", "langgraph_node": "model"}' },
      '',
      { name: 'model' },
    ],
    [
      'OpenInference agent of LlamaIndex, by its class',
      { 'openinference.span.kind': 'CHAIN' },
      '= agent:desk/FunctionAgent',
      { name: 'FunctionAgent.run', scopeName: 'openinference.instrumentation.llama_index' },
    ],
    [
      'a framework in the provider’s place names no recipient',
      { 'gen_ai.operation.name': 'chat', 'gen_ai.system': 'strands-agents', 'gen_ai.request.model': 'gpt-5' },
      model('-/gpt-5', 'genai.chat'),
    ],
    [
      'the provider in front of the model is not told twice',
      { 'gen_ai.operation.name': 'chat', 'gen_ai.system': 'openai', 'gen_ai.request.model': 'openai/gpt-5' },
      `${model('openai/gpt-5', 'genai.chat')} | → openai`,
    ],
    [
      'a URL where a host belongs',
      {
        'gen_ai.operation.name': 'chat',
        'gen_ai.provider.name': 'openai',
        'gen_ai.request.model': 'gpt-5',
        'server.address': 'https://api.openai.com/v1/',
      },
      model('openai/gpt-5@api.openai.com', 'genai.chat', 'api.openai.com'),
    ],
    [
      'an agent of Google’s ADK before 2.0',
      {},
      '= agent:desk/support',
      { name: 'agent_run [support]', scopeName: 'gcp.vertex.agent' },
    ],
    [
      'a memory of Mem0 by an id that no ref can be made of: the others stay',
      { 'gen_ai.operation.name': 'memory_operation', 'gen_ai.memory.operation': 'delete', 'gen_ai.memory.id': '7' },
      'unknown memory:desk/- (genai.memory_operation)',
    ],
    [
      'all memories of Mem0',
      { 'gen_ai.operation.name': 'memory_operation', 'gen_ai.memory.operation': 'reset' },
      'delete memory:desk/- (genai.memory_operation)',
    ],
    [
      'all memories of one user of Mem0: the others’ stay',
      { 'gen_ai.operation.name': 'memory_operation', 'gen_ai.memory.operation': 'delete_all' },
      'unknown memory:desk/- (genai.memory_operation)',
    ],
    ['OpenInference TOOL', { 'openinference.span.kind': 'TOOL', 'tool.name': 't' }, '= tool:desk/t'],
    ['OpenInference CHAIN', { 'openinference.span.kind': 'CHAIN' }, ''],
    [
      'OpenInference EMBEDDING in process',
      { 'openinference.span.kind': 'EMBEDDING', 'embedding.model_name': 'e' },
      'share model:-/e (openinference.embedding) | receive model:-/e (openinference.embedding)',
      { kind: 'internal' },
    ],
    [
      'traceloop tool',
      { 'traceloop.span.kind': 'tool', 'traceloop.entity.name': 't' },
      '= tool:desk/t',
      { kind: 'internal' },
    ],
    ['traceloop workflow', { 'traceloop.span.kind': 'workflow', 'traceloop.workflow.name': 'w' }, '= workflow:desk/w'],
    ['traceloop task', { 'traceloop.span.kind': 'task' }, ''],
    [
      'AI SDK call',
      {
        'ai.operationId': 'ai.generateText.doGenerate',
        'ai.model.provider': 'openai.chat',
        'ai.model.id': 'gpt',
        'gen_ai.system': 'openai.chat',
      },
      'share model:openai/gpt (ai.doGenerate) | receive model:openai/gpt (ai.doGenerate) | → openai',
    ],
    ['AI SDK outer span', { 'ai.operationId': 'ai.generateText', 'ai.model.id': 'gpt' }, ''],
    ['AI SDK tool', { 'operation.name': 'ai.toolCall support', 'ai.toolCall.name': 'lookup' }, '= tool:desk/lookup'],
    ['Langfuse agent', { 'langfuse.observation.type': 'agent' }, '= agent:desk/span'],
    [
      'MCP tool call',
      {
        'mcp.method.name': 'tools/call',
        'gen_ai.operation.name': 'execute_tool',
        'gen_ai.tool.name': 'search',
        'server.address': 'mcp.example.com',
      },
      '= tool:desk/search | share mcp_server:mcp.example.com (mcp.tools_call) | receive mcp_server:mcp.example.com (mcp.tools_call) | → mcp.example.com',
    ],
    [
      'MCP tool call over stdio',
      { 'mcp.method.name': 'tools/call', 'gen_ai.tool.name': 'x', 'mcp.server.name': 'files' },
      '= tool:desk/x | share mcp_server:files (mcp.tools_call) | receive mcp_server:files (mcp.tools_call)',
    ],
    [
      'MCP server side',
      { 'mcp.method.name': 'tools/call', 'gen_ai.tool.name': 'x' },
      '= tool:desk/x',
      { kind: 'server' },
    ],
    [
      'MCP server side at the root: somebody came in',
      { 'mcp.method.name': 'tools/call', 'gen_ai.tool.name': 'x' },
      '= tool:desk/x | receive client:desk (mcp.server) | share client:desk (mcp.server)',
      { kind: 'server', parentId: '' },
    ],
    [
      'MCP resource asked for from outside',
      { 'mcp.method.name': 'resources/read', 'mcp.resource.uri': 'postgres://db/customers/schema' },
      'share client:desk (mcp.server)',
      { kind: 'server', parentId: '' },
    ],
    [
      'MCP resource that names a store',
      { 'mcp.method.name': 'resources/read', 'mcp.resource.uri': 'postgres://db/customers/schema' },
      'read store:postgres://db:5432 (mcp.resources_read)',
    ],
    [
      'A2A call',
      { 'a2a.method.name': 'SendMessage', 'server.address': 'agents.example.com' },
      'share recipient:example.com (a2a.call) | receive recipient:example.com (a2a.call) | → agents.example.com',
    ],
    [
      'A2A look-up',
      { 'a2a.method.name': 'GetTask', 'server.address': 'billing' },
      'receive service:billing (a2a.call)',
    ],
    [
      'A2A call to an agent with a card',
      { 'a2a.method.name': 'SendMessage', 'gen_ai.agent.name': 'billing', 'server.address': 'agents.example.com' },
      'share agent:agents.example.com/billing (a2a.call) | receive agent:agents.example.com/billing (a2a.call) | → agents.example.com',
    ],
    [
      'A2A call to an agent of ours',
      { 'a2a.method.name': 'SendMessage', 'gen_ai.agent.name': 'billing', 'server.address': 'accounts' },
      'share agent:accounts/billing (a2a.call) | receive agent:accounts/billing (a2a.call)',
    ],
    [
      'A2A call to nobody knows whom: it must show up, not vanish',
      { 'a2a.method.name': 'SendMessage' },
      'share recipient:- (a2a.call) | receive recipient:- (a2a.call)',
    ],
    [
      'A2A call to an agent by its name alone: nobody knows where it is',
      { 'a2a.method.name': 'SendMessage', 'gen_ai.agent.name': 'billing' },
      'share recipient:- (a2a.call) | receive recipient:- (a2a.call)',
    ],
    [
      'A2A server side under its caller',
      { 'a2a.method.name': 'SendMessage', 'gen_ai.agent.name': 'billing', 'rpc.system.name': 'jsonrpc' },
      '= agent:desk/billing',
      { kind: 'server' },
    ],
    [
      'A2A server side, called from outside',
      { 'a2a.method.name': 'SendMessage', 'http.request.method': 'POST' },
      'receive client:desk (a2a.server) | share client:desk (a2a.server)',
      { kind: 'server', parentId: '' },
    ],
    [
      'A2A server side, asked from outside for a task by its id',
      { 'a2a.method.name': 'GetTask' },
      'share client:desk (a2a.server)',
      { kind: 'server', parentId: '' },
    ],
    [
      'a call of the A2A SDK for Python, which names only its method',
      {},
      'share recipient:- (a2a.call) | receive recipient:- (a2a.call)',
      { name: 'a2a.client.transports.jsonrpc.JsonRpcTransport.send_message', scopeName: 'a2a-python-sdk' },
    ],
    [
      'the A2A SDK for Python closing its connection, which sends nobody anything',
      {},
      '',
      { name: 'a2a.client.transports.jsonrpc.JsonRpcTransport.close', scopeName: 'a2a-python-sdk' },
    ],
  ]);
});

describe('Celery', () => {
  golden([
    [
      'a task that is asked for',
      { 'celery.action': 'apply_async', 'messaging.destination': 'celery' },
      'write queue:celery://-/celery (messaging.celery.send)',
      { kind: 'producer' },
    ],
    [
      'a task that runs',
      { 'celery.action': 'run', 'messaging.destination': 'celery' },
      'read queue:celery://-/celery (messaging.celery.receive)',
      { kind: 'consumer' },
    ],
  ]);
});

describe('databases', () => {
  const pg = { 'db.system.name': 'postgresql', 'db.namespace': 'shop', 'server.address': 'db', 'server.port': 5432 };
  const old = { 'db.system': 'mysql', 'db.name': 'shop', 'net.peer.name': 'db', 'net.peer.port': 3306 };
  golden([
    [
      'pg, statement only',
      { ...pg, 'db.query.text': "SELECT * FROM users WHERE email = 'jane@example.com'" },
      'read store:postgres://db:5432/shop.public.users (db.sql.select)',
    ],
    [
      'INSERT … SELECT',
      { ...pg, 'db.query.text': 'INSERT INTO a SELECT * FROM crm.b' },
      'write store:postgres://db:5432/shop.public.a (db.sql.insert) | read store:postgres://db:5432/shop.crm.b (db.sql.insert)',
    ],
    [
      'namespace with a schema',
      { ...pg, 'db.namespace': 'shop|crm', 'db.query.text': 'DELETE FROM users' },
      'delete store:postgres://db:5432/shop.crm.users (db.sql.delete)',
    ],
    ['procedure', { ...pg, 'db.query.text': 'CALL purge()' }, 'unknown store:postgres://db:5432/shop (db.sql.unknown)'],
    ['transaction', { ...pg, 'db.query.text': 'BEGIN' }, ''],
    ['catalog look-up', { ...pg, 'db.query.text': 'SELECT * FROM pg_catalog.pg_class' }, ''],
    [
      'summary',
      { ...pg, 'db.query.summary': 'INSERT a SELECT b' },
      'write store:postgres://db:5432/shop.public.a (db.sql.insert) | read store:postgres://db:5432/shop.public.b (db.sql.select)',
    ],
    [
      'rows written to a file by its URL',
      { ...pg, 'db.query.text': "COPY users TO 'file:///tmp/users.csv'" },
      'read store:postgres://db:5432/shop.public.users (db.sql.copy) | write store:file/tmp/users.csv (db.sql.copy)',
    ],
    [
      'rows unloaded to Google',
      { ...pg, 'db.query.text': "COPY users TO 'gcs://exports/users.csv'" },
      'read store:postgres://db:5432/shop.public.users (db.sql.copy) | write store:gs://exports (db.sql.copy)',
    ],
    [
      'rows unloaded to Azure',
      { ...pg, 'db.query.text': "COPY users TO 'azure://account.blob.core.windows.net/people/users.csv'" },
      'read store:postgres://db:5432/shop.public.users (db.sql.copy) | write store:abfss://people@account.dfs.core.windows.net (db.sql.copy)',
    ],
    [
      'summary of a statement that is not understood',
      { ...pg, 'db.query.summary': 'SELECT people_of', 'db.query.text': 'SELECT * FROM people_of($1), a' },
      'unknown store:postgres://db:5432/shop (db.sql.unknown) | read store:postgres://db:5432/shop.public.people_of (db.sql.select) | read store:postgres://db:5432/shop.public.a (db.sql.select)',
    ],
    [
      'summary whose second name may have another direction',
      { ...pg, 'db.query.summary': 'DELETE a b' },
      'unknown store:postgres://db:5432/shop (db.sql.other)',
    ],
    [
      'a table dropped, another read',
      { ...pg, 'db.query.summary': 'DROP TABLE a SELECT b' },
      'delete store:postgres://db:5432/shop.public.a (db.sql.drop) | read store:postgres://db:5432/shop.public.b (db.sql.select)',
    ],
    [
      'collection and operation',
      { ...pg, 'db.collection.name': 'users', 'db.operation.name': 'UPDATE' },
      'write store:postgres://db:5432/shop.public.users (db.sql.update)',
    ],
    [
      'span name alone',
      { ...pg },
      'read store:postgres://db:5432/shop (db.sql.select)',
      { name: 'pg.query:SELECT shop' },
    ],
    ['connecting', { ...pg }, '', { name: 'pg.connect' }],
    ['nothing known', { ...pg }, 'unknown store:postgres://db:5432/shop (db.sql.other)', { name: 'query' }],
    [
      'COPY to a bucket',
      { ...pg, 'db.query.text': "COPY users TO 's3://exports/u.csv'" },
      'read store:postgres://db:5432/shop.public.users (db.sql.copy) | write store:s3://exports (db.sql.copy)',
    ],
    [
      'mysql, old names',
      { ...old, 'db.statement': 'UPDATE users SET x = 1' },
      'write store:mysql://db:3306/shop.users (db.sql.update)',
    ],
    [
      'sqlite file',
      { 'db.system.name': 'sqlite', 'db.namespace': '/data/crm.db', 'db.query.text': 'SELECT * FROM Customers' },
      'read store:sqlite:/data/crm.db/main.customers (db.sql.select)',
    ],
    [
      'hosted database',
      { ...pg, 'server.address': 'x.rds.example.com', 'db.query.text': 'TABLE t' },
      'read store:postgres://x.rds.example.com:5432/shop.public.t (db.sql.table) | → x.rds.example.com',
    ],
    [
      'redis',
      {
        'db.system.name': 'redis',
        'server.address': 'cache',
        'db.operation.name': 'SET',
        'db.query.text': 'SET session:4711 [1 other arguments]',
      },
      'write store:redis://cache:6379/0.session:* (db.redis.set)',
    ],
    [
      'redis, several keys',
      { 'db.system': 'redis', 'net.peer.name': 'cache', 'db.statement': 'MGET a:1 b:2' },
      'read store:redis://cache:6379/0.a:* (db.redis.mget) | read store:redis://cache:6379/0.b:* (db.redis.mget)',
    ],
    [
      'redis pipeline',
      {
        'db.system.name': 'redis',
        'server.address': 'c',
        'db.operation.name': 'PIPELINE',
        'db.query.text': 'GET a\nDEL b',
      },
      'read store:redis://c:6379/0.a (db.redis.get) | delete store:redis://c:6379/0.b (db.redis.del)',
    ],
    [
      'redis PUBLISH',
      { 'db.system.name': 'redis', 'server.address': 'c', 'db.query.text': 'PUBLISH news x' },
      'write queue:redis://c:6379/news (db.redis.publish)',
    ],
    [
      'redis script',
      { 'db.system.name': 'redis', 'server.address': 'c', 'db.query.text': 'EVAL x 1 k' },
      'unknown store:redis://c:6379/0 (db.redis.eval)',
    ],
    [
      'redis, unknown command',
      { 'db.system.name': 'redis', 'server.address': 'c', 'db.operation.name': 'FROB' },
      'unknown store:redis://c:6379/0 (db.redis.other)',
    ],
    ['redis PING', { 'db.system.name': 'redis', 'server.address': 'c', 'db.operation.name': 'PING' }, ''],
    [
      'mongodb',
      {
        'db.system.name': 'mongodb',
        'db.namespace': 'shop',
        'db.collection.name': 'users',
        'db.operation.name': 'find',
        'server.address': 'm',
      },
      'read store:mongodb://m:27017/shop.users (db.mongodb.find)',
    ],
    [
      'mongodb findAndModify',
      {
        'db.system': 'mongodb',
        'db.name': 'shop',
        'db.mongodb.collection': 'users',
        'db.operation': 'findAndModify',
        'db.statement': '{"remove":true}',
      },
      'read store:mongodb://-:27017/shop.users (db.mongodb.findandmodify) | delete store:mongodb://-:27017/shop.users (db.mongodb.findandmodify)',
    ],
    [
      'mongodb $out',
      {
        'db.system.name': 'mongodb',
        'db.namespace': 's',
        'db.collection.name': 'a',
        'db.operation.name': 'aggregate',
        'db.query.text': '[{"$out":"b"}]',
        'server.address': 'm',
      },
      'read store:mongodb://m:27017/s.a (db.mongodb.aggregate) | write store:mongodb://m:27017/s.b (db.mongodb.aggregate)',
    ],
    [
      'elasticsearch',
      {
        'db.system.name': 'elasticsearch',
        'db.operation.name': 'search',
        'db.collection.name': 'logs-2026.11.22,users',
        'server.address': 'es',
      },
      'read store:elasticsearch://es:9200/logs-* (db.elasticsearch.search) | read store:elasticsearch://es:9200/users (db.elasticsearch.search)',
    ],
    [
      'elasticsearch POST that searches',
      {
        'db.system': 'elasticsearch',
        'http.request.method': 'POST',
        'url.path': '/users/_search',
        'db.collection.name': 'users',
        'server.address': 'es',
      },
      'read store:elasticsearch://es:9200/users (db.elasticsearch.http)',
    ],
    [
      'dynamodb, table in the namespace',
      {
        'db.system.name': 'aws.dynamodb',
        'db.namespace': 'users',
        'db.operation.name': 'PutItem',
        'cloud.region': 'eu-west-1',
      },
      'write store:arn:aws:dynamodb:eu-west-1:-/table/users (db.dynamodb.putitem)',
    ],
    [
      'dynamodb, several tables',
      {
        'db.system': 'dynamodb',
        'aws.dynamodb.table_names': ['a', 'b'],
        'rpc.method': 'BatchGetItem',
        'aws.region': 'eu-west-1',
      },
      'read store:arn:aws:dynamodb:eu-west-1:-/table/a (db.dynamodb.batchgetitem) | read store:arn:aws:dynamodb:eu-west-1:-/table/b (db.dynamodb.batchgetitem)',
    ],
    [
      'cosmos',
      {
        'db.system.name': 'azure.cosmosdb',
        'db.namespace': 'd',
        'db.collection.name': 'c',
        'db.operation.name': 'upsert_item',
        'server.address': 'a',
      },
      'write store:azurecosmos://a/dbs/d/colls/c (db.cosmosdb.upsert_item)',
    ],
    [
      'traceloop pinecone',
      { 'db.system': 'pinecone', 'db.vector.table_name': 'notes', 'server.address': 'p' },
      'read store:pinecone://p:443/notes (db.vector.query)',
      { name: 'pinecone.query' },
    ],
    [
      'qdrant upsert',
      {
        'db.system.name': 'qdrant',
        'db.collection.name': 'n',
        'db.operation.name': 'upsert_points',
        'server.address': 'q',
      },
      'write store:qdrant://q:6333/n (db.vector.upsertpoints)',
    ],
    [
      'traceloop qdrant, many at once',
      { 'db.system': 'Qdrant', 'qdrant.upload_points.collection_name': 'notes', 'server.address': 'q' },
      'write store:qdrant://q:6333/notes (db.vector.uploadpoints)',
      { name: 'qdrant.upload_points' },
    ],
    [
      'traceloop weaviate 3, an object',
      { 'db.system': 'Weaviate', 'db.operation': 'create', 'server.address': 'w' },
      'write store:weaviate://w:8080 (db.vector.insert)',
      { name: 'db.weaviate.data.crud_data.create' },
    ],
    [
      'cassandra',
      {
        'db.system': 'cassandra',
        'db.cassandra.keyspace': 'ks',
        'db.statement': 'DELETE x FROM t WHERE id = ?',
        'net.peer.name': 'c',
      },
      'delete store:cassandra://c:9042/ks.t (db.sql.delete)',
    ],
    [
      'a system that nobody knows',
      { 'db.system.name': 'constructor', 'db.operation.name': 'toString' },
      'unknown store:constructor://- (db.other)',
    ],
  ]);
});

describe('object stores', () => {
  const s3 = { 'rpc.system': 'aws-api', 'rpc.service': 'S3', 'aws.s3.bucket': 'b' };
  golden([
    ['PutObject', { ...s3, 'rpc.method': 'PutObject' }, 'write store:s3://b (object.s3.putobject)'],
    [
      'GetObject with its key',
      { ...s3, 'rpc.method': 'GetObject', 'aws.s3.key': 'users/4711/a.png' },
      'read store:s3://b/users (object.s3.getobject)',
    ],
    [
      'CopyObject',
      { ...s3, 'rpc.method': 'CopyObject', 'aws.s3.copy_source': '/a/x/1.csv' },
      'read store:s3://a/x (object.s3.copyobject) | write store:s3://b (object.s3.copyobject)',
    ],
    ['unknown operation', { ...s3, 'rpc.method': 'Frobnicate' }, 'unknown store:s3://b (object.s3.other)'],
    [
      'PutObject without a bucket, as from botocore',
      { 'rpc.system': 'aws-api', 'rpc.service': 'S3', 'rpc.method': 'PutObject' },
      'write store:s3://- (object.s3.putobject)',
    ],
    [
      'DeleteObject without a bucket: nobody knows of what',
      { 'rpc.system': 'aws-api', 'rpc.service': 'S3', 'rpc.method': 'DeleteObject' },
      'unknown store:s3://- (object.s3.deleteobject)',
    ],
    ['ListBuckets', { 'rpc.system': 'aws-api', 'rpc.service': 'S3', 'rpc.method': 'ListBuckets' }, ''],
  ]);
});

describe('messaging', () => {
  golden([
    [
      'kafkajs producer',
      {
        'messaging.system': 'kafka',
        'messaging.destination.name': 'orders',
        'messaging.operation.type': 'send',
        'messaging.kafka.cluster.id': 'abc',
      },
      'write queue:kafka://abc/orders (messaging.send)',
      { kind: 'producer' },
    ],
    [
      'kafka consumer, old names',
      {
        'messaging.system': 'kafka',
        'messaging.destination': 'orders',
        'messaging.operation': 'process',
        'net.peer.name': 'k',
      },
      'read queue:kafka://k:9092/orders (messaging.receive)',
      { kind: 'consumer' },
    ],
    [
      'sqs send',
      {
        'messaging.system': 'aws_sqs',
        'messaging.destination.name': 'jobs',
        'messaging.operation.type': 'send',
        'url.full': 'https://sqs.eu-west-1.amazonaws.com/123456789012/jobs',
        'rpc.system': 'aws-api',
      },
      'write queue:arn:aws:sqs:eu-west-1:123456789012/jobs (messaging.send) | → sqs.eu-west-1.amazonaws.com',
    ],
    [
      'sns publish',
      {
        'messaging.system': 'aws.sns',
        'aws.sns.topic.arn': 'arn:aws:sns:eu-west-1:1:news',
        'messaging.operation': 'publish',
      },
      'write queue:arn:aws:sns:eu-west-1:1/news (messaging.send)',
    ],
    [
      'rabbitmq default exchange',
      {
        'messaging.system': 'rabbitmq',
        'messaging.destination': '',
        'messaging.rabbitmq.routing_key': 'mail',
        'net.peer.name': 'mq',
      },
      'write queue:amqp://mq:5672/-/mail (messaging.send)',
      { kind: 'producer' },
    ],
    [
      'rabbitmq, new spelling',
      {
        'messaging.system': 'rabbitmq',
        'messaging.destination.name': 'events:user.created:q1',
        'messaging.operation.type': 'process',
        'server.address': 'mq',
      },
      'read queue:amqp://mq:5672/-/events (messaging.receive)',
    ],
    [
      'pubsub',
      {
        'messaging.system': 'gcp_pubsub',
        'messaging.destination.name': 'projects/p/topics/t',
        'messaging.operation.type': 'send',
      },
      'write queue:pubsub/topic:p:t (messaging.send)',
    ],
    ['settle', { 'messaging.system': 'kafka', 'messaging.operation.type': 'settle' }, ''],
    [
      'temporary destination',
      {
        'messaging.system': 'nats',
        'messaging.destination.temporary': true,
        'messaging.destination.name': 'inbox.jane',
        'server.address': 'n',
      },
      'write queue:nats://n:4222/- (messaging.send)',
      { kind: 'producer' },
    ],
    [
      'bullmq',
      { 'bullmq.queue.name': 'mail', 'bullmq.queue.operation': 'add' },
      'write queue:bullmq://-/mail (messaging.bullmq.send)',
      { kind: 'producer' },
    ],
    [
      'bullmq worker',
      { 'bullmq.queue.name': 'mail' },
      'read queue:bullmq://-/mail (messaging.bullmq.receive)',
      { kind: 'consumer' },
    ],
    [
      'kinesis',
      {
        'rpc.system': 'aws-api',
        'rpc.method': 'PutRecords',
        'aws.kinesis.stream.name': 's',
        'cloud.region': 'eu-west-1',
      },
      'write queue:arn:aws:kinesis:eu-west-1:-/s (messaging.kinesis.send)',
    ],
    [
      'kinesis, as in the registry of conventions',
      {
        'rpc.system': 'aws-api',
        'rpc.service': 'Kinesis',
        'rpc.method': 'PutRecord',
        'aws.kinesis.stream_name': 's',
        'cloud.region': 'eu-west-1',
      },
      'write queue:arn:aws:kinesis:eu-west-1:-/s (messaging.kinesis.send)',
    ],
  ]);
});

describe('transport', () => {
  const out = { 'server.address': 'api.mail.example.com' };
  golden([
    [
      'POST outside',
      { 'http.request.method': 'POST', ...out, 'url.full': 'https://api.mail.example.com/send' },
      'share recipient:example.com (http.client) | receive recipient:example.com (http.client) | → api.mail.example.com',
    ],
    [
      'POST that failed',
      { 'http.request.method': 'POST', ...out, 'http.response.status_code': 500 },
      'share recipient:example.com (http.client) | → api.mail.example.com',
    ],
    [
      'GET of a plain page',
      { 'http.request.method': 'GET', ...out, 'url.full': 'https://api.mail.example.com/health' },
      'receive recipient:example.com (http.client) | → api.mail.example.com',
    ],
    [
      'GET with an id in its path',
      { 'http.method': 'GET', 'http.url': 'https://api.mail.example.com/users/4711' },
      'share recipient:example.com (http.client) | receive recipient:example.com (http.client) | → api.mail.example.com',
    ],
    [
      'GET with a query',
      { 'http.request.method': 'GET', ...out, 'url.full': 'https://api.mail.example.com/?q=x' },
      'share recipient:example.com (http.client) | receive recipient:example.com (http.client) | → api.mail.example.com',
    ],
    [
      'DELETE',
      { 'http.request.method': 'DELETE', ...out },
      'delete recipient:example.com (http.client) | → api.mail.example.com',
    ],
    [
      'POST to a service of ours',
      { 'http.request.method': 'POST', 'server.address': 'billing.default.svc.cluster.local' },
      'share service:billing (http.client) | receive service:billing (http.client)',
    ],
    [
      'POST to loopback',
      { 'http.request.method': 'POST', 'server.address': '127.0.0.1', 'server.port': 4801 },
      'share service:127.0.0.1:4801 (http.client) | receive service:127.0.0.1:4801 (http.client)',
    ],
    [
      'public address',
      { 'http.request.method': 'POST', 'server.address': '8.8.8.8' },
      'share recipient:8.8.8.8 (http.client) | receive recipient:8.8.8.8 (http.client) | → 8.8.8.8',
    ],
    [
      'no host at all',
      { 'http.request.method': 'POST' },
      'share recipient:- (http.client) | receive recipient:- (http.client)',
    ],
    [
      'logical peer',
      { 'http.request.method': 'POST', 'peer.service': 'Billing' },
      'share service:billing (http.client) | receive service:billing (http.client)',
    ],
    [
      'SERVER at the root',
      { 'http.request.method': 'POST', 'http.response.status_code': 201 },
      'receive client:desk (http.server) | share client:desk (http.server)',
      { kind: 'server', parentId: '' },
    ],
    [
      'SERVER GET at the root',
      { 'http.request.method': 'GET', 'url.path': '/list' },
      'share client:desk (http.server)',
      { kind: 'server', parentId: '' },
    ],
    ['SERVER under a caller', { 'http.request.method': 'POST' }, '', { kind: 'server' }],
    [
      'gRPC send',
      {
        'rpc.system': 'grpc',
        'rpc.service': 'crm.Users',
        'rpc.method': 'CreateUser',
        'net.peer.name': 'crm.example.com',
      },
      'share recipient:example.com (rpc.client) | receive recipient:example.com (rpc.client) | → crm.example.com',
    ],
    [
      'gRPC look-up among our own',
      { 'rpc.system.name': 'grpc', 'rpc.method': 'crm.Users/GetUser', 'server.address': 'billing' },
      'receive service:billing (rpc.client)',
    ],
    [
      'gRPC, unclear',
      { 'rpc.system.name': 'grpc', 'rpc.method': 'crm.Users/Frob', 'server.address': 'billing' },
      'unknown service:billing (rpc.client)',
    ],
    [
      'AWS without a host',
      { 'rpc.system': 'aws-api', 'rpc.service': 'SES', 'rpc.method': 'SendEmail' },
      'share recipient:amazonaws.com (rpc.client) | receive recipient:amazonaws.com (rpc.client) | → amazonaws.com',
    ],
    ['AWS secrets', { 'rpc.system': 'aws-api', 'rpc.service': 'SecretsManager', 'rpc.method': 'GetSecretValue' }, ''],
    [
      'lambda',
      { 'faas.invoked_name': 'arn:aws:lambda:eu-west-1:1:function:resize', 'rpc.system': 'aws-api' },
      'share service:resize (faas.invoke) | receive service:resize (faas.invoke)',
    ],
    [
      'datasource trigger',
      { 'faas.trigger': 'datasource', 'faas.document.collection': 'uploads', 'faas.document.operation': 'insert' },
      'read store:-/uploads (faas.trigger)',
      { kind: 'server' },
    ],
    ['nothing', {}, '', { kind: 'internal' }],
  ]);
});

describe('what the code declares', () => {
  const sql = {
    'db.system.name': 'postgresql',
    'db.query.text': 'SELECT * FROM t',
    'server.address': 'db',
    'db.namespace': 's',
  };
  golden([
    [
      'action and peer',
      { ...sql, 'vestige.flow.action': 'write', 'vestige.flow.peer': 'store:sqlite:/data/crm.db/customers' },
      'write store:sqlite:/data/crm.db/customers (vestige.flow)',
    ],
    [
      'action alone',
      { ...sql, 'vestige.flow.action': 'delete' },
      'delete store:postgres://db:5432/s.public.t (vestige.flow)',
    ],
    [
      'peer alone',
      { ...sql, 'vestige.flow.peer': 'store:postgres://other/s.public.t' },
      'read store:postgres://other:5432/s.public.t (vestige.flow)',
    ],
    [
      'peer of nothing recognised',
      { 'vestige.flow.peer': 'memory:desk/notes' },
      'unknown memory:desk/notes (vestige.flow)',
    ],
    ['none', { ...sql, 'vestige.flow.action': 'none' }, ''],
    [
      'an odd peer falls back',
      { ...sql, 'vestige.flow.peer': 'jane@example.com' },
      'read store:postgres://db:5432/s.public.t (db.sql.select)',
    ],
    [
      'recipient id',
      { 'http.request.method': 'POST', 'server.address': '10.0.0.9', 'vestige.recipient.id': 'mailhouse.example' },
      'share recipient:mailhouse.example (http.client) | receive recipient:mailhouse.example (http.client) | → mailhouse.example',
    ],
  ]);

  test('an alias gives the canonical node', () => {
    const aliased = readContext({
      aliases: [{ alias: 'store:postgres://db:5432/*', canonical: 'store:postgres://main:5432/*' }],
    });
    expect(shown(read(decodedSpan(sql), aliased))).toBe('read store:postgres://main:5432/s.public.t (db.sql.select)');
  });
});

test('a memory of Mem0 is deleted by an id of which a ref can be made', () => {
  const context = readContext({ recordRefs: (node, key) => [`${node}#${key.padEnd(22, 'x')}`] });
  const span = decodedSpan({
    'gen_ai.operation.name': 'memory_operation',
    'gen_ai.memory.operation': 'delete',
    'gen_ai.memory.id': '7',
  });
  expect(shown(read(span, context))).toBe('delete memory:desk/- (genai.memory_operation)');
  expect(read(span, context).recordRefs).toEqual([`memory:desk/-#${'7'.padEnd(22, 'x')}`]);
});

test('a memory record is deleted by an id of which a ref can be made', () => {
  const context = readContext({ recordRefs: (node, key) => [`${node}#${key.padEnd(22, 'x')}`] });
  const attributes = { 'gen_ai.operation.name': 'delete_memory', 'gen_ai.memory.store.id': 'n' };
  const named = read(decodedSpan({ ...attributes, 'gen_ai.memory.record.id': '7' }), context);
  expect(shown(named)).toBe('delete memory:desk/n (genai.delete_memory)');
  expect(named.recordRefs).toEqual([`memory:desk/n#${'7'.padEnd(22, 'x')}`]);
  const tooLong = read(decodedSpan({ ...attributes, 'gen_ai.memory.record.id': '7'.repeat(2_000) }), context);
  expect(shown(tooLong)).toBe('unknown memory:desk/n (genai.delete_memory)');
});

test('every rule has a layer, and entries are told from calls', () => {
  expect(RULES.map(({ id }) => `${id} ${RULE_LAYER(id)}`)).toEqual([
    'mcp semantic',
    'mcp.traceloop semantic',
    'a2a semantic',
    'a2a.python semantic',
    'openinference semantic',
    'genai semantic',
    'ai semantic',
    'traceloop semantic',
    'genai.langfuse semantic',
    'db store',
    'genai.adk semantic',
    'genai.bare semantic',
    'object.s3 store',
    'messaging queue',
    'messaging.bullmq queue',
    'messaging.celery queue',
    'messaging.kinesis queue',
    'faas transport',
    'rpc.client transport',
    'rpc.server entry',
    'http.object transport',
    'http.client transport',
    'http.server entry',
    'faas.server entry',
  ]);
  expect(RULE_LAYER('vestige.flow')).toBe('declared');
});
