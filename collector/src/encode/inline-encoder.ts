import { setImmediate as nextTurn } from 'node:timers/promises';
import { at, listField, objectOf, stringOf } from '../otlp/json-field.ts';
import { parseJson } from '../otlp/read-json.ts';
import { requestLayout } from '../otlp/request-layout.ts';
import { KnownResources } from './known-resources.ts';
import { KnownSpans } from './known-spans.ts';
import { RequestColumns } from './request-columns.ts';
import type { EncodedRequest, RequestEncoder } from './request-encoder.ts';
import { RequestReading } from './request-reading.ts';
import { RowsPool } from './table-rows.ts';
import { WalkedSpan } from './walked-span.ts';

export interface InlineEncoderOptions {
  /** A recogniser tripped over a span: a fault of ours, for the log. */
  readonly onReaderFault: (error: unknown) => void;
}

/** How long spans are read between two turns of the event loop, so that `/livez` answers meanwhile. */
const TURN_MS = 8;
/** Spans between two looks at the clock, and at what is remembered. */
const LOOK_SPANS = 64;

/** Encodes on the thread of the caller. */
export function createInlineEncoder({ onReaderFault }: InlineEncoderOptions): RequestEncoder {
  const known = new KnownSpans();
  const resources = new KnownResources();
  const walk = new WalkedSpan();
  const pool = new RowsPool();

  return {
    async encode(tenant, context, requests) {
      const columns = new RequestColumns(tenant.id, pool);
      const readings: RequestReading[] = [];
      // One for all of them: small requests by the dozen hold the thread as long as one that is large.
      const turns = new Turns();
      try {
        for (const { body, form, receivedAtMs } of requests) {
          const options = { context, columns, receivedAtMs, known, resources, walk, onReaderFault };
          const reading = new RequestReading(body, options);
          readings.push(reading);
          if (form === 'protobuf') await readProtobuf(reading, body, known, turns);
          else await readJson(reading, body, known, turns);
        }
        const { spans, setSpans } = columns;
        return { spans, setSpans, payload: columns.payload(), requests: readings.map(encoded) };
      } finally {
        for (const reading of readings) reading.release();
        columns.release();
      }
    },
    async close() {},
  };
}

async function readProtobuf(reading: RequestReading, body: Uint8Array, known: KnownSpans, turns: Turns): Promise<void> {
  for (const { resource, scopes } of requestLayout(body).resources) {
    const process = reading.process(
      resource,
      scopes.some(({ spans }) => spans.length > 0),
    );
    for (const scope of scopes) {
      const { spans } = scope;
      // Asked for again and again: a request of a hundred thousand spans, no two alike, would be remembered whole.
      const rootNow = () => {
        known.makeRoom();
        return reading.root(process, scope.name, scope.version);
      };
      let root = rootNow();
      for (let index = 0; index < spans.length; index += 2) {
        if (turns.isOver()) await turns.next();
        if (index % (2 * LOOK_SPANS) === 0) root = rootNow();
        reading.span(root, process, scope, spans[index] as number, spans[index + 1] as number);
      }
    }
  }
}

/** The layout as `readJsonTraces` has it; the spans by way of protobuf. */
async function readJson(reading: RequestReading, body: Uint8Array, known: KnownSpans, turns: Turns): Promise<void> {
  const request = objectOf(parseJson(body));
  for (const item of listField(request, 'resourceSpans', 'resource_spans')) {
    const resourceSpans = objectOf(item);
    const scopes = listField(resourceSpans, 'scopeSpans', 'scope_spans').map(objectOf);
    const hasSpans = scopes.some((scope) => listField(scope, 'spans').length > 0);
    const resource = listField(objectOf(at(resourceSpans, 'resource')), 'attributes');
    const process = reading.jsonProcess(resource, hasSpans);
    for (const scopeSpans of scopes) {
      const scope = objectOf(at(scopeSpans, 'scope'));
      const named = { name: stringOf(at(scope, 'name')), version: stringOf(at(scope, 'version')) };
      const rootNow = () => {
        known.makeRoom();
        return reading.root(process, named.name, named.version);
      };
      let root = rootNow();
      for (const [index, span] of listField(scopeSpans, 'spans').entries()) {
        if (turns.isOver()) await turns.next();
        if (index % LOOK_SPANS === 0) root = rootNow();
        reading.jsonSpan(root, process, named, span);
      }
    }
  }
}

/** Says when the event loop is to be let on. */
class Turns {
  #spans = 0;
  #endMs = performance.now() + TURN_MS;

  isOver(): boolean {
    this.#spans += 1;
    return this.#spans % LOOK_SPANS === 0 && performance.now() > this.#endMs;
  }

  async next(): Promise<void> {
    await nextTurn();
    this.#endMs = performance.now() + TURN_MS;
  }
}

function encoded(reading: RequestReading): EncodedRequest {
  const newestMs = new Map<string, number>();
  for (const { known, newestMs: newest } of reading.processes) {
    const { name } = known.read;
    if (newest > 0) newestMs.set(name, Math.max(newestMs.get(name) ?? 0, newest));
  }
  return { spans: reading.spans, rejected: reading.rejected, scrubbed: reading.scrubbed(), newestMs };
}
