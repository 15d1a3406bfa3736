import { context, type Span, SpanKind, trace } from '@opentelemetry/api';
import { type Action, ATTR } from '@vestige/core/convention/attributes';
import { recordRef } from '@vestige/core/identity/token';
import type { Runtime } from './runtime.ts';
import { runtime } from './runtime.ts';
import { inSpan } from './span-scope.ts';
import { type Identifier, readSubjects, type Subjects } from './subject/subject.ts';

/** A record's key as the store knows it; a composite key as its parts in column order. */
export type RecordKey = string | number | bigint | readonly (string | number | bigint)[];

/** `{node id}#{22 characters}`: stands for one record without its key (ruling 25). */
export type RecordRef = string;

/** What one operation did, in the words of the application rather than of a driver. */
export interface Flow {
  /** Keys of the records it touched. They leave the process only as keyed hashes. */
  readonly records?: readonly RecordKey[];
  /** Rows or objects, where the keys are not known. 0 says: looked, and found nobody. */
  readonly count?: number;
  /** Whose data it was. States the whole truth: with it, nobody of the surrounding scope is meant (ruling 6). */
  readonly subjects?: Subjects | readonly Identifier[];
  readonly categories?: readonly string[];
  readonly purpose?: string;
  /** Refs of the records this was made from, as a read returned them. */
  readonly derivedFrom?: readonly RecordRef[];
  /** On writes: when the store will drop it by itself. A date means the end of that day, UTC (ruling 15). */
  readonly retentionUntil?: Date | string;
  /** Own export or erasure work (`vestige.request.id`). */
  readonly requestId?: string;
  /** ISO 3166-1 alpha-2, on shares. */
  readonly country?: string;
  /**
   * Sets the attributes on the active span instead of starting one; they then override what is recognised there. Only
   * for the form without `fn`.
   */
  readonly annotate?: boolean;
  /** `each`: on disk before the call returns, whatever the durability of the process. */
  readonly durability?: 'each';
}

export interface StoreFlow extends Flow {
  /** Node id, e.g. `store:postgres://db:5432/shop.public.users`, `memory:…`, `queue:…`. */
  readonly store: string;
}

export interface PeerFlow extends Flow {
  /** Node id of who receives it, e.g. `recipient:mail.example.com`, `service:…`, `model:…`. */
  readonly peer: string;
}

/** Inside an operation: says what only its result shows. */
export interface FlowNotes {
  /** Adds keys of records. @returns their refs */
  records(keys: readonly RecordKey[]): RecordRef[];
  count(records: number): void;
  /** Everybody named here is declared, beside those named before. */
  subjects(who: Subjects | readonly Identifier[]): void;
  readonly refs: readonly RecordRef[];
}

/** More refs than this on one operation are spread over several spans. */
const REFS_PER_SPAN_MAX = 256;

/**
 * Records that data was read from a store. Without `fn` it is a statement about something that has just happened and
 * returns the refs of the records; with `fn` the operation is measured, and a failed one says so.
 *
 * @returns refs to pass on as `derivedFrom`, or what `fn` returns
 */
export function recordRead(flow: StoreFlow): RecordRef[];
export function recordRead<T>(flow: StoreFlow, fn: (notes: FlowNotes) => T): T;
export function recordRead<T>(flow: StoreFlow, fn?: (notes: FlowNotes) => T): T | RecordRef[] {
  return recordFlow('read', flow.store, flow, fn);
}

/** The same for data written to a store. */
export function recordWrite(flow: StoreFlow): RecordRef[];
export function recordWrite<T>(flow: StoreFlow, fn: (notes: FlowNotes) => T): T;
export function recordWrite<T>(flow: StoreFlow, fn?: (notes: FlowNotes) => T): T | RecordRef[] {
  return recordFlow('write', flow.store, flow, fn);
}

/** The same for data deleted. With records, those; without, and with subjects, all of the person there (ruling 12). */
export function recordDelete(flow: StoreFlow): RecordRef[];
export function recordDelete<T>(flow: StoreFlow, fn: (notes: FlowNotes) => T): T;
export function recordDelete<T>(flow: StoreFlow, fn?: (notes: FlowNotes) => T): T | RecordRef[] {
  return recordFlow('delete', flow.store, flow, fn);
}

