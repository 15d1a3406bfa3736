import { RULE_SET } from '@vestige/core/recognise/rule-set';
import type { BenchEngine } from '../ingest/engine.ts';
import { OTEL_TRACES_DDL } from '../ingest/otel-traces.ts';

/**
 * An installation made inside the engine from the numbers of its spans, so that ten million take minutes: the same for
 * the same options. Agents of a support desk, ten spans a trace, evenly over the days. Nobody in it is real.
 */
export interface InstallationOptions {
  readonly tenant: number;
  readonly spans: number;
  readonly days: number;
  /** Subject ids of the people who are asked about, as {@link castOf} orders them, and then of everybody else. */
  readonly people: readonly string[];
}

export const SPANS_PER_TRACE = 10;
/** About 500 touches each, whatever the size of the installation. */
const MIDDLE_PEOPLE = 12;
const MIDDLE_TRACES_EACH = 50;
/** Two traces each. */
const TAIL_PEOPLE = 12;
/** 160,000 of ten million touches are one person's. */
const HEAVY_PER_MILLE = 16;
export const CAST_SIZE = 1 + MIDDLE_PEOPLE + TAIL_PEOPLE;
/** Everybody else, by how many there are spans: the first is in a tenth of all traces, most are in one. */
const FIRST_OTHER = 1_000;
/** Beyond these nobody knows them: they are as if erased. */
const KNOWN_OTHERS_MAX = 30_000;

const othersIn = (traces: number) => Math.max(10, Math.floor(traces / 4));

/** How many people the alias table is to know, the cast among them. */
export function peopleIn(spans: number): number {
  return CAST_SIZE + Math.min(KNOWN_OTHERS_MAX, othersIn(Math.ceil(spans / SPANS_PER_TRACE)) + 1);
}

export interface Cast {
  readonly heavy: readonly string[];
  readonly middle: readonly string[];
  readonly tail: readonly string[];
}

export function castOf(subjectIds: readonly string[]): Cast {
  return {
    heavy: subjectIds.slice(0, 1),
    middle: subjectIds.slice(1, 1 + MIDDLE_PEOPLE),
    tail: subjectIds.slice(1 + MIDDLE_PEOPLE, CAST_SIZE),
  };
}

const DAY_MS = 86_400_000;
/** Fixed, so that the same options make the same data. */
const LAST_DAY_MS = Date.UTC(2026, 10, 20);

/** A part of the last day, in the busy middle of it, and an outside party that every trace tells of a person. */
export const EXPOSED_WINDOW = {
  from: new Date(LAST_DAY_MS + 12 * 3_600_000).toISOString(),
  to: new Date(LAST_DAY_MS + 12 * 3_600_000 + 600_000).toISOString(),
};
const from12 = (ms: number) => ({ ...EXPOSED_WINDOW, to: new Date(LAST_DAY_MS + 12 * 3_600_000 + ms).toISOString() });
export const EXPOSED_HOUR = from12(3_600_000);
export const EXPOSED_DAY = {
  from: new Date(LAST_DAY_MS - DAY_MS).toISOString(),
  to: new Date(LAST_DAY_MS).toISOString(),
};
export const LAST_WEEK = {
  from: new Date(LAST_DAY_MS - 6 * DAY_MS).toISOString(),
  to: new Date(LAST_DAY_MS + DAY_MS).toISOString(),
};
export const SUPPORT_AGENT = 'agent:desk/support-agent/support';
export const PAYMENTS = 'recipient:payments.example';

/** Fills our tables and, with the same spans, a table as the OpenTelemetry Collector's exporter makes it. */
export async function loadInstallation(
  engine: BenchEngine,
  options: InstallationOptions,
  say: (line: string) => void,
): Promise<void> {
  await engine.ask(OTEL_TRACES_DDL);
  await load(engine, options, INSERTS, say);
}

/** Fills our tables alone. */
export function loadOurTables(
  engine: BenchEngine,
  options: InstallationOptions,
  say: (line: string) => void,
): Promise<void> {
  return load(
    engine,
    options,
    INSERTS.filter((insert) => insert !== OTEL_TRACES),
    say,
  );
}

