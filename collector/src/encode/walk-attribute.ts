import type { KeyStep, Step } from './span-paths.ts';
import { behindLength, isWhole } from './value-scan.ts';
import { walkExact } from './walk-exact.ts';
import { walkRefs, walkTokens } from './walk-lists.ts';
import { walkAddress, walkStatement } from './walk-reduced.ts';
import { walkConversation, walkCount, walkLoose, walkPresent, walkSequence, walkSize } from './walk-single.ts';
import type { Place, WalkedSpan } from './walked-span.ts';

/** One `KeyValue` from `start` to `stop`. @returns the step behind it, or null when it leaves the paths */
export function walkAttribute(walked: WalkedSpan, step: Step, start: number, stop: number, place: Place): Step | null {
  const { bytes, view, lesson } = walked;
  walked.values += 1;
  const pair = step.lastPair;
  if (pair !== null && lesson === null && pair.pattern.length === stop - start && pair.pattern.isAt(view, start)) {
    walked.values += pair.nested;
    return pair.next;
  }
  let key = step.lastKey;
  if (key === null || start + key.head.length > stop || !key.head.isAt(view, start)) {
    key = findKey(walked, step, start, stop, place);
    if (key === null) return null;
  }
  const lengthStart = start + key.head.length;
  if (!isWhole(bytes, lengthStart, stop)) return null;
  const valueStart = behindLength();
  const before = walked.values;
  const next = walkValue(walked, key, valueStart, stop, place);
  if (lesson !== null) lesson.note(key.key, place);
  else if (key.role === 'exact') {
    const value = key.values.last;
    if (next !== null && value?.next === next) {
      value.pair ??= { pattern: value.space.pattern(bytes, start, stop), next, nested: walked.values - before };
      step.lastPair = value.pair;
    }
  }
  return next;
}

function findKey(walked: WalkedSpan, step: Step, start: number, stop: number, place: Place): KeyStep | null {
  const { view } = walked;
  for (const key of step.keys) {
    if (start + key.head.length > stop || !key.head.isAt(view, start)) continue;
    step.lastKey = key;
    return key;
  }
  return walked.lesson?.key(step, walked.bytes, start, stop, place) ?? null;
}

function walkValue(walked: WalkedSpan, key: KeyStep, start: number, stop: number, place: Place): Step | null {
  switch (key.role) {
    case 'exact':
      return walkExact(walked, key, start, stop, place);
    case 'seq':
      return walkSequence(walked, key, start, stop, place);
    case 'tokens':
      return walkTokens(walked, key, start, stop, place);
    case 'conversation':
      return walkConversation(walked, key, start, stop, place);
    case 'count':
      return walkCount(walked, key, start, stop, place);
    case 'size':
      return walkSize(walked, key, start, stop, place);
    case 'present':
      return walkPresent(walked, key, start, stop, place);
    case 'refs':
      return walkRefs(walked, key, start, stop, place);
    case 'address':
      return walkAddress(walked, key, start, stop, place);
    case 'statement':
      return walkStatement(walked, key, start, stop, place);
    default:
      return walkLoose(walked, key, start, stop, place);
  }
}
