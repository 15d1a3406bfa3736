import { readdirSync, readFileSync } from 'node:fs';
import { ATTR } from '@vestige/core/convention/attributes';
import type { Attrs, DecodedSpan } from '@vestige/core/model/span';
import { readContext } from '@vestige/core/recognise/read-context';
import { readSpan } from '@vestige/core/recognise/read-span';
import { ALLOWED } from '@vestige/core/scrub/allowed';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readProtobufTraces } from '../otlp/read-protobuf.ts';
import { NOW_MS } from '../otlp/testing/arbitrary-request.ts';
import { encodeProtobuf } from '../otlp/testing/otlp-messages.ts';
import { keyRole, ROLE_KEYS } from './span-keys.ts';
import { arbitraryTraffic } from './testing/arbitrary-traffic.ts';

/**
 * Remembering how a kind of span is read is sound as long as every value that recognition may look at is part of the
 * kind. So: whatever a recogniser reads has a role in `span-keys.ts` that says how.
 */

const folder = new URL('../../../core/src/recognise/', import.meta.url);
const sources = readdirSync(folder)
  .filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'))
  .map((name) => ({ name, text: readFileSync(new URL(name, folder), 'utf8') }));

/** Dotted texts of the recognisers that are no attribute of a span, and why. */
const NO_KEYS: readonly RegExp[] = [
  // Ids of rules, and prefixes of them.
  /^(?:a2a\.(?:call|python|server)|db\.(?:cosmosdb|dynamodb|elasticsearch(?:\.http)?|memcached\.other|mongodb(?:\.aggregate)?|other))$/,
  /^(?:db\.(?:redis\.other|sql\.\w+|vector)|faas\.(?:invoke|server)|genai(?:\.\w+)+|messaging\.(?:bullmq|celery|kinesis))$/,
  /^(?:http\.(?:client|server|gcs|azure_blob|s3|cosmosdb|object)|mcp\.(?:\w+_\w+|server|traceloop)|object\.s3(?:\.other)?)$/,
  /^(?:openinference\.(?:llm|agent|embedding|reranker|guardrail)|rpc\.(?:client|server)|vestige\.flow)$/,
  // Names of systems, classes of errors, hosts, commands.
  /^(?:aws\.(?:dynamodb|s3|sqs|sns)|azure\.(?:cosmosdb|blob)|gcp\.storage|microsoft\.sql_server|amq\.default)$/,
  /^(?:amazonaws\.com|storage\.googleapis\.com|java\.net\.\w+|socket\.gaierror|snapshot\.create|ai\.toolCall)$/,
  // Names of instrumentations, which are part of every shape.
  /^(?:openinference\.instrumentation\.\w+|gcp\.vertex\.agent)$/,
  // Of the resource, which is read apart.
  /^service\.(?:name|namespace|instance\.id)$/,
];

/** Who may look at keys whose values decide by a part of them only. Somebody else might look at another part. */
const READERS: readonly (readonly [keys: readonly string[], files: readonly string[]])[] = [
  [
    ['url.full', 'http.url', 'url.path', 'http.target'],
    ['db.ts', 'messaging.ts', 'object-store.ts', 'span-view.ts', 'transport.ts'],
  ],
  [
    ['db.query.text', 'db.statement'],
    ['db-memcached.ts', 'db-redis.ts', 'db-sql.ts', 'db.ts'],
  ],
  [
    ['db.response.returned_rows', 'aws.dynamodb.count', 'gen_ai.memory.record.count'],
    ['db-sql.ts', 'db.ts', 'genai.ts'],
  ],
  [['http.request.body.size', 'http.request_content_length', 'http.response.body.size'], ['transport.ts']],
  [['network.peer.address', 'net.peer.ip', 'net.sock.peer.addr', 'db.connection_string'], ['span-view.ts']],
  [['net.peer.port', 'network.peer.port', 'net.sock.peer.port'], ['span-view.ts']],
  [
    ['gen_ai.conversation.id', 'session.id', 'langfuse.session.id'],
    ['conversation.ts', 'reject-span.ts'],
  ],
  [['url.query'], ['transport.ts']],
];

