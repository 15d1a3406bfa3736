import type { Attributes } from './attributes.ts';
import { recordRef } from './people.ts';
import type { SeededRandom } from './random.ts';
import type { ScopeName } from './services.ts';

/**
 * What instrumentations write about one call, in the shapes of the JavaScript packages named in `services.ts`: old and
 * new attribute names side by side as they are found, and a share of spans that carry what must not be kept (prompts,
 * literals in SQL, query strings).
 */
export interface Call {
  readonly scope: ScopeName;
  readonly name: string;
  readonly kind: 'internal' | 'server' | 'client' | 'producer' | 'consumer';
  readonly attributes: Attributes;
  readonly events?: readonly { readonly name: string; readonly attributes: Attributes }[];
}

const MODELS = ['gpt-5', 'gpt-5-mini', 'claude-sonnet-5'] as const;
const WORDS =
  'the customer asked about a late refund for an order and we checked its status with the payment provider before replying politely that the money should arrive within five days'.split(
    ' ',
  );

const prose = (random: SeededRandom, words: number): string =>
  Array.from({ length: words }, () => WORDS[random.below(WORDS.length)]).join(' ');

export function serverCall(random: SeededRandom, method: 'GET' | 'POST', route: string, path: string): Call {
  return {
    scope: 'http',
    name: `${method} ${route}`,
    kind: 'server',
    attributes: {
      'http.request.method': method,
      'http.route': route,
      'url.path': path,
      'url.scheme': 'https',
      'server.address': 'desk.example.com',
      'server.port': 443,
      'network.protocol.version': '1.1',
      'network.peer.address': `10.2.${random.below(256)}.${random.below(256)}`,
      'client.address': `198.51.100.${random.below(256)}`,
      'user_agent.original': 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36',
      'http.response.status_code': random.chance(0.02) ? 500 : 200,
    },
  };
}

export function clientCall(random: SeededRandom, method: 'GET' | 'POST', host: string, path: string): Call {
  return {
    scope: 'undici',
    name: method,
    kind: 'client',
    attributes: {
      'http.request.method': method,
      'url.full': `https://${host}${path}`,
      'url.path': path.split('?')[0] ?? path,
      'url.scheme': 'https',
      'server.address': host,
      'server.port': 443,
      'user_agent.original': 'undici',
      'http.response.status_code': 200,
      'http.response.header.content-length': ['1831'],
      'http.response.body.size': random.below(20_000),
    },
  };
}

export function agentTurn(random: SeededRandom, conversation: string): Call {
  return {
    scope: 'genai',
    name: 'invoke_agent support',
    kind: 'internal',
    attributes: {
      'gen_ai.operation.name': 'invoke_agent',
      'gen_ai.agent.name': 'support',
      'gen_ai.agent.version': '3.2.0',
      'gen_ai.request.model': 'gpt-5',
      'gen_ai.conversation.id': conversation,
      'gen_ai.output.type': 'text',
      'gen_ai.usage.input_tokens': 500 + random.below(9_000),
      'gen_ai.usage.output_tokens': random.below(2_000),
      'gen_ai.response.finish_reasons': ['stop'],
    },
  };
}

export function modelCall(random: SeededRandom, conversation: string): Call {
  const model = random.pick(MODELS);
  const provider = model.startsWith('gpt') ? 'openai' : 'anthropic';
  const isOldShape = random.chance(0.2);
  const content = random.chance(0.08)
    ? {
        'gen_ai.input.messages': `[{"role":"user","parts":[{"type":"text","content":"${prose(random, 60)}"}]}]`,
        'gen_ai.output.messages': `[{"role":"assistant","parts":[{"type":"text","content":"${prose(random, 40)}"}]}]`,
      }
    : {};
  return {
    scope: 'genai',
    name: `chat ${model}`,
    kind: 'client',
    attributes: {
      'gen_ai.operation.name': 'chat',
      [isOldShape ? 'gen_ai.system' : 'gen_ai.provider.name']: provider,
      'gen_ai.request.model': model,
      'gen_ai.response.model': `${model}-2026-08-01`,
      'gen_ai.response.id': `chatcmpl-${random.hex(24)}`,
      'gen_ai.request.temperature': 0.7,
      'gen_ai.request.max_tokens': 4096,
      'gen_ai.usage.input_tokens': 500 + random.below(8_000),
      'gen_ai.usage.output_tokens': random.below(900),
      'gen_ai.response.finish_reasons': [random.chance(0.5) ? 'tool_calls' : 'stop'],
      'gen_ai.conversation.id': conversation,
      'server.address': provider === 'openai' ? 'api.openai.com' : 'api.anthropic.com',
      'server.port': 443,
      ...content,
    },
    events: isOldShape
      ? [
          { name: 'gen_ai.user.message', attributes: { 'gen_ai.system': provider, content: prose(random, 12) } },
          { name: 'gen_ai.choice', attributes: { index: 0, finish_reason: 'stop' } },
        ]
      : [],
  };
}

