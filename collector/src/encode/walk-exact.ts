import type { KeyStep, Step } from './span-paths.ts';
import { ARRAY_VALUE, KVLIST_VALUE, nestedValues } from './value-scan.ts';
import type { Place, WalkedSpan } from './walked-span.ts';

/** The ways on that do not look into a value: by all of its bytes, or by none of them. */

/** A whole field that chooses the step. */
export function walkField(walked: WalkedSpan, step: Step, start: number, stop: number, place: Place): Step | null {
  const { bytes, lesson } = walked;
  const next = step.fields.get(bytes, walked.view, start, stop);
  if (next !== null || lesson === null) return next;
  return lesson.field(step, bytes, start, stop, place);
}

/** The value from `start` to `stop` chooses the step, byte for byte. */
export function walkExact(walked: WalkedSpan, key: KeyStep, start: number, stop: number, place: Place): Step | null {
  const { bytes, lesson } = walked;
  const first = bytes[start];
  if (first === ARRAY_VALUE || first === KVLIST_VALUE) {
    const nested = nestedValues(bytes, start, stop);
    if (nested < 0) return null;
    walked.values += nested;
  }
  const next = key.values.get(bytes, walked.view, start, stop);
  if (next !== null || lesson === null) return next;
  return lesson.value(key, bytes, start, stop, place);
}

/** The step behind any value that fits. */
export function walkOther({ lesson }: WalkedSpan, key: KeyStep): Step | null {
  return lesson === null ? key.other : lesson.other(key);
}