/** The same for data given to somebody else. A failed share stays: the data may have left (ruling 13). */
export function recordShare(flow: PeerFlow): RecordRef[];
export function recordShare<T>(flow: PeerFlow, fn: (notes: FlowNotes) => T): T;
export function recordShare<T>(flow: PeerFlow, fn?: (notes: FlowNotes) => T): T | RecordRef[] {
  return recordFlow('share', flow.peer, flow, fn);
}

/** The refs of records, for code that keeps them; [] while no SDK is running. */
export function refsOf(node: string, keys: readonly RecordKey[]): RecordRef[] {
  const running = runtime();
  return running?.guard('making record refs', () => refs(running, node, keys), []) ?? [];
}

type FlowAction = Extract<Action, 'read' | 'write' | 'delete' | 'share'>;
type Attributes = Record<string, string | number | string[]>;

export function recordFlow<T>(
  action: FlowAction,
  peer: string,
  flow: Flow,
  fn: ((notes: FlowNotes) => T) | undefined,
): T | RecordRef[] {
  const running = runtime();
  if (running === null) return fn ? fn(new Notes(null, peer, {})) : [];
  const notes = new Notes(running, peer, flow);
  if (flow.annotate && !fn) {
    running.guard('annotating a span', () => annotate(running, action, peer, flow, notes), undefined);
    return notes.refs;
  }
  const scope = {
    name: `${action} ${peer}`,
    kind: SpanKind.CLIENT,
    attributes: running.guard(
      'describing a flow',
      // Known people go in at the start: then nobody is stamped from the context.
      () => ({ ...describe(running, action, peer, flow), ...declare(running, notes.people) }),
      {},
    ),
    urgent: flow.durability === 'each',
    beforeEnd: (span: Span) => finish(running, span, action, peer, flow, notes),
  };
  return inSpan(running, scope, () => (fn ? fn(notes) : notes.refs));
}

/** Collects what is said about one operation until its span ends. */
class Notes implements FlowNotes {
  readonly refs: RecordRef[] = [];
  recordCount: number | undefined;
  readonly people: Subjects[] = [];
  readonly #running: Runtime | null;
  readonly #peer: string;

  constructor(running: Runtime | null, peer: string, flow: Flow) {
    this.#running = running;
    this.#peer = peer;
    const take = (): void => {
      this.recordCount = flow.count;
      if (flow.records) this.records(flow.records);
      if (flow.subjects) this.subjects(flow.subjects);
    };
    running?.guard('reading a flow', take, undefined);
  }

