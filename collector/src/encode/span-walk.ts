import type { Lesson } from './span-lesson.ts';
import type { Step } from './span-paths.ts';
import {
  ATTRIBUTE,
  DROPPED_ATTRIBUTES,
  DROPPED_EVENTS,
  DROPPED_LINKS,
  END,
  EVENT,
  FLAGS,
  KIND,
  LINK,
  NAME,
  PARENT_ID,
  SPAN_BYTES,
  SPAN_ID,
  START,
  STATUS,
  TRACE_BYTES,
  TRACE_ID,
  TRACE_STATE,
} from './span-tags.ts';
import { behindLength, stopAt } from './value-scan.ts';
import { walkAttribute } from './walk-attribute.ts';
import { walkField } from './walk-exact.ts';
import { walkEvent, walkLink } from './walk-nested.ts';
import type { WalkedSpan } from './walked-span.ts';

/**
 * Walks the bytes of one span along the paths of known spans.
 *
 * It takes what encoders write and leaves everything else (ids of wrong length, repeated fields, unknown ones) to the
 * reference decoder by answering null: a walk never refuses a span and never throws.
 *
 * @param walked holds the bytes, and what was passed over until the next walk
 * @param lesson makes the steps that are missing, for a span that was read another way
 * @returns the step on which the span ends, or null when it leaves the paths
 */
export function walkSpan(
  walked: WalkedSpan,
  root: Step,
  start: number,
  end: number,
  lesson: Lesson | null = null,
): Step | null {
  const { bytes } = walked;
  walked.begin(lesson);
  let step: Step | null = root;
  let at = start;
  while (at < end && step !== null) {
    switch (bytes[at]) {
      case ATTRIBUTE: {
        const stop = stopAt(bytes, at + 1, end);
        if (stop < 0) return null;
        step = walkAttribute(walked, step, behindLength(), stop, 'span');
        at = stop;
        break;
      }
      case TRACE_ID:
        if (bytes[at + 1] !== TRACE_BYTES) return null;
        walked.traceIdAt = at + 2;
        at += 2 + TRACE_BYTES;
        break;
      case SPAN_ID:
        if (bytes[at + 1] !== SPAN_BYTES) return null;
        walked.spanIdAt = at + 2;
        at += 2 + SPAN_BYTES;
        break;
      case PARENT_ID:
        if (bytes[at + 1] === 0) {
          walked.parentIdAt = -1;
          at += 2;
          break;
        }
        if (bytes[at + 1] !== SPAN_BYTES) return null;
        walked.parentIdAt = at + 2;
        at += 2 + SPAN_BYTES;
        break;
      case START:
        walked.startAt = at + 1;
        at += 9;
        break;
      case END:
        walked.endAt = at + 1;
        at += 9;
        break;
      case NAME:
      case STATUS: {
        const stop = stopAt(bytes, at + 1, end);
        if (stop < 0) return null;
        step = walkField(walked, step, at, stop, 'span');
        at = stop;
        break;
      }
      case KIND:
        if ((bytes[at + 1] as number) > 0x7f) return null;
        step = walkField(walked, step, at, at + 2, 'span');
        at += 2;
        break;
      case EVENT: {
        const stop = stopAt(bytes, at + 1, end);
        if (stop < 0) return null;
        step = walkEvent(walked, step, behindLength(), stop);
        at = stop;
        break;
      }
      case LINK: {
        const stop = stopAt(bytes, at + 1, end);
        if (stop < 0) return null;
        step = walkLink(walked, step, behindLength(), stop);
        at = stop;
        break;
      }
      case TRACE_STATE:
        at = stopAt(bytes, at + 1, end);
        if (at < 0) return null;
        break;
      case DROPPED_ATTRIBUTES:
      case DROPPED_EVENTS:
      case DROPPED_LINKS:
        if ((bytes[at + 1] as number) > 0x7f) return null;
        // How much was cut is stored, so it is part of the path; most encoders leave a zero out, some write it.
        if (bytes[at + 1] !== 0) step = walkField(walked, step, at, at + 2, 'span');
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
  const isWhole = walked.traceIdAt >= 0 && walked.spanIdAt >= 0 && walked.startAt >= 0 && walked.endAt >= 0;
  return at === end && isWhole ? step : null;
}
