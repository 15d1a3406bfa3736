import { NumberList } from './number-list.ts';
import { PassedValues } from './passed-values.ts';
import type { Lesson } from './span-lesson.ts';
import { TokenNumbers } from './token-numbers.ts';

/** Where a walk is: which table of roles a key is looked up in. */
export type Place = 'span' | 'event' | 'link';

/** Longest text that is made of a value to choose a step by it: a URL by its segments, a list of refs by its nodes. */
const REDUCED_BYTES_MAX = 2_048;

/**
 * The span that is walked now, and what the walk passed over: one object for all spans, one after the other, whose fields
 * say of the last span what its path does not (`span-walk.ts`).
 *
 * Public fields, because the functions of the walk lie in files of their own and run some twenty times a span.
 */
export class WalkedSpan {
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
  /** Of the record. */
  numbers = new TokenNumbers();
  /** Makes the steps that are missing; null on a walk that only follows paths. */
  lesson: Lesson | null = null;
  /** Room for what is left of one value. */
  readonly reduced = new Uint8Array(REDUCED_BYTES_MAX);
  readonly reducedView = new DataView(this.reduced.buffer);

  /** The walks from now on are over this body, and its tokens are numbered here. */
  forRequest(body: Buffer, view: DataView, numbers: TokenNumbers): void {
    this.bytes = body;
    this.view = view;
    this.numbers = numbers;
  }

  tokenText(number: number): string | undefined {
    return this.numbers.tokens[number];
  }

  begin(lesson: Lesson | null): void {
    this.lesson = lesson;
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
}