async function load(
  engine: BenchEngine,
  options: InstallationOptions,
  inserts: readonly Insert[],
  say: (line: string) => void,
): Promise<void> {
  const perDay = Math.ceil(options.spans / options.days / SPANS_PER_TRACE) * SPANS_PER_TRACE;
  await engine.ask(PEOPLE_DDL);
  for (let at = 0; at < options.people.length; at += PEOPLE_PER_INSERT) {
    const some = options.people.slice(at, at + PEOPLE_PER_INSERT);
    const rows = some.map((id, i) => `(${personAt(at + i)}, UUIDStringToNum('${id}'))`);
    await engine.ask(`INSERT INTO bench_people VALUES ${rows.join(', ')}`);
  }
  for (let day = 0; day * perDay < options.spans; day++) {
    const from = day * perDay;
    const made = spansMade(options, perDay, from, Math.min(perDay, options.spans - from));
    for (const insert of inserts) await engine.ask(`${insert(made)} ${INSERT_SETTINGS}`);
    say(`day ${day + 1} of ${options.days} loaded`);
  }
}

/** Who each person is, by number: looked up for every span that is made. */
const PEOPLE_DDL = `
CREATE OR REPLACE TABLE bench_people (person UInt64, subject FixedString(16)) ENGINE = Join(ANY, LEFT, person)`;
const PEOPLE_PER_INSERT = 2_000;
const personAt = (index: number) => (index < CAST_SIZE ? index : FIRST_OTHER + index - CAST_SIZE);

export const OUR_TABLES = ['spans', 'touches', 'record_touches', 'links_in'];

/** Blocks as large as a day, so that hardly anything is left to merge. */
const INSERT_SETTINGS =
  'SETTINGS async_insert = 0, insert_deduplicate = 0, max_insert_block_size = 1000000, min_insert_block_size_rows = 1000000, max_partitions_per_insert_block = 100, max_threads = 2';

/** By place in the trace; the tenth trace of ten is a mailer that follows up on the ninth, through a queue. */
const SERVICE = [
  'gateway',
  'support-agent',
  'support-agent',
  'support-agent',
  'crm-tools',
  'crm-tools',
  'support-agent',
  'billing',
  'billing',
  'billing',
];
const NAME = [
  'POST /tickets',
  'invoke_agent support',
  'chat gpt-5',
  'execute_tool lookup_customer',
  'SELECT crm',
  'INSERT crm',
  'qdrant.search',
  'send tickets',
  'POST',
  'S3.PutObject',
];
const KIND = ['server', 'internal', 'client', 'internal', 'client', 'client', 'client', 'producer', 'client', 'client'];
const PARENT = [-1, 0, 1, 1, 3, 3, 1, 1, 1, 1];
const PEER = [
  '',
  '',
  'model:openai/gpt-5@api.openai.com',
  '',
  'store:postgres://crm-db.internal:5432/crm.public.customers',
  'store:postgres://crm-db.internal:5432/crm.public.ticket_notes',
  'store:qdrant://vectors.internal:6333/ticket_answers',
  'queue:kafka://kafka.internal:9092/tickets',
  'recipient:payments.example',
  'store:s3://desk-attachments',
];
const ACTION = ['none', 'none', 'share', 'none', 'read', 'write', 'read', 'write', 'share', 'write'];
const RULE = [
  '',
  '',
  'gen_ai.chat',
  '',
  'db.sql.select',
  'db.sql.insert',
  'gen_ai.retrieval',
  'messaging.send',
  'http.client',
  'aws.s3',
];
const INSTANCES = 3;

const texts = (values: readonly string[]) => `[${values.map((value) => `'${value}'`).join(', ')}]`;
const inService = SERVICE.map((service, at) => SERVICE.slice(0, at).filter((other) => other === service).length);
const ofService = SERVICE.map((service) => SERVICE.filter((other) => other === service).length);

