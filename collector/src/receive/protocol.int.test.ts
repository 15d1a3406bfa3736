import { Agent, request } from 'node:http';
import { connect } from 'node:net';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { encodeJson, encodeProtobuf, type TestRequest, type TestSpan } from '../otlp/testing/otlp-messages.ts';
import { aSpan, hexId, nsOf, requestOf } from '../testing/export-client.ts';
import { framed, RawGrpc } from '../testing/grpc-raw.ts';
import { type RunningCollector, startRunningCollector } from '../testing/running-collector.ts';
import { send } from '../testing/send.ts';
import { formOf, MEDIA, type Posting, Sender, WAYS, type Way } from '../testing/ways.ts';
import { fixed64, int, len, text, varint, wireSpan } from '../testing/wire.ts';

/**
 * What a receiver of OTLP must do (research: OTLP 1.11 specification, and what real exporters retry), one case a line,
 * each over every way into the collector that can carry it.
 */

const MIB = 1024 * 1024;
const LIMIT = MIB;
const BOMB = { gzip: gzipSync(Buffer.alloc(64 * MIB)), zstd: zstdCompressSync(Buffer.alloc(64 * MIB)) };

let collector: RunningCollector;
let sender: Sender;
beforeAll(async () => {
  collector = await startRunningCollector({ requestBytesMax: LIMIT, inFlightBytesMax: 16 * MIB });
  sender = new Sender(collector);
});
afterAll(async () => {
  sender.close();
  await collector.close();
});

const stored = async (traceId: string) => (await collector.deps.events.trace(collector.tenant.id, traceId, 100)).rows;

// ---------------------------------------------------------------------------------------------------------------
// What a request may hold

/** Ids of the span a case is about, so that it can be found again. */
interface Ids {
  readonly traceId: string;
  readonly spanId: string;
}
type Made = TestRequest | { readonly protobuf?: Uint8Array; readonly json?: string };
/** Taken as a whole; of these rejected, for this reason; or refused with this code of `google.rpc.Code`. */
type Want =
  | { readonly stored: number }
  | { readonly stored: number; readonly rejected: string }
  | { readonly code: number };
type DataCase = readonly [name: string, make: (ids: Ids) => Made, want: Want];

const INVALID_ARGUMENT = { code: 3 };
const ONE = { stored: 1 };
const NONE = { stored: 0 };
const rejected = (errorMessage: string, storedToo = 0) => ({
  stored: storedToo,
  rejected: `rejected: ${errorMessage}`,
});

const value = (key: string, given: NonNullable<TestSpan['attributes']>[number]['value']) => ({ key, value: given });
const spanOf = (ids: Ids, more: Partial<TestSpan> = {}) => requestOf(aSpan({ ...ids, ...more }));
const withValue = (ids: Ids, given: Parameters<typeof value>[1], key = 'http.route') =>
  spanOf(ids, { attributes: [value(key, given)] });
const jsonSpan = (ids: Ids, more = '') =>
  `{"resourceSpans":[{"scopeSpans":[{"spans":[{"traceId":"${ids.traceId}","spanId":"${ids.spanId}",
    "startTimeUnixNano":"${nsOf(Date.now() - 5)}","endTimeUnixNano":"${nsOf(Date.now())}"${more}}]}]}]}`;
const jsonValue = (ids: Ids, given: string) => jsonSpan(ids, `,"attributes":[{"key":"http.route","value":${given}}]`);
const deep = (levels: number): NonNullable<TestSpan['attributes']>[number]['value'] =>
  levels === 0 ? { stringValue: 'x' } : { arrayValue: { values: [deep(levels - 1)] } };
const many = (count: number) => Array.from({ length: count }, (_, n) => value(`k${n}`, { boolValue: true }));
const DAY_NS = 86_400_000_000_000n;
const BASE64 = (hex: string) => Buffer.from(hex, 'hex').toString('base64');

