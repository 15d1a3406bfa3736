import type { ToldFlow } from './ask.ts';
import type { Movement } from './ground-truth.ts';
import type { SimSpan } from './span.ts';

/**
 * Why an answer may say what did not happen: each class is a limit of what spans tell, described in the README beside
 * this file. The weakest excuse counts: what no class explains is `unexplained`, and a test refuses that.
 */
export function whyWrong(
  flows: readonly ToldFlow[],
  movements: readonly Movement[],
  sent: ReadonlyMap<string, SimSpan>,
): string {
  const reasons = flows.map((flow) => whyFlowWrong(flow, movements, sent));
  return ORDER.find((reason) => reasons.includes(reason)) ?? 'unexplained';
}

const ORDER = [
  'unexplained',
  'a failed write had no effect',
  'a job copied other rows',
  'the running request served the person, this span did not touch them',
  'the answer was not about the person',
  'the callee had the data and gave back something else',
  'the holder had the data and sent something else',
  'follows from one of these',
] as const;
type Reason = (typeof ORDER)[number];

function whyFlowWrong(flow: ToldFlow, movements: readonly Movement[], sent: ReadonlyMap<string, SimSpan>): Reason {
  const { from, rule, confidence, action, spanId, traceId } = flow;
  if (rule === 'job') return 'a job copied other rows';
  if (confidence === 'ambient') return 'the running request served the person, this span did not touch them';
  const span = sent.get(`${traceId} ${spanId}`);
  if (action === 'write' && span?.ended === 'failed') return 'a failed write had no effect';
  const had = movements.some(
    (movement) => movement.to === from && movement.traceId === traceId && movement.atUs <= flow.atUs + SLACK_US,
  );
  if (confidence === 'declared') return 'unexplained';
  if (rule === 'return' && had) return 'the callee had the data and gave back something else';
  if (action === 'receive') return 'the answer was not about the person';
  return had ? 'the holder had the data and sent something else' : 'follows from one of these';
}

/** Clocks of services and of the truth differ by up to this. */
const SLACK_US = 200_000;