export function toolCall(random: SeededRandom, tool: string): Call {
  return {
    scope: 'genai',
    name: `execute_tool ${tool}`,
    kind: 'internal',
    attributes: {
      'gen_ai.operation.name': 'execute_tool',
      'gen_ai.tool.name': tool,
      'gen_ai.tool.type': 'function',
      'gen_ai.tool.call.id': `call_${random.hex(24)}`,
      'gen_ai.tool.call.arguments': `{"customer":${random.below(1_000_000)},"reason":"${prose(random, 6)}"}`,
      'gen_ai.agent.name': 'support',
      'gen_ai.provider.name': 'openai',
    },
  };
}

export function mcpCall(random: SeededRandom): Call {
  return {
    scope: 'genai',
    name: 'tools/call search_orders',
    kind: 'client',
    attributes: {
      'mcp.method.name': 'tools/call',
      'mcp.session.id': random.hex(32),
      'mcp.protocol.version': '2025-11-25',
      'jsonrpc.request.id': String(random.below(100)),
      'gen_ai.operation.name': 'execute_tool',
      'gen_ai.tool.name': 'search_orders',
      'network.transport': 'tcp',
      'server.address': 'orders-mcp.internal',
      'server.port': 8443,
    },
  };
}

type Statement = readonly [verb: string, table: string, text: string, literal: string];
const STATEMENTS: readonly [Statement, ...Statement[]] = [
  [
    'SELECT',
    'customers',
    'SELECT id, name, email, phone FROM customers WHERE id = $1 AND deleted_at IS NULL',
    "SELECT id, name, email, phone FROM customers WHERE city = 'Lund' AND deleted_at IS NULL",
  ],
  [
    'SELECT',
    'orders',
    'SELECT o.id, o.total, i.sku FROM orders o JOIN order_items i ON i.order_id = o.id WHERE o.customer_id = $1 ORDER BY o.created_at DESC LIMIT $2',
    'SELECT o.id, o.total FROM orders o WHERE o.customer_id = 48213 ORDER BY o.created_at DESC LIMIT 20',
  ],
  [
    'INSERT',
    'ticket_notes',
    'INSERT INTO ticket_notes (ticket_id, author, body, created_at) VALUES ($1, $2, $3, now()) RETURNING id',
    "INSERT INTO ticket_notes (ticket_id, author, body) VALUES (9913, 'support', 'refund sent')",
  ],
  [
    'UPDATE',
    'tickets',
    'UPDATE tickets SET status = $1, updated_at = now() WHERE id = $2',
    "UPDATE tickets SET status = 'closed' WHERE id = 77120",
  ],
  [
    'WITH',
    'refunds',
    'WITH due AS (SELECT id FROM refunds WHERE order_id = $1 AND paid_at IS NULL) INSERT INTO refund_jobs (refund_id) SELECT id FROM due',
    'WITH due AS (SELECT id FROM refunds WHERE order_id = 5512) INSERT INTO refund_jobs (refund_id) SELECT id FROM due',
  ],
];