// biome-ignore format: a table, one case a line
const DATA: readonly DataCase[] = [
  ['a span', (ids) => spanOf(ids), ONE],
  ['a span and its copy', (ids) => requestOf(aSpan(ids), aSpan(ids)), ONE],
  ['no resources', () => ({ resourceSpans: [] }), NONE],
  ['a resource without scopes', () => ({ resourceSpans: [{ resource: { attributes: [] }, scopeSpans: [] }] }), NONE],
  ['a scope without spans', () => requestOf(), NONE],
  ['no bytes at all', () => ({ protobuf: Buffer.alloc(0) }), NONE],
  ['no bytes at all, which are no JSON', () => ({ json: '' }), INVALID_ARGUMENT],
  ['an empty object', () => ({ json: '{}' }), NONE],
  ['lists that are null', () => ({ json: '{"resourceSpans":null}' }), NONE],
  ['neither resource nor scope', (ids) => ({ protobuf: wireSpan(ids), json: jsonSpan(ids) }), ONE],
  ['an unknown field of the request', (ids) => ({ protobuf: Buffer.concat([wireSpan(ids), int(15, 7)]), json: jsonSpan(ids).replace('{', '{"later":{"x":[1]},')}), ONE],
  ['unknown fields of a span, of every wire type', (ids) => ({ protobuf: wireSpan(ids, int(99, 1), text(98, 'x'), fixed64(97, 1n), Buffer.concat([varint(96 * 8 + 5), Buffer.alloc(4)])), json: jsonSpan(ids, ',"later":[{"a":{}}]')}), ONE],
  ['an unknown group', (ids) => ({ protobuf: wireSpan(ids, Buffer.concat([varint(90 * 8 + 3), int(1, 5), varint(90 * 8 + 4)])) }), ONE],
  ['an unknown field inside a value', (ids) => ({ protobuf: wireSpan(ids, len(9, text(1, 'http.route'), len(2, text(42, 'x')))), json: jsonValue(ids, '{"laterValue":"x"}')}), ONE],
  ['an unknown kind and status', (ids) => spanOf(ids, { kind: 99, status: { code: 77, message: '' } }), ONE],
  ['a negative kind', (ids) => ({ protobuf: wireSpan(ids, Buffer.concat([varint(6 * 8), Buffer.from('ffffffffffffffffff01', 'hex')])), json: jsonSpan(ids, ',"kind":-1')}), ONE],
  ['a string', (ids) => withValue(ids, { stringValue: 'äöü 🙂 \u0000' }), ONE],
  ['a bool', (ids) => withValue(ids, { boolValue: false }), ONE],
  ['the smallest integer', (ids) => withValue(ids, { intValue: -(2n ** 63n) }), ONE],
  ['the largest integer', (ids) => withValue(ids, { intValue: 2n ** 63n - 1n }), ONE],
  ['a double', (ids) => withValue(ids, { doubleValue: 1e308 }), ONE],
  ['not a number', (ids) => withValue(ids, { doubleValue: Number.NaN }), ONE],
  ['infinity', (ids) => withValue(ids, { doubleValue: Number.NEGATIVE_INFINITY }), ONE],
  ['bytes', (ids) => withValue(ids, { bytesValue: Uint8Array.of(0, 255, 128) }), ONE],
  ['an empty value', (ids) => withValue(ids, {}), ONE],
  ['a value that is absent', (ids) => ({ protobuf: wireSpan(ids, len(9, text(1, 'k'))), json: jsonSpan(ids, ',"attributes":[{"key":"k"}]') }), ONE],
  ['an array of different things', (ids) => withValue(ids, { arrayValue: { values: [{}, { intValue: 1n }, { stringValue: 'x' }, { kvlistValue: { values: [] } }] }}), ONE],
  ['a list of keys and values', (ids) => withValue(ids, { kvlistValue: { values: [value('a', { kvlistValue: { values: [value('b', {})] } })] } }), ONE],
  ['thirty levels of arrays', (ids) => withValue(ids, deep(30)), ONE],
  ['an empty key', (ids) => withValue(ids, { stringValue: 'x' }, ''), ONE],
  ['a key twice', (ids) => spanOf(ids, { attributes: [value('http.route', { stringValue: '/a' }), value('http.route', { stringValue: '/b' })]}), ONE],
  ['the keys of JavaScript’s own objects', (ids) => spanOf(ids, { attributes: ['__proto__', 'constructor', 'toString'].map((key) => value(key, { stringValue: 'x' }))}), ONE],
  ['a string beside an integer in one value', (ids) => ({ protobuf: wireSpan(ids, len(9, text(1, 'k'), len(2, text(1, 'x'), int(3, 5)))), json: jsonValue(ids, '{"stringValue":"x","intValue":"5"}')}), ONE],
  ['bytes in a string that are no UTF-8', (ids) => ({ protobuf: wireSpan(ids, len(5, Buffer.from([0xff, 0xfe, 0x41]))) }), ONE],
  ['a thousand attributes', (ids) => spanOf(ids, { attributes: many(1000) }), ONE],
  ['a name of a hundred thousand characters', (ids) => spanOf(ids, { name: 'n'.repeat(100_000) }), ONE],
  ['no name', (ids) => spanOf(ids, { name: '' }), ONE],
  ['events at odd times, and links to nowhere', (ids) => spanOf(ids, { events: [{ timeUnixNano: 0n, name: '', attributes: [] }], links: [{ traceId: '', spanId: 'ff', attributes: [] }]}), ONE],
  ['flags, trace state and counts of dropped things', (ids) => ({ protobuf: wireSpan(ids, text(3, 'a=b'), int(10, 3), int(12, 4), int(14, 5), Buffer.concat([varint(16 * 8 + 5), Buffer.from([1, 1, 0, 0])])), json: jsonSpan(ids, ',"traceState":"a=b","flags":257,"droppedAttributesCount":3')}), ONE],
  ['a parent', (ids) => spanOf(ids, { parentSpanId: hexId(8) }), ONE],
  ['a parent of zeros, which is none', (ids) => spanOf(ids, { parentSpanId: '0'.repeat(16) }), ONE],
  ['an end before the start', (ids) => spanOf(ids, { endTimeUnixNano: nsOf(Date.now() - 60_000) }), ONE],
  ['ids in capitals', (ids) => ({ json: jsonSpan({ traceId: ids.traceId.toUpperCase(), spanId: ids.spanId.toUpperCase() }) }), ONE],
  ['ids in base64, which OTLP has not', (ids) => ({ json: jsonSpan({ traceId: BASE64(ids.traceId), spanId: BASE64(ids.spanId) }) }), rejected('bad_trace_id 1')],
  ['a time as a number', (ids) => ({ json: jsonSpan(ids).replaceAll(/"(\d{19})"/g, '$1') }), ONE],
  ['an integer as a number', (ids) => ({ json: jsonValue(ids, '{"intValue":500}') }), ONE],
  ['an integer as a string', (ids) => ({ json: jsonValue(ids, '{"intValue":"500"}') }), ONE],
  ['a double as a string', (ids) => ({ json: jsonValue(ids, '{"doubleValue":"NaN"}') }), ONE],
  ['a double that is null, as JavaScript sends NaN', (ids) => ({ json: jsonValue(ids, '{"doubleValue":null}') }), ONE],
  ['a value of the wrong type', (ids) => ({ json: jsonValue(ids, '{"boolValue":"perhaps","intValue":{}}') }), ONE],
  ['bytes that are no base64', (ids) => ({ json: jsonValue(ids, '{"bytesValue":"%%%"}') }), ONE],
  ['enums by their names', (ids) => ({ json: jsonSpan(ids, ',"kind":"SPAN_KIND_SERVER","status":{"code":"STATUS_CODE_ERROR"}') }), ONE],
  ['an enum by a name nobody knows', (ids) => ({ json: jsonSpan(ids, ',"kind":"SPAN_KIND_DREAMER"') }), ONE],
  ['the names of the proto file', (ids) => ({ json: jsonSpan(ids) .replaceAll(/(resource|scope)Spans/g, '$1_spans') .replace('traceId', 'trace_id') .replace('spanId', 'span_id') .replaceAll('TimeUnixNano', '_time_unix_nano')}), ONE],
  ['a key of JSON twice', (ids) => ({ json: jsonSpan(ids, ',"name":"a","name":"b"') }), ONE],
  ['half a character', (ids) => ({ json: jsonSpan(ids, ',"name":"\\ud800"') }), ONE],
  ['spaces around', (ids) => ({ json: ` \n\t${jsonSpan(ids)}\r\n ` }), ONE],
  ['a trace id of 15 bytes', (ids) => spanOf({ ...ids, traceId: hexId(15) }), rejected('bad_trace_id 1')],
  ['a trace id of zeros', (ids) => spanOf({ ...ids, traceId: '0'.repeat(32) }), rejected('bad_trace_id 1')],
  ['no trace id', (ids) => spanOf({ ...ids, traceId: '' }), rejected('bad_trace_id 1')],
  ['a trace id of a megabit', (ids) => spanOf({ ...ids, traceId: 'ab'.repeat(16_384) }), rejected('bad_trace_id 1')],
  ['a span id of zeros', (ids) => spanOf({ ...ids, spanId: '0'.repeat(16) }), rejected('bad_span_id 1')],
  ['a parent id of 3 bytes', (ids) => spanOf(ids, { parentSpanId: 'abcdef' }), rejected('bad_parent_id 1')],
  ['no start', (ids) => spanOf(ids, { startTimeUnixNano: 0n }), rejected('bad_time 1')],
  ['a start in two days', (ids) => spanOf(ids, { startTimeUnixNano: nsOf(Date.now()) + 2n * DAY_NS }), rejected('bad_time 1')],
  ['more attributes than a span may have', (ids) => spanOf(ids, { attributes: many(16_500) }), rejected('too_large 1')],
  ['three bad spans around a good one', (ids) => requestOf(aSpan({ ...ids, spanId: '' }), aSpan({ traceId: '' }), aSpan(ids), aSpan({ startTimeUnixNano: 1n })), rejected('bad_span_id 1, bad_trace_id 1, bad_time 1', 1)],
  ['a field that is cut off', (ids) => ({ protobuf: wireSpan(ids).subarray(0, -3), json: jsonSpan(ids).slice(0, -3) }), INVALID_ARGUMENT],
  ['a length that runs past its message', (ids) => ({ protobuf: Buffer.concat([wireSpan(ids), Buffer.from([0x0a, 0x7f, 1])]) }), INVALID_ARGUMENT],
  ['a number of eleven bytes', (ids) => ({ protobuf: Buffer.concat([wireSpan(ids), Buffer.from([0x78]), Buffer.alloc(11, 0xff)]) }), INVALID_ARGUMENT],
  ['a field of number 0', () => ({ protobuf: Buffer.from([0x02, 0x00]) }), INVALID_ARGUMENT],
  ['a wire type that does not exist', () => ({ protobuf: Buffer.from([0x0f, 0x01]) }), INVALID_ARGUMENT],
  ['a group that nothing closes', () => ({ protobuf: varint(90 * 8 + 3) }), INVALID_ARGUMENT],
  ['groups nested without end', () => ({ protobuf: Buffer.concat(Array.from({ length: 1000 }, () => varint(90 * 8 + 3))) }), INVALID_ARGUMENT],
  ['garbage behind the message', (ids) => ({ protobuf: Buffer.concat([wireSpan(ids), Buffer.from([0xff, 0xff])]), json: `${jsonSpan(ids)}}` }), INVALID_ARGUMENT],
  ['a list where an object belongs', () => ({ json: '[]' }), INVALID_ARGUMENT],
  ['a word', () => ({ json: '"resourceSpans"' }), INVALID_ARGUMENT],
  ['an object where a list belongs', () => ({ json: '{"resourceSpans":{}}' }), INVALID_ARGUMENT],
  ['brackets without end', () => ({ json: '['.repeat(100_000) }), INVALID_ARGUMENT],
  ['text that is no UTF-8', () => ({ json: '\u0000{' }), INVALID_ARGUMENT],
];

