import { VALUE_CHARS_MAX } from '@vestige/core/scrub/attributes';
import { mask } from '@vestige/core/scrub/mask';
import { hashStart, isCleanText, reduceAddress, reduceCommand } from './byte-scan.ts';
import { NumberList } from './number-list.ts';
import { PassedValues } from './passed-values.ts';
import type { Lesson } from './span-lesson.ts';
import type { KeyStep, Step } from './span-paths.ts';
import {
  ATTRIBUTE,
  DROPPED_ATTRIBUTES,
  DROPPED_EVENTS,
  DROPPED_LINKS,
  END,
  EVENT,
  EVENT_ATTRIBUTE,
  EVENT_DROPPED,
  EVENT_NAME,
  EVENT_TIME,
  FLAGS,
  KIND,
  LINK,
  LINK_ATTRIBUTE,
  LINK_DROPPED,
  LINK_FLAGS,
  NAME,
  PARENT_ID,
  SPAN_ID,
  START,
  STATUS,
  TRACE_ID,
  TRACE_STATE,
} from './span-tags.ts';
import { TokenNumbers } from './token-numbers.ts';
import {
  ARRAY_VALUE,
  behindLength,
  countAt,
  DOUBLE_VALUE,
  INT_VALUE,
  isWhole,
  KVLIST_VALUE,
  lengthAt,
  nestedValues,
  STRING_VALUE,
} from './value-scan.ts';

const TRACE_BYTES = 16;
const SPAN_BYTES = 8;
/** As recognition takes them (core/src/recognise/subjects.ts). */
const TOKENS_MAX = 32;
const LINK_TOKENS_MAX = 1_024;
const CONVERSATION_BYTES_MAX = 200;
const SEQ_MAX = 999_999_999_999;
const COUNT_MAX = 1_000_000_000;
/** Twelve digits: no text of a number below is ever masked. */
const PLAIN_NUMBER_MAX = 999_999_999_999;

/** Where the walk is: which table of roles a key is looked up in. */
export type Place = 'span' | 'event' | 'link';

/**
 * Walks the bytes of one span along the paths of known spans. One object walks them all, one after the other; what it
 * passed over is in its fields until the next walk.
 *
 * It takes what encoders write and leaves everything else (ids of wrong length, repeated fields, unknown ones) to the
 * reference decoder by answering null: a walk never refuses a span and never throws.
 */
export class SpanWalk {
  bytes: Buffer = Buffer.alloc(0);
  /** Over `bytes`. */
  view: DataView = new DataView(new ArrayBuffer(0));
  /** Positions in `bytes`; -1 when the span has none. */
  traceIdAt = -1;
  spanIdAt = -1;
  parentIdAt = -1;
  startAt = -1;
  endAt = -1;
  seq = -1;
  /** Values, events and links, as the decoder counts them. */
  values = 0;
  events = 0;
  links = 0;
  /** Stored attributes of the span, and of its events. */
  readonly attrs = new PassedValues();
  readonly eventAttrs = new PassedValues();
  readonly conversations = new PassedValues();
  readonly counts = new PassedValues();
  /** Where the hashes begin. */
  readonly recordRefs = new NumberList();
  readonly derivedFrom = new NumberList();
  readonly eventTimes = new NumberList();
  readonly linkIds = new NumberList();
  readonly tokens = new NumberList();
  readonly linkTokens = new NumberList();
  #numbers = new TokenNumbers();
  #lesson: Lesson | null = null;
  readonly #reduced = new Uint8Array(2_048);
  readonly #reducedView = new DataView(this.#reduced.buffer);

  /** The walks from now on are over this body, and its tokens are numbered here. */
  forRequest(body: Buffer, view: DataView, numbers: TokenNumbers): void {
    this.bytes = body;
    this.view = view;
    this.#numbers = numbers;
  }

  tokenText(number: number): string | undefined {
    return this.#numbers.tokens[number];
  }

