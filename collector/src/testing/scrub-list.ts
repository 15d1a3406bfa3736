import type { TestAttribute, TestRequest, TestValue } from '../otlp/testing/otlp-messages.ts';
import { aSpan, hexId } from './export-client.ts';

/** In every secret, and in nothing else: one search finds them all, and what stands behind it says which one it is. */
export const MARK = 'quixvorple';

/** What kind of text a secret is in its place: free words where nothing may stay, an address where words may. */
type Secret = (where: string) => string;
const words: Secret = (where) => `${MARK}-${where} asked for a refund`;
const address: Secret = (where) => `${MARK}.${where}@example.com`;
const inSql: Secret = (where) => `SELECT * FROM users WHERE name = '${MARK}-${where}' AND mail = '${address(where)}'`;
const inUrl: Secret = (where) => `https://shop.example.com/people/${address(where)}?q=${MARK}-${where}#${MARK}`;
const inPath: Secret = (where) => `/people/${address(where)}/orders`;
const inJson: Secret = (where) => JSON.stringify([{ role: 'user', content: words(where), mail: address(where) }]);

/** The keys whose values may not be kept, or not as they are (design 03; the research note on OpenTelemetry, §7.5). */
export const SCRUB_LIST: Readonly<Record<string, Secret>> = {
  'gen_ai.input.messages': inJson,
  'gen_ai.output.messages': inJson,
  'gen_ai.system_instructions': words,
  'gen_ai.tool.call.arguments': inJson,
  'gen_ai.tool.call.result': inJson,
  'gen_ai.tool.definitions': inJson,
  'gen_ai.retrieval.query.text': words,
  'gen_ai.retrieval.documents': inJson,
  'gen_ai.memory.query.text': words,
  'gen_ai.memory.records': inJson,
  'gen_ai.memory.record.id': address,
  'gen_ai.prompt.variable.name': words,
  'gen_ai.prompt': words,
  'gen_ai.completion': words,
  'gen_ai.prompt.0.content': words,
  'ai.prompt': inJson,
  'ai.prompt.messages': inJson,
  'ai.response.text': words,
  'ai.response.object': inJson,
  'ai.response.toolCalls': inJson,
  'ai.toolCall.args': inJson,
  'ai.toolCall.result': inJson,
  'ai.request.headers.authorization': words,
  'ai.telemetry.metadata.userId': address,
  'input.value': words,
  'output.value': words,
  'llm.input_messages.0.message.content': words,
  'llm.output_messages.0.message.content': words,
  'llm.prompts': inJson,
  'tool.parameters': inJson,
  'retrieval.documents.0.document.content': words,
  'traceloop.entity.input': inJson,
  'traceloop.entity.output': inJson,
  'traceloop.association.properties.user_id': address,
  'db.query.parameter.0': words,
  'db.query.parameter.mail': address,
  'db.postgresql.values': inJson,
  'db.query.text': inSql,
  'db.statement': inSql,
  'db.query.summary': address,
  'http.request.header.authorization': words,
  'http.response.header.set-cookie': words,
  'url.query': words,
  'url.full': inUrl,
  'http.url': inUrl,
  'http.target': inPath,
  'url.path': inPath,
  'http.route': inPath,
  'user.email': address,
  'user.name': words,
  'user.full_name': words,
  'user.id': address,
  'enduser.id': address,
  'session.id': address,
  'client.address': address,
  'exception.message': words,
  'exception.stacktrace': words,
  'error.message': words,
  'messaging.kafka.message.key': address,
  'messaging.message.body': words,
  'aws.s3.key': (where) => `exports/${address(where)}.csv`,
  'redis.key': (where) => `user:${address(where)}`,
  'mcp.resource.uri': inUrl,
  'vestige.purpose': address,
  'vestige.owner': (where) => `agent:desk/${address(where)}`,
  'vestige.flow.peer': (where) => `store:postgres://db:5432/${address(where)}`,
  'a.key.nobody.knows': words,
};