const bodyOf = (way: Way, made: Made): Uint8Array | null => {
  if ('resourceSpans' in made) return formOf(way) === 'json' ? encodeJson(made) : encodeProtobuf(made);
  const { protobuf, json } = made;
  return formOf(way) === 'json' ? (json === undefined ? null : Buffer.from(json)) : (protobuf ?? null);
};
const someIds = (): Ids => ({ traceId: hexId(16), spanId: hexId(8) });
const carries = (way: Way, [, make]: DataCase) => bodyOf(way, make(someIds())) !== null;

describe.each(WAYS)('%s: a request with', (way) => {
  test.each(DATA.filter((each) => carries(way, each)))('%s', async (_name, make, want) => {
    const ids = someIds();
    const outcome = await sender.post(way, { body: bodyOf(way, make(ids)) ?? expect.fail() });
    if ('code' in want) {
      expect(outcome).toMatchObject({ code: want.code, http: way === 'grpc' ? 200 : 400, retryAfterMs: null });
      expect(outcome.message).toMatch(/^malformed body: /);
      return;
    }
    expect(outcome).toMatchObject({ code: 0, http: 200 });
    const reasons = 'rejected' in want ? want.rejected : null;
    expect(outcome.partial?.errorMessage ?? null).toBe(reasons);
    const counted = [...(reasons ?? '').matchAll(/ (\d+)/g)].reduce((sum, [, count]) => sum + Number(count), 0);
    expect(outcome.partial?.rejectedSpans ?? 0).toBe(counted);
    await expect.poll(async () => (await stored(ids.traceId)).length).toBe(want.stored);
    if (want.stored > 0) expect((await stored(ids.traceId))[0]).toMatchObject({ spanId: ids.spanId });
  });
});