describe('the roles of keys', () => {
  test('every key that the text of a recogniser names has a role', () => {
    const named = sources.flatMap(({ name, text }) =>
      [...text.matchAll(/'([a-zA-Z][\w]*(?:\.[\w]+)+)'/g)].map((match) => ({ name, key: match[1] ?? '' })),
    );
    // Keys without a dot, where they are asked for.
    const asked = sources.flatMap(({ name, text }) =>
      [...text.matchAll(/\.(?:text|has|list|raw|count|part)\(\s*'([^']+)'/g)].map((match) => ({
        name,
        key: match[1] ?? '',
      })),
    );
    expect([named.length > 150, asked.length > 50]).toEqual([true, true]);
    // `query.has('delete')` asks the URL of an object.
    expect(asked.filter(({ key }) => !ROLE_KEYS.includes(key) && key !== 'delete')).toEqual([]);
    const without = named.filter(
      ({ key }) => !ROLE_KEYS.includes(key) && !NO_KEYS.some((pattern) => pattern.test(key)),
    );
    expect(without).toEqual([]);
  });

  test('a key that decides by a part of its value is looked at by those only who are known to look at that part', () => {
    for (const [keys, files] of READERS) {
      const readers = sources
        .filter(({ text }) => keys.some((key) => text.includes(`'${key}'`)))
        .map(({ name }) => name);
      expect(readers.sort()).toEqual([...files].sort());
    }
  });

  test('every key of our own convention has a role', () => {
    expect(Object.values(ATTR).filter((key) => !ROLE_KEYS.includes(key))).toEqual([]);
  });

  test('no recogniser reads a key without a role, whatever the span', () => {
    const context = readContext();
    fc.assert(
      fc.property(arbitraryTraffic, (request) => {
        for (const span of readProtobufTraces(encodeProtobuf(request), NOW_MS).spans) {
          const { watched, keys } = watchedSpan(span);
          readSpan(watched, context);
          // What is stored is read by scrubbing too; what is neither stored nor has a role is read by a recogniser only.
          const unknown = [...keys].filter((key) => keyRole(key) === 'dropped' && !ALLOWED.has(key));
          expect(unknown).toEqual([]);
        }
      }),
      { numRuns: 150 },
    );
  });

  test('of a resource recognisers look at service, region and account only, and of a span at nothing unseen', () => {
    for (const { name, text } of sources) {
      for (const [, field = ''] of text.matchAll(/\bspan\.resource\.(\w+)/g)) {
        expect([name, ['name', 'region', 'account'].includes(field), field]).toEqual([name, true, field]);
      }
      if (name === 'span-view.ts' || name === 'read-span.ts' || name === 'reject-span.ts' || name === 'reread-span.ts')
        continue;
      for (const [, field = ''] of text.matchAll(/\bspan\.span\.(\w+)/g)) {
        expect([name, ['name', 'parentId', 'status', 'links'].includes(field), field]).toEqual([name, true, field]);
      }
    }
  });

  test('of the parent recognisers ask only whether there is one', () => {
    const uses = sources.flatMap(({ text }) =>
      [...text.matchAll(/\.parentId\b(.{0,8})/g)].map((match) => match[1]?.trim()),
    );
    const inRecognisers = uses.filter((use) => use?.startsWith("!== ''"));
    expect(inRecognisers.length).toBeGreaterThan(1);
  });
});

/** A span that notes which attributes are read. */
function watchedSpan(span: DecodedSpan): { watched: DecodedSpan; keys: Set<string> } {
  const keys = new Set<string>();
  const attributes = new Proxy<Attrs>(span.attributes, {
    get(target, key) {
      if (typeof key === 'string') keys.add(key);
      return Reflect.get(target, key);
    },
  });
  return { watched: { ...span, attributes }, keys };
}