  /**
   * @param lesson makes the steps that are missing, for a span that was read another way
   * @returns the step on which the span ends, or null when it leaves the paths
   */
  walk(root: Step, start: number, end: number, lesson: Lesson | null = null): Step | null {
    const { bytes } = this;
    this.#begin(lesson);
    let step: Step | null = root;
    let at = start;
    while (at < end && step !== null) {
      const tag = bytes[at] as number;
      switch (tag) {
        case ATTRIBUTE: {
          const stop = this.#stop(at + 1, end);
          if (stop < 0) return null;
          step = this.#attribute(step, behindLength(), stop, 'span');
          at = stop;
          break;
        }
        case TRACE_ID:
          if (bytes[at + 1] !== TRACE_BYTES) return null;
          this.traceIdAt = at + 2;
          at += 2 + TRACE_BYTES;
          break;
        case SPAN_ID:
          if (bytes[at + 1] !== SPAN_BYTES) return null;
          this.spanIdAt = at + 2;
          at += 2 + SPAN_BYTES;
          break;
        case PARENT_ID:
          if (bytes[at + 1] === 0) {
            this.parentIdAt = -1;
            at += 2;
            break;
          }
          if (bytes[at + 1] !== SPAN_BYTES) return null;
          this.parentIdAt = at + 2;
          at += 2 + SPAN_BYTES;
          break;
        case START:
          this.startAt = at + 1;
          at += 9;
          break;
        case END:
          this.endAt = at + 1;
          at += 9;
          break;
        case NAME:
        case STATUS: {
          const stop = this.#stop(at + 1, end);
          if (stop < 0) return null;
          step = this.#field(step, at, stop, 'span');
          at = stop;
          break;
        }
        case KIND: {
          if ((bytes[at + 1] as number) > 0x7f) return null;
          step = this.#field(step, at, at + 2, 'span');
          at += 2;
          break;
        }
        case EVENT: {
          const stop = this.#stop(at + 1, end);
          if (stop < 0) return null;
          step = this.#event(step, behindLength(), stop);
          at = stop;
          break;
        }
        case LINK: {
          const stop = this.#stop(at + 1, end);
          if (stop < 0) return null;
          step = this.#link(step, behindLength(), stop);
          at = stop;
          break;
        }
        case TRACE_STATE:
          at = this.#stop(at + 1, end);
          if (at < 0) return null;
          break;
        case DROPPED_ATTRIBUTES:
        case DROPPED_EVENTS:
        case DROPPED_LINKS:
          if ((bytes[at + 1] as number) > 0x7f) return null;
          at += 2;
          break;
        case FLAGS:
          if (bytes[at + 1] !== 0x01) return null;
          at += 6;
          break;
        default:
          return null;
      }
    }
    return at === end && this.traceIdAt >= 0 && this.spanIdAt >= 0 && this.startAt >= 0 && this.endAt >= 0
      ? step
      : null;
  }

