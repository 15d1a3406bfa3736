import type { Attrs, DecodedSpan, ReadSpan, ScrubCounts } from '@vestige/core/model/span';
import type { ReadContext } from '@vestige/core/recognise/read-context';
import { readSpan } from '@vestige/core/recognise/read-span';
import { keepRejected, unresolved } from '../ingest/rejected-spans.ts';
import { checkSpan, FUTURE_MAX_NS, START_MIN_NS } from '../otlp/check-span.ts';
import { REFUSED_KEPT_MAX, TracesBuilder } from '../otlp/decoded-traces.ts';
import { emptyAttrs } from '../otlp/empty-attrs.ts';
import { readJsonAttributes } from '../otlp/json-value.ts';
import { DECODE_LIMITS, type DecodeLimits } from '../otlp/limits.ts';
import { tooLarge } from '../otlp/malformed.ts';
import { readJsonSpan } from '../otlp/read-json.ts';
import { readResourceMessages, readSpanDraft } from '../otlp/read-protobuf.ts';
import type { RejectReason } from '../otlp/reject-reason.ts';
import type { Range, ScopeLayout } from '../otlp/request-layout.ts';
import type { SpanDraft } from '../otlp/span-draft.ts';
import { WireReader } from '../otlp/wire-reader.ts';
import { JsonTranscoder } from './json-transcoder.ts';
import { attributesAgain, type KnownResource, type KnownResources, knownResource } from './known-resources.ts';
import type { KnownSpans } from './known-spans.ts';
import type { RequestColumns } from './request-columns.ts';
import { Lesson } from './span-lesson.ts';
import type { Step } from './span-paths.ts';
import { type SpanPlan, spanPlan } from './span-plan.ts';
import { walkSpan } from './span-walk.ts';
import type { WalkedSpan } from './walked-span.ts';
import { msOfWords } from './wire-instant.ts';

export interface ReadingOptions {
  readonly context: ReadContext;
  /** Where its rows go: its own, or shared with requests that came at the same time. */
  readonly columns: RequestColumns;
  readonly receivedAtMs: number;
  readonly known: KnownSpans;
  readonly resources: KnownResources;
  readonly walk: WalkedSpan;
  readonly onReaderFault: (error: unknown) => void;
  readonly limits?: DecodeLimits;
}

/** A process of the request. */
export interface Process {
  readonly known: KnownResource;
  /** What it said of itself, in full: only for spans that are read in full. */
  attributes(): Attrs;
  /** End of its newest span, ms. */
  newestMs: number;
}

/**
 * Reads the spans of one request into columns: along the paths of known spans where that is possible, through the
 * reference decoder and the recognisers where it is not, with the same result.
 */
export class RequestReading {
  readonly columns: RequestColumns;
  readonly rejected: Record<string, number> = {};
  readonly processes: Process[] = [];
  /** Spans taken. */
  spans = 0;
  readonly #options: ReadingOptions;
  readonly #body: Buffer;
  readonly #view: DataView;
  readonly #reader: WireReader;
  readonly #cost: TracesBuilder;
  readonly #nowNs: bigint;
  #transcoder: JsonTranscoder | null = null;
  readonly #earliestHigh: number;
  readonly #earliestLow: number;
  readonly #latestHigh: number;
  readonly #latestLow: number;
  readonly #scrubbed = new Map<string, number>();
  /** Rejected spans of this request whose remains are kept. */
  #keptRejected = 0;
  /** Plans that this request used. */
  readonly #plans: SpanPlan[] = [];

  constructor(body: Uint8Array, options: ReadingOptions) {
    this.#options = options;
    this.#body = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
    this.#view = new DataView(body.buffer, body.byteOffset, body.byteLength);
    this.#reader = new WireReader(body);
    this.#cost = new TracesBuilder(options.limits ?? DECODE_LIMITS, options.receivedAtMs);
    this.columns = options.columns;
    this.#nowNs = BigInt(Math.trunc(options.receivedAtMs)) * 1_000_000n;
    const latest = this.#nowNs + FUTURE_MAX_NS;
    this.#earliestHigh = Number(START_MIN_NS >> 32n);
    this.#earliestLow = Number(START_MIN_NS & 0xffff_ffffn);
    this.#latestHigh = Number(latest >> 32n);
    this.#latestLow = Number(latest & 0xffff_ffffn);
  }