// ---------------------------------------------------------------------------------------------------------------
// How a request may come

type WireCase = readonly [
  name: string,
  posting: (body: Uint8Array, way: Way) => Partial<Posting>,
  http: number,
  code: number,
];
const [HTTP, GRPC] = [['http/protobuf', 'http/json'] as const, ['grpc'] as const];
const without = (name: string) => ({ headers: { [name]: '' } });
const key = (given: string) => ({ headers: { authorization: given } });

/** Over HTTP and gRPC alike; the status is HTTP's, the code is `google.rpc.Code`'s. */
// biome-ignore format: a table, one case a line
const WIRE: readonly WireCase[] = [
  ['as it is', () => ({}), 200, 0],
  ['chunked', () => ({ chunked: true }), 200, 0],
  ['gzip', () => ({ encoding: 'gzip' }), 200, 0],
  ['gzip, chunked', () => ({ encoding: 'gzip', chunked: true }), 200, 0],
  ['zstd', () => ({ encoding: 'zstd' }), 200, 0],
  ['zstd, chunked', () => ({ encoding: 'zstd', chunked: true }), 200, 0],
  ['said to be identity', () => ({ saysEncoding: 'identity' }), 200, 0],
  ['gzip in two members', (body) => ({ body: Buffer.concat([gzipSync(body.subarray(0, 9)), gzipSync(body.subarray(9))]), saysEncoding: 'gzip'}), 200, 0],
  ['gzip that is none', () => ({ saysEncoding: 'gzip' }), 400, 3],
  ['zstd that is none', () => ({ saysEncoding: 'zstd' }), 400, 3],
  ['gzip that ends early', (body) => ({ body: gzipSync(body).subarray(0, -6), saysEncoding: 'gzip' }), 400, 3],
  ['zstd that ends early', (body) => ({ body: zstdCompressSync(body).subarray(0, -6), saysEncoding: 'zstd' }), 400, 3],
  ['gzip without a byte', () => ({ body: Buffer.alloc(0), saysEncoding: 'gzip' }), 400, 3],
  ['a gzip bomb of one to a thousand', () => ({ body: BOMB.gzip, saysEncoding: 'gzip' }), 413, 8],
  ['a gzip bomb, chunked', () => ({ body: BOMB.gzip, saysEncoding: 'gzip', chunked: true }), 413, 8],
  ['a zstd bomb of one to ten thousand', () => ({ body: BOMB.zstd, saysEncoding: 'zstd' }), 413, 8],
  ['a bomb inside a bomb', () => ({ body: gzipSync(BOMB.gzip), saysEncoding: 'gzip' }), 400, 3],
  ['one byte more than the limit', () => ({ body: Buffer.alloc(LIMIT + 1, 0x20) }), 413, 8],
  ['one byte more than the limit, chunked', () => ({ body: Buffer.alloc(LIMIT + 1, 0x20), chunked: true }), 413, 8],
  ['one byte more than the limit, inflated', () => ({ body: gzipSync(Buffer.alloc(LIMIT + 1, 0x20)), saysEncoding: 'gzip' }), 413, 8],
  ['no key', () => key(''), 401, 16],
  ['a key nobody made', () => key('Bearer vst_0000000000000000_nothing'), 401, 16],
  ['a key that is no key of ours', () => key('Bearer eyJhbGciOiJIUzI1NiJ9.e30.x'), 401, 16],
  ['a name and a password', () => key('Basic YWRhOmFkYQ=='), 401, 16],
  ['a wrong key with a body that is too large', () => ({ body: Buffer.alloc(LIMIT * 4), ...key('Bearer vst_0_0') }), 401, 16],
  ['the key as x-vestige-key', () => ({ headers: { authorization: '', 'x-vestige-key': collector.key } }), 200, 0],
  ['the bearer in capitals', () => key(`BEARER   ${collector.key}`), 200, 0],
  ['two keys, of which the bearer counts', () => ({ headers: { authorization: `Bearer ${collector.key}`, 'x-vestige-key': 'vst_0_0' } }), 200, 0],
];
/** Where HTTP has more to say. */
// biome-ignore format: a table, one case a line
const OVER_HTTP: readonly WireCase[] = [
  ['said to be x-gzip', (body) => ({ body: gzipSync(body), saysEncoding: 'x-gzip' }), 200, 0],
  ['said to be GZIP', (body) => ({ body: gzipSync(body), saysEncoding: 'GZIP' }), 200, 0],
  ['said to be br', () => ({ saysEncoding: 'br' }), 415, 3],
  ['said to be deflate', () => ({ saysEncoding: 'deflate' }), 415, 3],
  ['gzip twice', (body) => ({ body: gzipSync(gzipSync(body)), saysEncoding: 'gzip, gzip' }), 415, 3],
  ['a type with parameters and capitals', (_body, way) => ({ headers: { 'content-type': `${MEDIA[formOf(way)].toUpperCase()}; charset=utf-8` } }), 200, 0],
  ['a type of text', () => ({ headers: { 'content-type': 'text/plain' } }), 415, 3],
  ['a type of forms', () => ({ headers: { 'content-type': 'application/x-www-form-urlencoded' } }), 415, 3],
  ['a type of gRPC', () => ({ headers: { 'content-type': 'application/grpc' } }), 415, 3],
  ['no type', () => without('content-type'), 415, 3],
];
// biome-ignore format: a table, one case a line
const OVER_GRPC: readonly WireCase[] = [
  ['said to be snappy', () => ({ saysEncoding: 'snappy' }), 200, 12],
  ['a type of gRPC with protobuf', () => ({ headers: { 'content-type': 'application/grpc+proto' } }), 200, 0],
  ['a deadline of an hour', () => ({ headers: { 'grpc-timeout': '1H' } }), 200, 0],
  ['a deadline that is none', () => ({ headers: { 'grpc-timeout': 'soon' } }), 200, 3],
];

