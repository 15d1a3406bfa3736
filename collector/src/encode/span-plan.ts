import type { ReadSpan, ScrubCounts } from '@vestige/core/model/span';
import { viewOf } from '@vestige/store/clickhouse/native-bytes';
import { ENUMS } from '@vestige/store/events/event-blocks';
import { jumpKeys } from '@vestige/store/events/jump-keys';
import type { SpanColumns } from '@vestige/store/events/span-columns';
import { type SpanShape, spanShape } from '@vestige/store/events/span-shape';
import { type TouchColumns, type TouchKind, touchKinds } from '@vestige/store/events/touch-columns';
import type { NumberList } from './number-list.ts';
import type { PassedValues } from './passed-values.ts';
import type { Lesson, TaughtKey } from './span-lesson.ts';
import type { WalkedSpan } from './walked-span.ts';

/**
 * How spans of one path are written: what they have in common, ready to be copied, and which of the values a walk passed
 * over go where.
 *
 * The mutable fields are a cache: what numbers the shape has in the blocks that are being filled.
 */
export interface SpanPlan {
  readonly shape: SpanShape;
  readonly ownTouches: readonly TouchKind[];
  readonly linkedTouches: readonly TouchKind[];
  readonly attrs: Texts;
  readonly eventAttrs: Texts;
  readonly recordRefs: readonly RefPlan[];
  readonly derivedFrom: readonly RefPlan[];
  /** Which of the conversations passed over, or -1; then it is `conversation`. */
  readonly conversationAt: number;
  readonly conversation: DataView;
  /** Which of the counts passed over, or -1; then it is `recordCount`. */
  readonly countAt: number;
  readonly recordCount: number;
  readonly seq: number;
  readonly memories: readonly { readonly key: DataView; readonly action: number }[];
  readonly subjectSet: string;
  readonly scrubbed: readonly (readonly [string, number])[];

  spanColumns: SpanColumns | null;
  shapeNumber: number;
  touchColumns: TouchColumns | null;
  firstOwn: number;
  firstLinked: number;
  /** The request that used it last, and for how many spans that is not settled yet. */
  request: { settle(plan: SpanPlan): void; readonly columns: unknown } | null;
  spans: number;
}

/** Texts of a row: constants, already as `String`s, and between them values that were passed over. */
export interface Texts {
  /** One more than `holes`: what stands before each, and behind the last. */
  readonly constants: readonly DataView[];
  /** Numbers of passed values. */
  readonly holes: readonly number[];
}

export interface RefPlan {
  /** `{node}#` */
  readonly prefix: DataView;
  /** What the span did to the record: numbers of the Enum8 column. */
  readonly actions: readonly number[];
}

/**
 * @param lesson that taught the walk
 * @returns null when what reading gave cannot be told apart into what is common and what was passed over; such a span is
 *   read each time. Nothing is guessed: whatever is not explained exactly is a reason for null.
 */
export function spanPlan(read: ReadSpan, scrubbed: ScrubCounts, walk: WalkedSpan, lesson: Lesson): SpanPlan | null {
  if (hasTwice(lesson.taught)) return null;
  if (read.links.length !== walk.links || read.events.length !== walk.events) return null;
  if (!isSameTokens(read.tokens, walk.tokens, walk) || !isSameTokens(read.linkTokens, walk.linkTokens, walk))
    return null;
  if (walk.seq >= 0 && read.seq !== walk.seq) return null;
  const attrs = textsOf([read.attrs], holesOf(lesson.taught, 'span', 'attrs'), walk.attrs, walk);
  const eventAttrs = textsOf(
    read.events.map((event) => event.attrs),
    holesOf(lesson.taught, 'event', 'eventAttrs'),
    walk.eventAttrs,
    walk,
  );
  const conversationAt = conversationOf(read, walk);
  const countAt = countOf(read, walk, lesson);
  const recordRefs = refPlans(read.recordRefs, walk.recordRefs, walk, read);
  const derivedFrom = refPlans(read.derivedFrom, walk.derivedFrom, walk, read);
  if (attrs === null || eventAttrs === null || recordRefs === null || derivedFrom === null) return null;
  if (conversationAt === null || countAt === null) return null;
  const memories = read.touches
    .filter(({ peer }) => peer.startsWith('memory:'))
    .map(({ peer, action }) => ({ key: viewOf(Buffer.from(peer)), action: ENUMS.action[action] }));
  return {
    shape: spanShape(read),
    ownTouches: touchKinds(read, false),
    linkedTouches: touchKinds(read, true),
    attrs,
    eventAttrs,
    recordRefs,
    derivedFrom: derivedFrom.map(({ prefix }) => ({ prefix, actions: [ENUMS.action.read] })),
    conversationAt,
    conversation: viewOf(Buffer.from(read.conversation)),
    countAt,
    recordCount: read.recordCount,
    seq: read.seq,
    memories,
    subjectSet: read.subjectSet,
    scrubbed: Object.entries(scrubbed),
    spanColumns: null,
    shapeNumber: 0,
    touchColumns: null,
    firstOwn: 0,
    firstLinked: 0,
    request: null,
    spans: 0,
  };
}