  /** What scrubbing removed, by attribute key or kind of mask. */
  scrubbed(): Record<string, number> {
    this.release();
    return Object.fromEntries(this.#scrubbed);
  }

  /** Lets go of the plans, which outlive the request and must not keep the columns alive. Call when those are written. */
  release(): void {
    for (const plan of this.#plans) {
      if (plan.request !== this) continue;
      this.settle(plan);
      plan.request = null;
      plan.spanColumns = null;
      plan.touchColumns = null;
    }
    this.#plans.length = 0;
  }

  /** The process of a JSON request. */
  jsonProcess(list: readonly unknown[], isCounted: boolean): Process {
    const attributes = emptyAttrs();
    readJsonAttributes(list, attributes, this.#cost);
    return this.#addProcess(knownResource(attributes, 0), isCounted, () => attributes);
  }

  /** Takes over what a plan has counted for this request. */
  settle(plan: SpanPlan): void {
    for (const [key, count] of plan.scrubbed) this.#count(key, count * plan.spans);
    plan.spans = 0;
  }

  /** @param isCounted whether it has spans: what scrubbing takes from the resource of none is no loss */
  process(ranges: readonly Range[], isCounted: boolean): Process {
    const body = this.#body;
    const { resources } = this.#options;
    let known = resources.get(body, ranges);
    let attributes: Attrs | null = null;
    if (known === undefined) {
      const before = this.#cost.values;
      attributes = readResourceMessages(this.#reader, ranges, this.#cost);
      known = knownResource(attributes, this.#cost.values - before);
      resources.set(body, ranges, known);
    } else this.#spend(known.values);
    return this.#addProcess(known, isCounted, () => {
      attributes ??= attributesAgain(body, ranges, this.#cost);
      return attributes;
    });
  }

  #addProcess(known: KnownResource, isCounted: boolean, attributes: () => Attrs): Process {
    if (isCounted) this.#countAll(known.scrubbed);
    const process: Process = { known, attributes, newestMs: 0 };
    this.processes.push(process);
    return process;
  }

  root(process: Process, scopeName: string, scopeVersion: string): Step {
    return this.#options.known.rootOf(this.#options.context, process.known.read, scopeName, scopeVersion);
  }

  /** One span, from `start` to `stop` of the body. */
  span(root: Step, process: Process, scope: ScopeLayout, start: number, stop: number): void {
    const { walk } = this.#options;
    walk.forRequest(this.#body, this.#view, this.columns.tokens);
    if (this.#takeKnown(root, process, start, stop)) return;
    const origin = { resource: process.attributes(), scopeName: scope.name, scopeVersion: scope.version };
    const { draft, isWhole } = readSpanDraft(this.#reader, { start, stop }, origin, this.#cost);
    this.#takeDraft(draft, isWhole ? null : 'too_large', root, process, start, stop);
  }

  /** One span of a JSON request. */
  jsonSpan(root: Step, process: Process, scope: { name: string; version: string }, item: unknown): void {
    const { walk } = this.#options;
    this.#transcoder ??= new JsonTranscoder(this.#cost.limits.depthMax);
    const wire = this.#transcoder;
    this.#cost.countSpan();
    const isWire = wire.span(item);
    if (isWire) {
      walk.forRequest(wire.bytes, wire.view, this.columns.tokens);
      if (this.#takeKnown(root, process, 0, wire.length)) return;
    }
    const origin = { resource: process.attributes(), scopeName: scope.name, scopeVersion: scope.version };
    const { draft, refused } = readJsonSpan(item, origin, this.#cost);
    this.#takeDraft(draft, refused, isWire ? root : null, process, 0, wire.length);
  }

  #takeKnown(root: Step, process: Process, start: number, stop: number): boolean {
    const { walk } = this.#options;
    const step = walkSpan(walk, root, start, stop);
    const plan = step === null ? null : walk.parentIdAt < 0 ? step.root : step.child;
    return plan !== null && this.#takeWalked(plan, process);
  }

  /** @param root where the walk that may be taught begins; null when there are no bytes to walk over */
  #takeDraft(
    draft: SpanDraft,
    refused: RejectReason | null,
    root: Step | null,
    process: Process,
    start: number,
    stop: number,
  ): void {
    const decoded = refused ?? checkSpan(draft, this.#nowNs);
    if (typeof decoded === 'string') {
      this.#refuse(draft, decoded);
      return;
    }
    const result = this.#readDecoded(decoded, process);
    if (result !== null && root !== null) this.#teach(root, start, stop, decoded, result.span, result.scrubbed);
  }

  /** @returns false for a span that only the decoder can tell whether to keep */
  #takeWalked(plan: SpanPlan, process: Process): boolean {
    const { walk } = this.#options;
    const { view } = walk;
    const { limits } = this.#cost;
    if (walk.values > limits.valuesPerSpanMax) return false;
    if (isZero(view, walk.traceIdAt, 16) || isZero(view, walk.spanIdAt, 8)) return false;
    if (walk.parentIdAt >= 0 && isZero(view, walk.parentIdAt, 8)) return false;
    const startLow = view.getUint32(walk.startAt, true);
    const startHigh = view.getUint32(walk.startAt + 4, true);
    let endLow = view.getUint32(walk.endAt, true);
    let endHigh = view.getUint32(walk.endAt + 4, true);
    if (!this.#isUsable(startLow, startHigh) || this.#isLate(endLow, endHigh)) return false;
    for (let index = 0; index < walk.eventTimes.length; index++) {
      const at = walk.eventTimes.at(index);
      if (!this.#isUsable(view.getUint32(at, true), view.getUint32(at + 4, true))) return false;
    }
    if (endHigh < startHigh || (endHigh === startHigh && endLow < startLow)) {
      endLow = startLow;
      endHigh = startHigh;
    }
    this.#spend(walk.values);
    if (plan.request !== this) {
      // Requests take turns on one thread, and share the plans; some share columns too.
      plan.request?.settle(plan);
      if (plan.request?.columns !== this.columns) {
        plan.spanColumns = null;
        plan.touchColumns = null;
      }
      plan.request = this;
      this.#plans.push(plan);
    }
    plan.spans += 1;
    this.spans += 1;
    this.columns.takeWalked(walk, plan, process.known, startLow, startHigh, endLow, endHigh);
    const endMs = msOfWords(endLow, endHigh);
    if (endMs > process.newestMs) process.newestMs = endMs;
    return true;
  }

  #isUsable(low: number, high: number): boolean {
    if (high < this.#earliestHigh || (high === this.#earliestHigh && low < this.#earliestLow)) return false;
    return !this.#isLate(low, high);
  }

  #isLate(low: number, high: number): boolean {
    return high > this.#latestHigh || (high === this.#latestHigh && low > this.#latestLow);
  }

  #spend(values: number): void {
    this.#cost.values += values;
    if (this.#cost.values > this.#cost.limits.valuesMax) {
      throw tooLarge(`more than ${this.#cost.limits.valuesMax} attribute values`);
    }
  }

  #refuse(span: DecodedSpan, reason: RejectReason): void {
    const { context, receivedAtMs } = this.#options;
    this.#reject(reason, () => keepRejected(span, context, reason, receivedAtMs));
  }

  /** @returns null for a span that was rejected */
  #readDecoded(decoded: DecodedSpan, process: Process): { span: ReadSpan; scrubbed: ScrubCounts } | null {
    const { context, receivedAtMs, onReaderFault } = this.#options;
    try {
      const result = readSpan(decoded, context);
      this.#countAll(result.scrubbed);
      if ('span' in result) {
        this.columns.takeRead(result.span, process.known);
        this.spans += 1;
        process.newestMs = Math.max(process.newestMs, Number(result.span.endNs / 1_000_000n));
        return result;
      }
      this.#reject('not_understood', () => unresolved(result, 'not_understood', receivedAtMs));
    } catch (error) {
      onReaderFault(error);
      this.#reject('reader_fault', () => keepRejected(decoded, context, 'reader_fault', receivedAtMs));
    }
    return null;
  }

  /** Walks the span once more, making the steps that are missing, and leaves at the end how such a span is written. */
  #teach(root: Step, start: number, stop: number, decoded: DecodedSpan, read: ReadSpan, scrubbed: ScrubCounts): void {
    const { walk, known, context } = this.#options;
    const lesson = new Lesson(decoded, read, context, walk, known.remembered);
    const step = walkSpan(walk, root, start, stop, lesson);
    if (step === null) return;
    const plan = spanPlan(read, scrubbed, walk, lesson);
    if (plan === null) return;
    if (read.parentId === '') step.root ??= plan;
    else step.child ??= plan;
  }

  #reject(reason: string, keep: () => RequestColumns['rejected'][number]): void {
    this.rejected[reason] = (this.rejected[reason] ?? 0) + 1;
    if (this.#keptRejected >= REFUSED_KEPT_MAX) return;
    this.#keptRejected += 1;
    this.columns.rejected.push(keep());
  }

  #countAll(counts: Readonly<Record<string, number>>): void {
    for (const [key, count] of Object.entries(counts)) this.#count(key, count);
  }

  #count(key: string, count: number): void {
    this.#scrubbed.set(key, (this.#scrubbed.get(key) ?? 0) + count);
  }
}

/** @param count a multiple of four */
function isZero(view: DataView, start: number, count: number): boolean {
  for (let index = 0; index < count; index += 4) if (view.getInt32(start + index) !== 0) return false;
  return true;
}