const came = async (way: Way, [, posting, http, code]: WireCase) => {
  const span = aSpan();
  const body = formOf(way) === 'json' ? encodeJson(requestOf(span)) : encodeProtobuf(requestOf(span));
  const outcome = await sender.post(way, { body, ...posting(body, way) });
  expect(outcome).toMatchObject({ code, http: way === 'grpc' ? 200 : http, retryAfterMs: null });
  if (code === 0) await expect.poll(async () => (await stored(span.traceId)).length).toBe(1);
  else expect(outcome.message).toMatch(/^[a-z][a-zA-Z0-9 ,:_-]+$/);
};
describe.each(WAYS)('%s: a request that comes', (way) => {
  test.each(WIRE)('%s', (...given) => came(way, given));
});
describe.each(HTTP)('%s: a request that comes', (way) => {
  test.each(OVER_HTTP)('%s', (...given) => came(way, given));
});
describe.each(GRPC)('%s: a request that comes', (way) => {
  test.each(OVER_GRPC)('%s', (...given) => came(way, given));
});

// ---------------------------------------------------------------------------------------------------------------
// Where a request may go, and what a connection may do

const export_ = (url: string, headers: Record<string, string> = {}, options = {}) =>
  send(
    url,
    encodeJson(requestOf(aSpan())),
    { authorization: `Bearer ${collector.key}`, 'content-type': MEDIA.json, ...headers },
    options,
  );