  #begin(lesson: Lesson | null): void {
    this.#lesson = lesson;
    this.traceIdAt = -1;
    this.spanIdAt = -1;
    this.parentIdAt = -1;
    this.startAt = -1;
    this.endAt = -1;
    this.seq = -1;
    this.values = 0;
    this.events = 0;
    this.links = 0;
    this.attrs.length = 0;
    this.eventAttrs.length = 0;
    this.conversations.length = 0;
    this.counts.length = 0;
    this.recordRefs.length = 0;
    this.derivedFrom.length = 0;
    this.eventTimes.length = 0;
    this.linkIds.length = 0;
    this.tokens.length = 0;
    this.linkTokens.length = 0;
  }

  /** Where the field ends whose length stands at `at`; -1 when that is behind the message. */
  #stop(at: number, end: number): number {
    const length = lengthAt(this.bytes, at);
    const stop = behindLength() + length;
    return length >= 0 && stop <= end ? stop : -1;
  }

  /** A whole field that chooses the step. */
  #field(step: Step, start: number, stop: number, place: Place): Step | null {
    const next = step.fields.get(this.bytes, this.view, start, stop);
    if (next !== null || this.#lesson === null) return next;
    return this.#lesson.field(step, this.bytes, start, stop, place);
  }

  #event(step: Step, start: number, stop: number): Step | null {
    const { bytes } = this;
    this.values += 1;
    this.events += 1;
    let timeAt = -1;
    let inside: Step | null = step.event;
    if (inside === null) {
      inside = this.#lesson?.enter(step, 'event') ?? null;
      if (inside === null) return null;
    }
    let at = start;
    while (at < stop && inside !== null) {
      switch (bytes[at]) {
        case EVENT_ATTRIBUTE: {
          const end = this.#stop(at + 1, stop);
          if (end < 0) return null;
          inside = this.#attribute(inside, behindLength(), end, 'event');
          at = end;
          break;
        }
        case EVENT_TIME:
          timeAt = at + 1;
          at += 9;
          break;
        case EVENT_NAME: {
          const end = this.#stop(at + 1, stop);
          if (end < 0) return null;
          inside = this.#field(inside, at, end, 'event');
          at = end;
          break;
        }
        case EVENT_DROPPED:
          if ((bytes[at + 1] as number) > 0x7f) return null;
          at += 2;
          break;
        default:
          return null;
      }
    }
    if (at !== stop || inside === null || timeAt < 0) return null;
    this.eventTimes.push(timeAt);
    return this.#leave(inside);
  }

  #link(step: Step, start: number, stop: number): Step | null {
    const { bytes } = this;
    this.values += 1;
    this.links += 1;
    let traceAt = -1;
    let spanAt = -1;
    let inside: Step | null = step.link;
    if (inside === null) {
      inside = this.#lesson?.enter(step, 'link') ?? null;
      if (inside === null) return null;
    }
    let at = start;
    while (at < stop && inside !== null) {
      switch (bytes[at]) {
        case TRACE_ID:
          if (bytes[at + 1] !== TRACE_BYTES) return null;
          traceAt = at + 2;
          at += 2 + TRACE_BYTES;
          break;
        case SPAN_ID:
          if (bytes[at + 1] !== SPAN_BYTES) return null;
          spanAt = at + 2;
          at += 2 + SPAN_BYTES;
          break;
        case TRACE_STATE:
          at = this.#stop(at + 1, stop);
          if (at < 0) return null;
          break;
        case LINK_ATTRIBUTE: {
          const end = this.#stop(at + 1, stop);
          if (end < 0) return null;
          inside = this.#attribute(inside, behindLength(), end, 'link');
          at = end;
          break;
        }
        case LINK_DROPPED:
          if ((bytes[at + 1] as number) > 0x7f) return null;
          at += 2;
          break;
        case LINK_FLAGS:
          at += 5;
          break;
        default:
          return null;
      }
    }
    if (at !== stop || inside === null || traceAt < 0 || spanAt < 0) return null;
    if (isZero(bytes, traceAt, TRACE_BYTES) || isZero(bytes, spanAt, SPAN_BYTES)) return null;
    this.linkIds.push(traceAt);
    this.linkIds.push(spanAt);
    return this.#leave(inside);
  }

  #leave(inside: Step): Step | null {
    return inside.end ?? this.#lesson?.leave(inside) ?? null;
  }

  /** One `KeyValue` from `start` to `stop`. */
  #attribute(step: Step, start: number, stop: number, place: Place): Step | null {
    const { bytes, view } = this;
    this.values += 1;
    const pair = step.lastPair;
    if (pair !== null && pair.pattern.length === stop - start && pair.pattern.isAt(view, start)) {
      if (this.#lesson === null) {
        this.values += pair.nested;
        return pair.next;
      }
    }
    let key = step.lastKey;
    if (key === null || start + key.head.length > stop || !key.head.isAt(view, start)) {
      key = this.#findKey(step, start, stop, place);
      if (key === null) return null;
    }
    const lengthStart = start + key.head.length;
    if (!isWhole(bytes, lengthStart, stop)) return null;
    const valueStart = behindLength();
    const before = this.values;
    const next = this.#value(key, valueStart, stop, place);
    if (this.#lesson !== null) this.#lesson.note(key.key, place);
    else if (key.role === 'exact') {
      const value = key.values.last;
      if (next !== null && value?.next === next) {
        value.pair ??= { pattern: value.space.pattern(bytes, start, stop), next, nested: this.values - before };
        step.lastPair = value.pair;
      }
    }
    return next;
  }

  #findKey(step: Step, start: number, stop: number, place: Place): KeyStep | null {
    for (const key of step.keys) {
      if (start + key.head.length > stop || !key.head.isAt(this.view, start)) continue;
      step.lastKey = key;
      return key;
    }
    return this.#lesson?.key(step, this.bytes, start, stop, place) ?? null;
  }

  #value(key: KeyStep, start: number, stop: number, place: Place): Step | null {
    switch (key.role) {
      case 'exact':
        return this.#exact(key, start, stop, place);
      case 'seq':
        return this.#sequence(start, stop) ? this.#other(key) : this.#exact(key, start, stop, place);
      case 'tokens':
        return this.#subjectTokens(key, start, stop, place);
      case 'conversation':
        return this.#conversation(start, stop) ? this.#other(key) : this.#exact(key, start, stop, place);
      case 'count':
        return this.#count(key, start, stop) ? this.#other(key) : this.#exact(key, start, stop, place);
      case 'size':
        return this.#size(key, start, stop, place);
      case 'present':
        return this.#isPresent(start, stop) ? this.#other(key) : this.#exact(key, start, stop, place);
      case 'refs':
        return this.#refs(key, start, stop, place);
      case 'address':
        return this.#address(key, start, stop, place);
      case 'statement':
        return this.#statement(key, start, stop, place);
      default:
        return this.#loose(key, start, stop, place);
    }
  }

  /** The value chooses the step, byte for byte. */
  #exact(key: KeyStep, start: number, stop: number, place: Place): Step | null {
    const first = this.bytes[start];
    if (first === ARRAY_VALUE || first === KVLIST_VALUE) {
      const nested = nestedValues(this.bytes, start, stop);
      if (nested < 0) return null;
      this.values += nested;
    }
    const next = key.values.get(this.bytes, this.view, start, stop);
    if (next !== null || this.#lesson === null) return next;
    return this.#lesson.value(key, this.bytes, start, stop, place);
  }

  /** Known values first, then the step for all others: where there is one, they make no difference. */
  #loose(key: KeyStep, start: number, stop: number, place: Place): Step | null {
    if (key.values.size > 0 && key.values.get(this.bytes, this.view, start, stop) !== null) {
      return this.#exact(key, start, stop, place);
    }
    const next = this.#other(key);
    if (next === null) return this.#exact(key, start, stop, place);
    if (!key.isStored) return this.#skip(start, stop) ? next : null;
    const into = place === 'event' ? this.eventAttrs : this.attrs;
    return this.#pass(start, stop, into) ? next : this.#exact(key, start, stop, place);
  }

  /** The step behind any value that fits. */
  #other(key: KeyStep): Step | null {
    return this.#lesson === null ? key.other : this.#lesson.other(key);
  }

  #skip(start: number, stop: number): boolean {
    const nested = nestedValues(this.bytes, start, stop);
    if (nested < 0) return false;
    this.values += nested;
    return true;
  }

  /** Notes a value that is stored as it is: a clean text or a number. */
  #pass(start: number, stop: number, into: PassedValues): boolean {
    const { bytes } = this;
    switch (bytes[start]) {
      case STRING_VALUE: {
        if (!isWhole(bytes, start + 1, stop)) return false;
        const from = behindLength();
        if (from === stop || stop - from > VALUE_CHARS_MAX) return false;
        if (isCleanText(bytes, from, stop)) into.bytes(from, stop);
        else {
          const text = bytes.toString('utf8', from, stop);
          if (text.includes('://') || mask(text) !== text) return false;
          into.text(text);
        }
        return true;
      }
      case INT_VALUE: {
        const value = countAt(bytes, start + 1, stop);
        if (!(value <= PLAIN_NUMBER_MAX)) return false;
        into.number(value);
        return true;
      }
      case DOUBLE_VALUE: {
        if (stop - start !== 9) return false;
        const text = String(bytes.readDoubleLE(start + 1));
        if (mask(text) !== text) return false;
        into.text(text);
        return true;
      }
      default:
        return false;
    }
  }

  #sequence(start: number, stop: number): boolean {
    if (this.bytes[start] !== INT_VALUE) return false;
    const value = countAt(this.bytes, start + 1, stop);
    if (!(value <= SEQ_MAX)) return false;
    this.seq = value;
    return true;
  }

  #count(key: KeyStep, start: number, stop: number): boolean {
    if (this.bytes[start] !== INT_VALUE) return false;
    const value = countAt(this.bytes, start + 1, stop);
    if (!(value <= COUNT_MAX)) return false;
    this.counts.number(value);
    if (key.isStored) this.attrs.number(value);
    return true;
  }

  #size(key: KeyStep, start: number, stop: number, place: Place): Step | null {
    if (this.bytes[start] !== INT_VALUE) return this.#exact(key, start, stop, place);
    const value = countAt(this.bytes, start + 1, stop);
    // Zero is a value of its own.
    if (!(value > 0 && value <= PLAIN_NUMBER_MAX)) return this.#exact(key, start, stop, place);
    if (key.isStored) this.attrs.number(value);
    return this.#other(key);
  }

  #isPresent(start: number, stop: number): boolean {
    return this.bytes[start] === STRING_VALUE && isWhole(this.bytes, start + 1, stop) && behindLength() < stop;
  }

  #conversation(start: number, stop: number): boolean {
    const { bytes } = this;
    if (bytes[start] !== STRING_VALUE || !isWhole(bytes, start + 1, stop)) return false;
    const from = behindLength();
    if (from === stop || stop - from > CONVERSATION_BYTES_MAX || !this.#isUnmasked(from, stop)) return false;
    this.conversations.bytes(from, stop);
    return true;
  }

  /** ASCII in which nothing is masked. */
  #isUnmasked(start: number, end: number): boolean {
    const { bytes } = this;
    if (isCleanText(bytes, start, end)) return true;
    for (let at = start; at < end; at++) if ((bytes[at] as number) > 0x7f) return false;
    const text = bytes.toString('latin1', start, end);
    return mask(text) === text;
  }

  #subjectTokens(key: KeyStep, start: number, stop: number, place: Place): Step | null {
    const into = place === 'link' ? this.linkTokens : this.tokens;
    const before = into.length;
    const valuesBefore = this.values;
    let texts = 0;
    const isFit = this.#eachText(start, stop, (from, to) => {
      // Counted as they come: recognition cuts each list, of a link as of the span, and calls odd what is behind.
      if (++texts > TOKENS_MAX) return false;
      const number = this.#numbers.at(this.bytes, this.view, from, to);
      if (number < 0) return false;
      if (!into.includes(number)) into.push(number);
      return true;
    });
    if (isFit && into.length <= LINK_TOKENS_MAX) return this.#other(key);
    into.length = before;
    this.values = valuesBefore;
    return this.#exact(key, start, stop, place);
  }

  /** Calls `take` for every text of a list of texts. @returns false for anything else and for an empty list */
  #eachText(start: number, stop: number, take: (from: number, to: number) => boolean): boolean {
    const { bytes } = this;
    if (bytes[start] !== ARRAY_VALUE || !isWhole(bytes, start + 1, stop)) return false;
    let count = 0;
    for (let at = behindLength(); at < stop; ) {
      const end = bytes[at] === 0x0a ? this.#stop(at + 1, stop) : -1;
      if (end < 0) return false;
      const value = behindLength();
      if (bytes[value] !== STRING_VALUE || !isWhole(bytes, value + 1, end) || !take(behindLength(), end)) return false;
      at = end;
      count++;
    }
    if (count === 0 || count > REFS_MAX) return false;
    this.values += count;
    return true;
  }

  /** The nodes choose the step, the hashes are passed over. */
  #refs(key: KeyStep, start: number, stop: number, place: Place): Step | null {
    const { bytes } = this;
    const reduced = this.#reduced;
    const into = key.isDerived ? this.derivedFrom : this.recordRefs;
    const before = into.length;
    const valuesBefore = this.values;
    let at = 0;
    const isFit = this.#eachText(start, stop, (from, to) => {
      const hash = hashStart(bytes, from, to);
      if (hash < 0 || at + hash - from + 1 > reduced.length || this.#hasHash(hash)) return false;
      for (let index = from; index < hash; index++) {
        const byte = bytes[index] as number;
        // Parts the nodes of a list below: one that holds it would look like two.
        if (byte === 0x00) return false;
        reduced[at++] = byte;
      }
      reduced[at++] = 0x00;
      into.push(hash);
      return true;
    });
    if (isFit) {
      const next = key.nodes.get(reduced, this.#reducedView, 0, at);
      if (next !== null || this.#lesson === null) return next;
      return this.#lesson.reduced(key.nodes, reduced, at);
    }
    into.length = before;
    this.values = valuesBefore;
    return this.#exact(key, start, stop, place);
  }

  /** A span that names a record twice is left to the decoder, which tells copies from one another. */
  #hasHash(hash: number): boolean {
    for (const list of [this.recordRefs, this.derivedFrom]) {
      for (let index = 0; index < list.length; index++) {
        const other = list.at(index);
        let same = 0;
        while (same < HASH_BYTES && this.bytes[other + same] === this.bytes[hash + same]) same++;
        if (same === HASH_BYTES) return true;
      }
    }
    return false;
  }

  /**
   * By its segments, but for an address that was taken byte for byte before: it names a queue or a bucket in some spans,
   * and what makes them such may stand behind it.
   */
  #address(key: KeyStep, start: number, stop: number, place: Place): Step | null {
    const isKnown = key.values.size > 0 && key.values.get(this.bytes, this.view, start, stop) !== null;
    const mayReduce = !isKnown && this.#lesson?.mayReduceAddress !== false;
    if (mayReduce && this.bytes[start] === STRING_VALUE && isWhole(this.bytes, start + 1, stop)) {
      const length = reduceAddress(this.bytes, behindLength(), stop, this.#reduced);
      if (length >= 0) {
        const next = key.addresses.get(this.#reduced, this.#reducedView, 0, length);
        if (next !== null) return next;
        if (this.#lesson !== null) return this.#lesson.reduced(key.addresses, this.#reduced, length);
      }
    }
    return this.#exact(key, start, stop, place);
  }

  #statement(key: KeyStep, start: number, stop: number, place: Place): Step | null {
    if (key.values.size > 0 && key.values.get(this.bytes, this.view, start, stop) !== null) {
      return this.#exact(key, start, stop, place);
    }
    const mayBeCommand = this.#lesson === null ? key.commands.size > 0 : this.#lesson.mayReduceCommand;
    if (mayBeCommand && this.bytes[start] === STRING_VALUE && isWhole(this.bytes, start + 1, stop)) {
      const from = behindLength();
      const length = reduceCommand(this.bytes, from, stop, this.#reduced);
      if (length >= 0) {
        const next = key.commands.get(this.#reduced, this.#reducedView, 0, length);
        if (next !== null || this.#lesson === null) return next;
        return this.#lesson.command(key, this.#reduced, length);
      }
    }
    return this.#exact(key, start, stop, place);
  }
}

const HASH_BYTES = 22;
/** As many refs of a span are read (core/src/recognise/records.ts). */
const REFS_MAX = 256;

function isZero(bytes: Uint8Array, start: number, count: number): boolean {
  for (let index = 0; index < count; index++) if (bytes[start + index] !== 0) return false;
  return true;
}