type Shape = (secret: string) => TestValue;
const text: Shape = (stringValue) => ({ stringValue });
/** Every shape a value can have that carries text. */
const SHAPES: Readonly<Record<string, Shape>> = {
  text,
  bytes: (secret) => ({ bytesValue: Buffer.from(secret) }),
  list: (secret) => ({ arrayValue: { values: [{ intValue: 1n }, text(secret)] } }),
  nested: (secret) => ({
    kvlistValue: {
      values: [
        {
          key: 'user',
          value: { arrayValue: { values: [{ kvlistValue: { values: [{ key: 'mail', value: text(secret) }] } }] } },
        },
      ],
    },
  }),
};

/** One attribute for each key of the list and each shape, and keys that are secrets themselves. */
function listed(place: string): TestAttribute[] {
  const where = (index: number, shape: string) => `k${index}.${place}.${shape}`;
  const values = Object.entries(SCRUB_LIST).flatMap(([key, secret], index) =>
    Object.entries(SHAPES).map(([shape, as]) => ({ key, value: as(secret(where(index, shape))) })),
  );
  return [...values, { key: `note.${address(`key.${place}`)}`, value: { boolValue: true } }];
}

/** Span names and the like are kept as texts, so that only identifiers in them must go. */
const named = (what: string) => `look up ${address(what)} for`;

/**
 * A request with a secret in every place that OTLP has for text: attributes of span, event, link, resource and scope, in
 * every shape of a value; names, versions, statuses, trace states. Two spans: one is taken, one rejected.
 */
export function seededRequest(way: string, traceId: string): TestRequest {
  const place = (name: string) => `${name}.${way}`;
  const span: unknown = {
    ...aSpan({
      traceId,
      name: named(place('span')),
      attributes: listed(place('attr')),
      events: ['exception', named(place('event'))].map((name) => ({
        timeUnixNano: BigInt(Date.now()) * 1_000_000n,
        name,
        attributes: listed(place('event')),
      })),
      status: { code: 2, message: words(place('status')) },
    }),
    traceState: `vendor=${address(place('state'))}`,
    links: [
      {
        traceId: hexId(16),
        spanId: hexId(8),
        traceState: `v=${address(place('linkstate'))}`,
        attributes: listed(place('link')),
      },
    ],
  };
  const scope = { name: named(place('scope')), version: address(place('version')), attributes: listed(place('scope')) };
  const service = { key: 'service.name', value: text(`canary-${way} of ${address(place('service'))}`) };
  const host = { key: 'host.name', value: text(address(place('host'))) };
  const resourceSpans: unknown = [
    {
      resource: { attributes: [service, host, ...listed(place('resource'))] },
      schemaUrl: inUrl(place('schema')),
      scopeSpans: [
        {
          scope,
          schemaUrl: inUrl(place('scopeschema')),
          spans: [span, { ...(span as object), spanId: hexId(8), startTimeUnixNano: 1n }],
        },
      ],
    },
  ];
  return { resourceSpans } as TestRequest;
}

/** Where a text, or bytes read as Latin-1, hold a secret, plainly or merely encoded. */
export function secretsIn(where: string, kept: string): string[] {
  const found = FORMS.flatMap(({ form, pattern }) =>
    [...kept.matchAll(pattern)].map(({ 0: hit }) => `${where}: ${form} ${hit}`),
  );
  return [...new Set(found)].slice(0, 20);
}

const FORMS = [
  { form: 'plain', pattern: new RegExp(`${MARK}[-.a-z0-9/]{0,40}`, 'gi') },
  { form: 'hex', pattern: new RegExp(Buffer.from(MARK).toString('hex'), 'gi') },
  ...[0, 1, 2].map((shift) => {
    const whole = Buffer.from('\0'.repeat(shift) + MARK);
    const inner = whole.toString('base64').slice(shift === 0 ? 0 : shift + 1, Math.floor((whole.length * 8) / 6));
    return { form: 'base64', pattern: new RegExp(inner, 'g') };
  }),
];