describe('HTTP', () => {
  test.each(['GET', 'PUT', 'DELETE', 'PATCH', 'OPTIONS'])('%s is 405, and says what is taken', async (method) => {
    const answer = await export_(`${collector.url}/v1/traces`, {}, { method });
    expect([answer.status, answer.headers.allow]).toEqual([405, 'POST']);
    expect(JSON.parse(answer.body.toString())).toMatchObject({ code: 12 });
  });

  test.each(['/v1/metrics', '/v1/logs', '/v1/traces/', '/v1/traces/x', '/V1/TRACES', '/', '/v1development/profiles'])(
    'a request to %s is 404',
    async (path) => {
      const answer = await export_(collector.url + path);
      expect(answer.status).toBe(404);
      expect(JSON.parse(answer.body.toString())).toMatchObject({ code: 5 });
    },
  );

  test('what would be taken is said to whoever sends something else', async () => {
    const answer = await export_(`${collector.url}/v1/traces`, { 'content-encoding': 'br' });
    expect([answer.status, answer.headers['accept-encoding']]).toEqual([415, 'gzip, zstd, identity']);
    const stranger = await export_(`${collector.url}/v1/traces`, { authorization: '' });
    expect([stranger.status, stranger.headers['www-authenticate']]).toEqual([401, 'Bearer realm="vestige"']);
  });

  test('a query behind the path changes nothing', async () => {
    expect((await export_(`${collector.url}/v1/traces?timeout=10`)).status).toBe(200);
  });

  test('a connection is kept for the next request, also after a refusal', async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const ask = (headers: Record<string, string>) =>
      new Promise<number>((resolve, reject) => {
        const outgoing = request(`${collector.url}/v1/traces`, { method: 'POST', agent, headers }, (incoming) => {
          const port = incoming.socket.localPort ?? 0;
          incoming.resume();
          incoming.on('end', () => resolve(port));
        });
        outgoing.on('error', reject);
        outgoing.end('{}');
      });
    const headers = { authorization: `Bearer ${collector.key}`, 'content-type': MEDIA.json };
    const ports = [await ask(headers), await ask({ ...headers, authorization: '' }), await ask(headers)];
    expect(new Set(ports).size).toBe(1);
    agent.destroy();
  });

  test('requests behind one another on a connection are answered in their order', async () => {
    const one = (key: string) =>
      `POST /v1/traces HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${key}\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}`;
    const answer = await overSocket(`${one(collector.key)}${one('vst_0_0')}${one(collector.key)}`, 3);
    expect([...answer.matchAll(/HTTP\/1\.1 (\d+)/g)].map(([, status]) => status)).toEqual(['200', '401', '200']);
  });

  test('a client that asks whether it may send is told to go on', async () => {
    const head = `POST /v1/traces HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${collector.key}\r\ncontent-type: application/json\r\ncontent-length: 2\r\nexpect: 100-continue\r\n\r\n`;
    const answer = await overSocket(head, 2, '{}');
    expect([...answer.matchAll(/HTTP\/1\.1 (\d+)/g)].map(([, status]) => status)).toEqual(['100', '200']);
  });

  test.each([
    ['no HTTP', 'hello\r\n\r\n'],
    ['HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
    ['a length that is none', 'POST /v1/traces HTTP/1.1\r\nhost: x\r\ncontent-length: x\r\n\r\n'],
    ['two lengths', 'POST /v1/traces HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n'],
    [
      'length and chunks',
      'POST /v1/traces HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\ntransfer-encoding: chunked\r\n\r\n',
    ],
    ['headers without end', `GET / HTTP/1.1\r\nx: ${'x'.repeat(100_000)}\r\n\r\n`],
  ])('a connection that speaks %s is refused and closed', async (_what, said) => {
    expect(await overSocket(said, 1)).toMatch(/^(HTTP\/1\.1 4\d\d |$)/);
    expect((await export_(`${collector.url}/v1/traces`)).status).toBe(200);
  });
});

