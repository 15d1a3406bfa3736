import { VALUE_CHARS_MAX } from '@vestige/core/scrub/attributes';
import { mask } from '@vestige/core/scrub/mask';
import { isCleanText } from './byte-scan.ts';
import type { PassedValues } from './passed-values.ts';
import type { KeyStep, Step } from './span-paths.ts';
import { behindLength, countAt, DOUBLE_VALUE, INT_VALUE, isWhole, nestedValues, STRING_VALUE } from './value-scan.ts';
import { walkExact, walkOther } from './walk-exact.ts';
import type { Place, WalkedSpan } from './walked-span.ts';

/**
 * Values of one piece that are passed over where they have the form their role expects: a number, a conversation, a text
 * that is stored as it is. In any other form they choose the step like all others.
 */

/** As recognition takes them (core/src/recognise). */
const CONVERSATION_BYTES_MAX = 200;
const SEQ_MAX = 999_999_999_999;
const COUNT_MAX = 1_000_000_000;
/** Twelve digits: no text of a number below is ever masked. */
const PLAIN_NUMBER_MAX = 999_999_999_999;

/** Known values first, then the step for all others: where there is one, they make no difference. */
export function walkLoose(walked: WalkedSpan, key: KeyStep, start: number, stop: number, place: Place): Step | null {
  if (key.values.size > 0 && key.values.get(walked.bytes, walked.view, start, stop) !== null) {
    return walkExact(walked, key, start, stop, place);
  }
  const next = walkOther(walked, key);
  if (next === null) return walkExact(walked, key, start, stop, place);
  if (!key.isStored) return skip(walked, start, stop) ? next : null;
  const into = place === 'event' ? walked.eventAttrs : walked.attrs;
  return pass(walked.bytes, start, stop, into) ? next : walkExact(walked, key, start, stop, place);
}

function skip(walked: WalkedSpan, start: number, stop: number): boolean {
  const nested = nestedValues(walked.bytes, start, stop);
  if (nested < 0) return false;
  walked.values += nested;
  return true;
}

/** Notes a value that is stored as it is: a clean text or a number. */
function pass(bytes: Buffer, start: number, stop: number, into: PassedValues): boolean {
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

/** `vestige.seq`. */
export function walkSequence(walked: WalkedSpan, key: KeyStep, start: number, stop: number, place: Place): Step | null {
  const value = walked.bytes[start] === INT_VALUE ? countAt(walked.bytes, start + 1, stop) : Number.NaN;
  if (!(value <= SEQ_MAX)) return walkExact(walked, key, start, stop, place);
  walked.seq = value;
  return walkOther(walked, key);
}

/** How many records a span speaks of. */
export function walkCount(walked: WalkedSpan, key: KeyStep, start: number, stop: number, place: Place): Step | null {
  const value = walked.bytes[start] === INT_VALUE ? countAt(walked.bytes, start + 1, stop) : Number.NaN;
  if (!(value <= COUNT_MAX)) return walkExact(walked, key, start, stop, place);
  walked.counts.number(value);
  if (key.isStored) walked.attrs.number(value);
  return walkOther(walked, key);
}

/** A number of which only matters whether it is zero. */
export function walkSize(walked: WalkedSpan, key: KeyStep, start: number, stop: number, place: Place): Step | null {
  const value = walked.bytes[start] === INT_VALUE ? countAt(walked.bytes, start + 1, stop) : Number.NaN;
  if (!(value > 0 && value <= PLAIN_NUMBER_MAX)) return walkExact(walked, key, start, stop, place);
  if (key.isStored) walked.attrs.number(value);
  return walkOther(walked, key);
}

/** A text of which only matters that it is there. */
export function walkPresent(walked: WalkedSpan, key: KeyStep, start: number, stop: number, place: Place): Step | null {
  const { bytes } = walked;
  const isPresent = bytes[start] === STRING_VALUE && isWhole(bytes, start + 1, stop) && behindLength() < stop;
  return isPresent ? walkOther(walked, key) : walkExact(walked, key, start, stop, place);
}

/** Which conversation a span belongs to. */
export function walkConversation(
  walked: WalkedSpan,
  key: KeyStep,
  start: number,
  stop: number,
  place: Place,
): Step | null {
  const { bytes } = walked;
  if (bytes[start] === STRING_VALUE && isWhole(bytes, start + 1, stop)) {
    const from = behindLength();
    if (from < stop && stop - from <= CONVERSATION_BYTES_MAX && isUnmasked(bytes, from, stop)) {
      walked.conversations.bytes(from, stop);
      return walkOther(walked, key);
    }
  }
  return walkExact(walked, key, start, stop, place);
}

/** ASCII in which nothing is masked. */
function isUnmasked(bytes: Buffer, start: number, end: number): boolean {
  if (isCleanText(bytes, start, end)) return true;
  for (let at = start; at < end; at++) if ((bytes[at] as number) > 0x7f) return false;
  const text = bytes.toString('latin1', start, end);
  return mask(text) === text;
}