export function sqlCall(random: SeededRandom, person: number): Call {
  const [verb, table, bound, literal] = random.pick(STATEMENTS);
  const text = random.chance(0.15) ? literal : bound;
  const isStable = random.chance(0.6);
  const refs = random.chance(0.4)
    ? { 'vestige.record.refs': [recordRef(`store:postgres://crm-db.internal:5432/crm.public.${table}`, person)] }
    : {};
  return {
    scope: 'pg',
    name: isStable ? `${verb} crm` : `pg.query:${verb} crm`,
    kind: 'client',
    attributes: isStable
      ? {
          'db.system.name': 'postgresql',
          'db.namespace': 'crm',
          'db.query.text': text,
          'db.operation.name': verb,
          'server.address': 'crm-db.internal',
          'server.port': 5432,
          'db.response.returned_rows': random.below(10),
          'thread.id': random.below(32),
          'code.function.name': 'CustomerRepository.load',
          ...refs,
        }
      : {
          'db.system': 'postgresql',
          'db.name': 'crm',
          'db.connection_string': 'postgresql://crm-db.internal:5432/crm',
          'db.user': 'desk_app',
          'db.statement': text,
          'net.peer.name': 'crm-db.internal',
          'net.peer.port': 5432,
          'db.postgresql.plan': `${table}_by_id`,
          ...refs,
        },
  };
}

export function redisCall(random: SeededRandom): Call {
  const id = random.below(1_000_000);
  const [verb, text] = random.pick([
    ['HGETALL', `HGETALL customer:${id}:profile`],
    ['SET', `SET session:${id} ? EX 3600`],
    ['DEL', `DEL session:${id}`],
  ]);
  return {
    scope: 'redis',
    name: `redis-${verb}`,
    kind: 'client',
    attributes: {
      'db.system.name': 'redis',
      'db.namespace': '0',
      'db.operation.name': verb ?? 'GET',
      'db.query.text': text ?? '',
      'server.address': 'cache.internal',
      'server.port': 6379,
      'network.peer.address': '10.3.0.9',
      'network.peer.port': 6379,
      'db.client.connection.pool.name': 'sessions',
    },
  };
}

export function vectorSearch(random: SeededRandom): Call {
  return {
    scope: 'own',
    name: 'qdrant.search',
    kind: 'client',
    attributes: {
      'db.system': 'qdrant',
      'db.operation.name': 'search',
      'db.collection.name': 'ticket_answers',
      'db.vector.query.top_k': 8,
      'db.response.returned_rows': random.below(9),
      'server.address': 'vectors.internal',
      'server.port': 6333,
      'gen_ai.operation.name': 'retrieval',
      'gen_ai.data_source.id': 'ticket_answers',
    },
  };
}

export function objectStoreCall(random: SeededRandom): Call {
  const method = random.chance(0.5) ? 'GetObject' : 'PutObject';
  return {
    scope: 'aws',
    name: `S3.${method}`,
    kind: 'client',
    attributes: {
      'rpc.system': 'aws-api',
      'rpc.service': 'S3',
      'rpc.method': method,
      'aws.s3.bucket': 'desk-attachments',
      'aws.request_id': random.hex(16).toUpperCase(),
      'cloud.region': 'eu-central-1',
      'aws.region': 'eu-central-1',
      'http.status_code': 200,
      'server.address': 's3.eu-central-1.amazonaws.com',
    },
  };
}

export function kafkaCall(random: SeededRandom, operation: 'send' | 'process', topic: string): Call {
  return {
    scope: 'kafka',
    name: `${operation} ${topic}`,
    kind: operation === 'send' ? 'producer' : 'consumer',
    attributes: {
      'messaging.system': 'kafka',
      'messaging.destination.name': topic,
      'messaging.operation.name': operation,
      'messaging.operation.type': operation,
      'messaging.destination.partition.id': String(random.below(12)),
      'messaging.kafka.message.key': `customer-${random.below(1_000_000)}`,
      'messaging.kafka.offset': random.below(100_000_000),
      'messaging.message.body.size': random.below(4_000),
      'server.address': 'kafka.internal',
      'server.port': 9092,
      ...(operation === 'process' ? { 'messaging.consumer.group.name': 'mailer' } : {}),
    },
  };
}