describe('gRPC', () => {
  test.each([
    ['no message', []],
    ['two messages', [framed(Buffer.alloc(0)), framed(Buffer.alloc(0))]],
  ])('a call with %s is UNIMPLEMENTED', async (_what, pieces) => {
    const raw = new RawGrpc(collector.grpcUrl ?? '');
    expect(await raw.call(pieces, { authorization: `Bearer ${collector.key}` })).toMatchObject({ code: 12 });
    raw.close();
  });

  test.each([
    ['a prefix that is cut off', Buffer.from([0, 0, 0])],
    ['a message that is cut off', framed(Buffer.alloc(5), { length: 6 })],
    ['a flag that does not exist', Buffer.from([2, 0, 0, 0, 0])],
    ['a compression that is not said', framed(gzipSync(Buffer.alloc(0)), { compressed: true })],
  ])('a call with %s is INVALID_ARGUMENT', async (_what, bytes) => {
    const raw = new RawGrpc(collector.grpcUrl ?? '');
    expect(await raw.call([bytes], { authorization: `Bearer ${collector.key}` })).toMatchObject({ code: 3 });
    raw.close();
  });

  test('a length of four gigabytes is refused before any of them comes', async () => {
    const raw = new RawGrpc(collector.grpcUrl ?? '');
    const called = await raw.call(
      [framed(Buffer.alloc(0), { length: 0xffff_ffff })],
      { authorization: `Bearer ${collector.key}` },
      { end: false },
    );
    expect(called).toMatchObject({ code: 8, retryAfterMs: null });
    raw.close();
  });

  test('what would be taken is said with every answer', async () => {
    const raw = new RawGrpc(collector.grpcUrl ?? '');
    const called = await raw.call([framed(Buffer.alloc(0))]);
    expect(called.headers['grpc-accept-encoding']).toBe('identity,gzip,zstd');
    raw.close();
  });

  test('a connection that speaks HTTP/1.1 is closed, and the others go on', async () => {
    const address = new URL(collector.grpcUrl ?? '');
    await overSocket('GET / HTTP/1.1\r\nhost: x\r\n\r\n', 1, '', Number(address.port));
    expect((await sender.post('grpc', { body: Buffer.alloc(0) })).code).toBe(0);
  });
});

/** What comes back for these bytes, until `answers` heads have come or the connection is closed. */
function overSocket(
  said: string,
  answers: number,
  after = '',
  port = Number(new URL(collector.url).port),
): Promise<string> {
  return new Promise((resolve) => {
    let heard = '';
    const socket = connect(port, '127.0.0.1', () => socket.write(said));
    socket.on('data', (chunk) => {
      heard += chunk.toString();
      if (after !== '' && heard.includes('100 Continue') && heard.split('HTTP/1.1').length === 2) socket.write(after);
      if (heard.split('HTTP/1.1').length > answers) socket.end();
    });
    socket.on('error', () => resolve(heard));
    socket.on('close', () => resolve(heard));
  });
}
