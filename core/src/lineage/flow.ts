import type { Action } from '../convention/attributes.ts';
import type { Confidence } from './answer.ts';
import { isInward } from './trace-state.ts';

/** The propagation rules of design 04 that can make a flow. Rule 8 only forbids. */
export type RuleNumber = 1 | 2 | 3 | 4 | 5 | 6 | 7;

/**
 * Why a flow is there: the rule, the span (or job run, with `spanId: ''`) that brought the person's data to where the
 * flow starts, and when. For rule 1 it is the tagged span itself or the
 * nearest tagged ancestor; for what the holder sent later, its span that carried or inherited the tag.
 */
export interface Cause {
  readonly rule: RuleNumber;
  readonly traceId: string;
  readonly spanId: string;
  /** The instant from which the data could be carried on. Microseconds since the epoch. */
  readonly atUs: number;
}

/** One movement of one person's data between two nodes, at one time, seen in one span. */
export interface Flow {
  readonly from: string;
  readonly to: string;
  readonly action: Action;
  readonly confidence: Confidence;
  /** The person acted here; neither recipients nor residency come of it (ruling 8). */
  readonly actor: boolean;
  /** When the data moved: what goes out moves when the call starts, what comes in when it ends. */
  readonly atUs: number;
  /** Clock skew that had to be tolerated for the flow to hold, 0 for none (ruling 11). */
  readonly skewUs: number;
  /** Evidence: the span, and the recogniser's rule (`db.sql.insert`) or `call`, `return`, `turn`, `job`. */
  readonly traceId: string;
  readonly spanId: string;
  readonly rule: string;
  readonly because: Cause;
  readonly categories: readonly string[];
  readonly purposes: readonly string[];
  /** Host outside the tenant that received it, and its country; '' when none is known. */
  readonly host: string;
  readonly country: string;
}

/**
 * The host of a movement is that of its far end: of where it goes, or of where it is fetched from. Who called an outside
 * company is not that company.
 */
export function hostAt(id: string, { from, to, action, host }: Pick<Flow, 'from' | 'to' | 'action' | 'host'>): string {
  return (isInward(action) ? from : to) === id ? host : '';
}

/** An instant told by a clock of whole milliseconds may seem to lie just before what it followed: what is left is skew. */
export function notBefore(because: Cause, instantUs: number, ceilUs: number): number {
  return Math.min(Math.max(instantUs, because.atUs), ceilUs);
}

/** Deterministic order: time, then evidence, so that an answer does not depend on the order in which facts arrived. */
export function byTime(a: Flow, b: Flow): number {
  return a.atUs - b.atUs || compareText(flowKey(a), flowKey(b));
}

/** Identifies a flow within one answer; also the cursor of the timeline. */
export function flowKey(flow: Flow): string {
  return [flow.traceId, flow.spanId, flow.from, flow.to, flow.action, flow.rule, flow.actor ? 'actor' : ''].join('\n');
}

export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
