import { hashStart } from './byte-scan.ts';
import type { KeyStep, Step } from './span-paths.ts';
import { ARRAY_VALUE, behindLength, isWhole, STRING_VALUE, stopAt } from './value-scan.ts';
import { walkExact, walkOther } from './walk-exact.ts';
import type { Place, WalkedSpan } from './walked-span.ts';

/** Lists of texts that name people and records: what is the same in many spans chooses the step, the rest is passed over. */

/** As recognition takes them (core/src/recognise/subjects.ts). */
const TOKENS_MAX = 32;
const LINK_TOKENS_MAX = 1_024;
/** As many refs of a span are read (core/src/recognise/records.ts). */
const REFS_MAX = 256;
const HASH_BYTES = 22;

/** Whose a span or a link is: all tokens are passed over. */
export function walkTokens(walked: WalkedSpan, key: KeyStep, start: number, stop: number, place: Place): Step | null {
  const { bytes, view, numbers } = walked;
  const into = place === 'link' ? walked.linkTokens : walked.tokens;
  const before = into.length;
  const valuesBefore = walked.values;
  let texts = 0;
  const isFit = eachText(walked, start, stop, (from, to) => {
    // Counted as they come: recognition cuts each list, of a link as of the span, and calls odd what is behind.
    if (++texts > TOKENS_MAX) return false;
    const number = numbers.at(bytes, view, from, to);
    if (number < 0) return false;
    if (!into.includes(number)) into.push(number);
    return true;
  });
  if (isFit && into.length <= LINK_TOKENS_MAX) return walkOther(walked, key);
  into.length = before;
  walked.values = valuesBefore;
  return walkExact(walked, key, start, stop, place);
}

/** The records of a span: their nodes choose the step, the hashes are passed over. */
export function walkRefs(walked: WalkedSpan, key: KeyStep, start: number, stop: number, place: Place): Step | null {
  const { bytes, reduced, lesson } = walked;
  const into = key.isDerived ? walked.derivedFrom : walked.recordRefs;
  const before = into.length;
  const valuesBefore = walked.values;
  let at = 0;
  const isFit = eachText(walked, start, stop, (from, to) => {
    const hash = hashStart(bytes, from, to);
    if (hash < 0 || at + hash - from + 1 > reduced.length || hasHash(walked, hash)) return false;
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
    const next = key.nodes.get(reduced, walked.reducedView, 0, at);
    if (next !== null || lesson === null) return next;
    return lesson.reduced(key.nodes, reduced, at);
  }
  into.length = before;
  walked.values = valuesBefore;
  return walkExact(walked, key, start, stop, place);
}

/** A span that names a record twice is left to the decoder, which tells copies from one another. */
function hasHash({ bytes, recordRefs, derivedFrom }: WalkedSpan, hash: number): boolean {
  for (const list of [recordRefs, derivedFrom]) {
    for (let index = 0; index < list.length; index++) {
      const other = list.at(index);
      let same = 0;
      while (same < HASH_BYTES && bytes[other + same] === bytes[hash + same]) same++;
      if (same === HASH_BYTES) return true;
    }
  }
  return false;
}

/** Calls `take` for every text of a list of texts. @returns false for anything else and for an empty list */
function eachText(
  walked: WalkedSpan,
  start: number,
  stop: number,
  take: (from: number, to: number) => boolean,
): boolean {
  const { bytes } = walked;
  if (bytes[start] !== ARRAY_VALUE || !isWhole(bytes, start + 1, stop)) return false;
  let count = 0;
  for (let at = behindLength(); at < stop; ) {
    const end = bytes[at] === 0x0a ? stopAt(bytes, at + 1, stop) : -1;
    if (end < 0) return false;
    const value = behindLength();
    if (bytes[value] !== STRING_VALUE || !isWhole(bytes, value + 1, end) || !take(behindLength(), end)) return false;
    at = end;
    count++;
  }
  if (count === 0 || count > REFS_MAX) return false;
  walked.values += count;
  return true;
}