  records(keys: readonly RecordKey[]): RecordRef[] {
    const running = this.#running;
    const made = running?.guard('making record refs', () => refs(running, this.#peer, keys), []) ?? [];
    for (const ref of made) this.refs.push(ref);
    return made;
  }

  count(records: number): void {
    this.recordCount = records;
  }

  subjects(who: Subjects | readonly Identifier[]): void {
    this.people.push(Array.isArray(who) ? { identifiers: who } : (who as Subjects));
  }
}

function annotate(running: Runtime, action: FlowAction, peer: string, flow: Flow, notes: Notes): void {
  const span = trace.getSpan(context.active());
  if (!span) return;
  span.setAttributes(describe(running, action, peer, flow));
  finish(running, span, action, peer, flow, notes);
}

const NODE = /^(?:agent|workflow|model|tool|mcp_server|store|memory|queue|service|job|recipient|client):.+/;

function describe(running: Runtime, action: FlowAction, peer: string, flow: Flow): Attributes {
  if (!NODE.test(peer)) {
    running.reporter.report('odd_flow', `a ${action} names a peer that is no node id`, { expected: 'kind:name' });
  }
  const { retentionUntil } = flow;
  return {
    [ATTR.flowAction]: action,
    [ATTR.flowPeer]: peer,
    ...(flow.categories ? { [ATTR.dataCategories]: [...flow.categories] } : {}),
    ...(flow.purpose === undefined ? {} : { [ATTR.purpose]: flow.purpose }),
    ...(flow.derivedFrom?.length ? { [ATTR.derivedFrom]: [...flow.derivedFrom] } : {}),
    ...(retentionUntil === undefined
      ? {}
      : { [ATTR.retentionUntil]: typeof retentionUntil === 'string' ? retentionUntil : retentionUntil.toISOString() }),
    ...(flow.requestId === undefined ? {} : { [ATTR.requestId]: flow.requestId }),
    ...(flow.country === undefined ? {} : { [ATTR.recipientCountry]: flow.country }),
  };
}

function finish(running: Runtime, span: Span, action: FlowAction, peer: string, flow: Flow, notes: Notes): void {
  const people = declare(running, notes.people);
  span.setAttributes({ ...staleOf(span, people), ...people });
  const count = notes.recordCount ?? (notes.refs.length > 0 ? notes.refs.length : undefined);
  if (count !== undefined) span.setAttribute(ATTR.recordCount, count);
  if (notes.refs.length > 0) span.setAttribute(ATTR.recordRefs, notes.refs.slice(0, REFS_PER_SPAN_MAX));
  for (let from = REFS_PER_SPAN_MAX; from < notes.refs.length; from += REFS_PER_SPAN_MAX) {
    const rest = notes.refs.slice(from, from + REFS_PER_SPAN_MAX);
    const attributes = { ...describe(running, action, peer, flow), ...people, [ATTR.recordRefs]: rest };
    running.tracer
      .startSpan(`${action} ${peer}`, { kind: SpanKind.CLIENT, attributes }, trace.setSpan(context.active(), span))
      .end();
  }
}

/** The people this operation declares, or nothing: then those of the scope, already stamped as `ambient`, stand. */
function declare(running: Runtime, named: readonly Subjects[]): Attributes {
  if (named.length === 0) return {};
  const { tokens, set, count, role } = readSubjects(running, {
    identifiers: named.flatMap((who) => who.identifiers ?? []),
    tokens: named.flatMap((who) => who.tokens ?? []),
    ...pick('set', named.find((who) => who.set !== undefined)?.set),
    ...pick('count', named.find((who) => who.count !== undefined)?.count),
    ...pick('role', named.find((who) => who.role !== undefined)?.role),
  });
  if (tokens.length === 0 && set === '') return {};
  return {
    [ATTR.subjectAttribution]: 'declared',
    ...(tokens.length > 0 ? { [ATTR.subjectTokens]: tokens } : {}),
    ...(set === '' ? {} : { [ATTR.subjectSet]: set }),
    ...(count > tokens.length ? { [ATTR.subjectCount]: count } : {}),
    ...(role === undefined ? {} : { [ATTR.subjectRole]: role }),
  };
}

/** Attributes cannot be removed: what the context had stamped about other people is overwritten with "none". */
function staleOf(span: Span, people: Attributes): Attributes {
  const tokens = people[ATTR.subjectTokens];
  if (people[ATTR.subjectAttribution] === undefined || !('attributes' in span)) return {};
  const before = span.attributes as Readonly<Record<string, unknown>>;
  return {
    ...(before[ATTR.subjectSet] === undefined ? {} : { [ATTR.subjectSet]: '' }),
    ...(before[ATTR.subjectCount] === undefined
      ? {}
      : { [ATTR.subjectCount]: Array.isArray(tokens) ? tokens.length : 0 }),
    ...(before[ATTR.subjectRole] === undefined ? {} : { [ATTR.subjectRole]: 'data_subject' }),
  };
}

function refs(running: Runtime, node: string, keys: readonly RecordKey[]): RecordRef[] {
  const { tenantKey } = running.settings;
  return keys.map((key) =>
    recordRef(tenantKey, node, typeof key === 'object' ? key.map(String).join('\0') : String(key)),
  );
}

function pick<K extends string, V>(key: K, value: V | undefined): { [name in K]?: V } {
  return value === undefined ? {} : ({ [key]: value } as { [name in K]: V });
}