/** Spans as neutral columns that every table is filled from. */
function spansMade({ tenant, spans, days }: InstallationOptions, perDay: number, from: number, count: number): string {
  const traces = Math.ceil(spans / SPANS_PER_TRACE);
  const stride = Math.max(4, Math.floor(traces / (MIDDLE_PEOPLE * MIDDLE_TRACES_EACH)));
  const startMs = LAST_DAY_MS - (days - 1) * DAY_MS;
  const stepUs = Math.floor((DAY_MS * 1000) / (perDay / SPANS_PER_TRACE)) - 1;
  const tailEvery = MIDDLE_TRACES_EACH / 2;
  return `(
  SELECT
    toUInt32(${tenant}) AS tenant,
    number AS n, intDiv(n, ${SPANS_PER_TRACE}) AS i, n % ${SPANS_PER_TRACE} AS k,
    i % 10 = 9 AS follow_up, toUInt64(if(follow_up, i - 1, i)) AS origin,
    multiIf(
      intDiv(origin, ${stride}) < ${MIDDLE_PEOPLE * MIDDLE_TRACES_EACH} AND origin % ${stride} = 1,
        1 + intDiv(origin, ${stride}) % ${MIDDLE_PEOPLE},
      origin % ${stride} = 2 AND intDiv(origin, ${stride}) % ${tailEvery} = 0 AND intDiv(origin, ${stride * tailEvery}) < ${TAIL_PEOPLE * 2},
        ${1 + MIDDLE_PEOPLE} + intDiv(origin, ${stride * tailEvery}) % ${TAIL_PEOPLE},
      cityHash64(origin, 'heavy') % 1000 < ${HEAVY_PER_MILLE}, 0,
      ${FIRST_OTHER} + toUInt64(exp(cityHash64(origin, 'person') % 1000000 / 1000000 * log(${othersIn(traces)})))
    ) AS person,
    person >= ${FIRST_OTHER} AND cityHash64(origin, 'untagged') % 50 = 0 AS untagged,
    joinGet('bench_people', 'subject', toUInt64(person)) AS known,
    if(known = toFixedString('', 16), sipHash128('person', person), known) AS subject,
    sipHash128('trace', i) AS trace,
    sipHash128('trace', i - 1) AS linked_trace,
    toFixedString(substring(sipHash128('span', n), 1, 8), 8) AS span,
    arrayElement([${PARENT.join(', ')}], k + 1) AS parent_at,
    if(parent_at < 0, toFixedString('', 8),
      toFixedString(substring(sipHash128('span', n - k + parent_at), 1, 8), 8)) AS parent,
    fromUnixTimestamp64Nano(toInt64((${startMs * 1000} + intDiv(n, ${perDay}) * ${DAY_MS * 1000} + intDiv(n % ${perDay}, ${SPANS_PER_TRACE}) * ${stepUs} + k * 7000) * 1000)) AS at,
    toInt64(if(k = 0, 90, if(k = 1, 80, 5)) * 1000000) AS took,
    concat('desk/', if(follow_up, 'mailer', arrayElement(${texts(SERVICE)}, k + 1))) AS service_name,
    concat(service_name, '-', toString(i % ${INSTANCES})) AS instance_id,
    toInt64(if(follow_up,
      intDiv(i, ${10 * INSTANCES}) * ${SPANS_PER_TRACE} + k,
      intDiv(i, ${INSTANCES}) * arrayElement([${ofService.join(', ')}], k + 1) + arrayElement([${inService.join(', ')}], k + 1))) AS seq,
    if(follow_up AND k = 0, 'process tickets', arrayElement(${texts(NAME)}, k + 1)) AS span_name,
    if(follow_up AND k = 0, 'consumer', arrayElement(${texts(KIND)}, k + 1)) AS span_kind,
    if(follow_up AND k = 0, '${PEER[7]}', arrayElement(${texts(PEER)}, k + 1)) AS peer,
    if(follow_up AND k = 0, 'receive', arrayElement(${texts(ACTION)}, k + 1)) AS action,
    if(follow_up AND k = 0, 'messaging.process', arrayElement(${texts(RULE)}, k + 1)) AS rule,
    multiIf(k = 1, 'agent:desk/support-agent/support', k = 3, 'tool:desk/support-agent/lookup_customer', '') AS self,
    if(k IN (4, 5),
      concat(peer, '#', substring(base64URLEncode(sipHash128('record', k, if(k = 4, person, origin))), 1, 22)), '') AS ref,
    if(k = 1, concat('conversation:', lower(hex(sipHash128('conversation', person, intDiv(origin, ${stride * 120}))))), '') AS conversation,
    map(
      'server.address', if(k IN (4, 5), 'crm-db.internal', 'desk.example.com'), 'server.port', '443',
      'http.request.method', 'POST', 'http.response.status_code', '200', 'network.protocol.version', '1.1',
      'url.path', concat('/tickets/', toString(cityHash64(n, 'path') % 1000000)),
      'network.peer.address', concat('10.2.', toString(n % 251), '.', toString(i % 241)),
      'gen_ai.usage.input_tokens', toString(cityHash64(n, 'tokens') % 9000),
      'gen_ai.response.id', concat('chatcmpl-', hex(sipHash64('response', n))),
      'code.function.name', 'CustomerRepository.load', 'thread.id', toString(cityHash64(n) % 32),
      'db.query.text', if(k IN (4, 5), 'SELECT id, name, email, phone FROM customers WHERE id = $1 AND deleted_at IS NULL', '')
    ) AS attributes
  FROM numbers(${from}, ${count})
)`;
}

