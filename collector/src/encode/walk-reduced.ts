import { reduceAddress, reduceCommand } from './byte-scan.ts';
import type { KeyStep, Step } from './span-paths.ts';
import { behindLength, isWhole, STRING_VALUE } from './value-scan.ts';
import { walkExact } from './walk-exact.ts';
import type { Place, WalkedSpan } from './walked-span.ts';

/** Values that choose their step by what is left of them once ids are taken out: addresses and commands. */

/**
 * By its segments, but for an address that was taken byte for byte before: it names a queue or a bucket in some spans,
 * and what makes them such may stand behind it.
 */
export function walkAddress(walked: WalkedSpan, key: KeyStep, start: number, stop: number, place: Place): Step | null {
  const { bytes, lesson, reduced } = walked;
  const isKnown = key.values.size > 0 && key.values.get(bytes, walked.view, start, stop) !== null;
  const mayReduce = !isKnown && lesson?.mayReduceAddress !== false;
  if (mayReduce && bytes[start] === STRING_VALUE && isWhole(bytes, start + 1, stop)) {
    const length = reduceAddress(bytes, behindLength(), stop, reduced);
    if (length >= 0) {
      const next = key.addresses.get(reduced, walked.reducedView, 0, length);
      if (next !== null) return next;
      if (lesson !== null) return lesson.reduced(key.addresses, reduced, length);
    }
  }
  return walkExact(walked, key, start, stop, place);
}

/** A Redis command by all but the ids in its first key; SQL and everything else byte for byte. */
export function walkStatement(
  walked: WalkedSpan,
  key: KeyStep,
  start: number,
  stop: number,
  place: Place,
): Step | null {
  const { bytes, lesson, reduced } = walked;
  if (key.values.size > 0 && key.values.get(bytes, walked.view, start, stop) !== null) {
    return walkExact(walked, key, start, stop, place);
  }
  const mayBeCommand = lesson === null ? key.commands.size > 0 : lesson.mayReduceCommand;
  if (mayBeCommand && bytes[start] === STRING_VALUE && isWhole(bytes, start + 1, stop)) {
    const length = reduceCommand(bytes, behindLength(), stop, reduced);
    if (length >= 0) {
      const next = key.commands.get(reduced, walked.reducedView, 0, length);
      if (next !== null || lesson === null) return next;
      return lesson.command(key, reduced, length);
    }
  }
  return walkExact(walked, key, start, stop, place);
}