/** The last of two equal keys wins, which a walk does not know. */
function hasTwice(taught: readonly TaughtKey[]): boolean {
  const seen = new Set<string>();
  for (const { key, place, event, link } of taught) {
    const where = `${place} ${place === 'event' ? event : place === 'link' ? link : 0} ${key}`;
    if (seen.has(where)) return true;
    seen.add(where);
  }
  return false;
}

/** Number of the passed value of each key; for events under `{event, from 0} {key}`. */
function holesOf(
  taught: readonly TaughtKey[],
  place: 'span' | 'event',
  list: 'attrs' | 'eventAttrs',
): Map<string, number> {
  const holes = new Map<string, number>();
  let before = 0;
  for (const step of taught) {
    if (step[list] > before) holes.set(`${place === 'event' ? step.event - 1 : 0} ${step.key}`, before);
    before = step[list];
  }
  return holes;
}

function textsOf(
  attrs: readonly Readonly<Record<string, string>>[],
  holeOf: ReadonlyMap<string, number>,
  passed: PassedValues,
  walk: WalkedSpan,
): Texts | null {
  const constants: DataView[] = [];
  const holes: number[] = [];
  let constant: Buffer[] = [];
  for (const [index, each] of attrs.entries()) {
    for (const [key, text] of Object.entries(each)) {
      const hole = holeOf.get(`${index} ${key}`);
      if (hole === undefined) {
        constant.push(nativeString(text));
        continue;
      }
      if (passed.textOf(hole, walk.bytes) !== text) return null;
      constants.push(viewOf(Buffer.concat(constant)));
      constant = [];
      holes.push(hole);
    }
  }
  constants.push(viewOf(Buffer.concat(constant)));
  return { constants, holes };
}

/** @returns null when it cannot be told which of several it is */
function conversationOf(read: ReadSpan, walk: WalkedSpan): number | null {
  if (read.conversation === '' || walk.conversations.length === 0) return -1;
  return only(walk.conversations, (index) => {
    return `conversation:${walk.conversations.textOf(index, walk.bytes)}` === read.conversation;
  });
}

function countOf(read: ReadSpan, walk: WalkedSpan, lesson: Lesson): number | null {
  // A count in another form decides beside those passed over.
  const counts = lesson.taught.filter(({ key, place }) => place === 'span' && lesson.isCount(key)).length;
  if (counts !== walk.counts.length) return null;
  // Every count passed over is zero or more.
  if (read.recordCount < 0) return -1;
  if (walk.counts.length === 0) return -1;
  return only(walk.counts, (index) => walk.counts.numbers[index] === read.recordCount);
}

/** The only one that matches, or null. */
function only(passed: PassedValues, matches: (index: number) => boolean): number | null {
  let found: number | null = null;
  for (let index = 0; index < passed.length; index++) {
    if (!matches(index)) continue;
    if (found !== null) return null;
    found = index;
  }
  return found;
}

const HASH_CHARS = 22;

function refPlans(refs: readonly string[], hashes: NumberList, walk: WalkedSpan, read: ReadSpan): RefPlan[] | null {
  if (refs.length !== hashes.length) return null;
  const plans: RefPlan[] = [];
  const jumps = jumpKeys(read);
  for (const [index, ref] of refs.entries()) {
    const at = hashes.at(index);
    if (!ref.endsWith(`#${walk.bytes.toString('latin1', at, at + HASH_CHARS)}`)) return null;
    plans.push({
      prefix: viewOf(Buffer.from(ref.slice(0, -HASH_CHARS))),
      actions: jumps.filter(({ key }) => key === ref).map(({ action }) => ENUMS.action[action]),
    });
  }
  return plans;
}

function isSameTokens(tokens: readonly string[], numbers: NumberList, walk: WalkedSpan): boolean {
  if (tokens.length !== numbers.length) return false;
  return tokens.every((token, index) => walk.tokenText(numbers.at(index)) === token);
}

/** A `String`: LEB128 length and bytes. */
function nativeString(text: string): Buffer {
  const bytes = Buffer.from(text);
  const head: number[] = [];
  let rest = bytes.length;
  for (; rest >= 0x80; rest >>>= 7) head.push((rest & 0x7f) | 0x80);
  return Buffer.concat([Buffer.from([...head, rest]), bytes]);
}