type Insert = (made: string) => string;

const SPANS: Insert = (made) => `
INSERT INTO spans (
  tenant, trace_id, ts, span_id, parent_id, duration_ns, name, kind, outcome, service, instance, scope, seq,
  self, owner, touch_peer, touch_action, touch_rule, rule_set, record_refs, record_count, derived_from, conversation,
  link_trace_id, link_span_id, attribution, role, categories, purpose, legal_basis, retention_until_ms,
  recipient_host, recipient_country, request_id, attrs, resource, event_ts, event_name, event_attrs)
SELECT
  tenant, trace, at, span, parent, took, span_name, span_kind, 'ok', concat('service:', service_name), instance_id, 'support-desk', seq,
  self, '', if(peer = '', [], [peer]), if(peer = '', [], [action]), if(peer = '', [], [rule]), ${RULE_SET},
  if(ref = '', [], [ref]), -1, [], conversation,
  if(follow_up AND k = 0, [linked_trace], []),
  if(follow_up AND k = 0, [toFixedString(substring(sipHash128('span', n - 3), 1, 8), 8)], []),
  if(untagged, 'none', if(k = 0, 'declared', 'ambient')), 'data_subject', if(k IN (4, 5), ['user.name', 'user.email'], []),
  'support', 'contract', 0,
  if(k = 8, 'api.payments.example', ''), '', '', attributes,
  concat('{"service.name":"', service_name, '","host.name":"', instance_id, '"}'), [], [], []
FROM ${made}`;

const TOUCHES: Insert = (made) => `
INSERT INTO touches (tenant, subject_id, ts, trace_id, span_id, via_link, touch_no, peer, action, attribution, role, categories, purpose, legal_basis, rule_set)
SELECT
  tenant, subject, at, trace, span, false, peer != '', peer, action, if(k = 0, 'declared', 'ambient'), 'data_subject',
  if(k IN (4, 5), ['user.name', 'user.email'], []), 'support', 'contract', ${RULE_SET}
FROM ${made}
WHERE NOT untagged`;

const RECORD_TOUCHES: Insert = (made) => `
INSERT INTO record_touches (tenant, ref, ts, trace_id, span_id, action)
SELECT tenant, if(ref = '', conversation, ref), at, trace, span, action
FROM ${made}
WHERE ref != '' OR conversation != ''`;

const LINKS_IN: Insert = (made) => `
INSERT INTO links_in (tenant, linked_trace_id, linked_span_id, ts, trace_id, span_id)
SELECT tenant, linked_trace, toFixedString(substring(sipHash128('span', n - 3), 1, 8), 8), at, trace, span
FROM ${made}
WHERE follow_up AND k = 0`;

const OTEL_TRACES: Insert = (made) => `
INSERT INTO otel_traces (
  Timestamp, TraceId, SpanId, ParentSpanId, TraceState, SpanName, SpanKind, ServiceName, ResourceAttributes, ScopeName,
  ScopeVersion, SpanAttributes, Duration, StatusCode, StatusMessage)
SELECT
  at, lower(hex(trace)), lower(hex(span)), if(parent_at < 0, '', lower(hex(parent))), '', span_name, initcap(span_kind),
  service_name, map('service.name', service_name, 'host.name', instance_id), 'support-desk', '3.2.0',
  if(untagged, attributes, mapConcat(attributes, map('user.id', toString(UUIDNumToString(subject))))), took, 'Unset', ''
FROM ${made}`;

const INSERTS: readonly Insert[] = [SPANS, TOUCHES, RECORD_TOUCHES, LINKS_IN, OTEL_TRACES];
