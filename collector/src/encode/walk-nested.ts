import type { Step } from './span-paths.ts';
import {
  EVENT_ATTRIBUTE,
  EVENT_DROPPED,
  EVENT_NAME,
  EVENT_TIME,
  LINK_ATTRIBUTE,
  LINK_DROPPED,
  LINK_FLAGS,
  SPAN_BYTES,
  SPAN_ID,
  TRACE_BYTES,
  TRACE_ID,
  TRACE_STATE,
} from './span-tags.ts';
import { behindLength, stopAt } from './value-scan.ts';
import { walkAttribute } from './walk-attribute.ts';
import { walkField } from './walk-exact.ts';
import type { WalkedSpan } from './walked-span.ts';

/** Events and links: a path leads into them and out again, so that a span with two events is another one than with three. */

/** The event from `start` to `stop`. @returns the step behind it, or null when it leaves the paths */
export function walkEvent(walked: WalkedSpan, step: Step, start: number, stop: number): Step | null {
  const { bytes, lesson } = walked;
  walked.values += 1;
  walked.events += 1;
  let timeAt = -1;
  let inside: Step | null = step.event;
  if (inside === null) {
    inside = lesson?.enter(step, 'event') ?? null;
    if (inside === null) return null;
  }
  let at = start;
  while (at < stop && inside !== null) {
    switch (bytes[at]) {
      case EVENT_ATTRIBUTE: {
        const end = stopAt(bytes, at + 1, stop);
        if (end < 0) return null;
        inside = walkAttribute(walked, inside, behindLength(), end, 'event');
        at = end;
        break;
      }
      case EVENT_TIME:
        timeAt = at + 1;
        at += 9;
        break;
      case EVENT_NAME: {
        const end = stopAt(bytes, at + 1, stop);
        if (end < 0) return null;
        inside = walkField(walked, inside, at, end, 'event');
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
  walked.eventTimes.push(timeAt);
  return leave(walked, inside);
}

/** The link from `start` to `stop`. @returns the step behind it, or null when it leaves the paths */
export function walkLink(walked: WalkedSpan, step: Step, start: number, stop: number): Step | null {
  const { bytes, lesson } = walked;
  walked.values += 1;
  walked.links += 1;
  let traceAt = -1;
  let spanAt = -1;
  let inside: Step | null = step.link;
  if (inside === null) {
    inside = lesson?.enter(step, 'link') ?? null;
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
        at = stopAt(bytes, at + 1, stop);
        if (at < 0) return null;
        break;
      case LINK_ATTRIBUTE: {
        const end = stopAt(bytes, at + 1, stop);
        if (end < 0) return null;
        inside = walkAttribute(walked, inside, behindLength(), end, 'link');
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
  walked.linkIds.push(traceAt);
  walked.linkIds.push(spanAt);
  return leave(walked, inside);
}

function leave({ lesson }: WalkedSpan, inside: Step): Step | null {
  return inside.end ?? lesson?.leave(inside) ?? null;
}

function isZero(bytes: Uint8Array, start: number, count: number): boolean {
  for (let index = 0; index < count; index++) if (bytes[start + index] !== 0) return false;
  return true;
}
