import type { ToldFlow } from './ask.ts';
import type { Movement } from './ground-truth.ts';
import type { SimSpan } from './span.ts';

/**
 * Why answers may say what did not happen: each class is a limit of what spans tell, described in the README beside this
 * file. What no class explains is `unexplained`, and a test refuses that.
 */
const REASONS = [
  'unexplained',
  'a failed write had no effect',
  'a job copied other rows',
  'clocks were apart by less than is tolerated',
  'the running request served the person, this span did not touch them',
  'the answer was not about the person',
  'the callee had the data and gave back something else',
  'the holder had the data and sent something else',
  'the place had the data and gave something else',
  'follows from one of these',
] as const;
type Reason = (typeof REASONS)[number];

/** What is said of one person, beside what happened to them. */
export class Wrongs {
  readonly #spans: ReadonlyMap<string, SimSpan>;
  readonly #really: ReadonlySet<string>;
  readonly #into: ReadonlyMap<string, readonly ToldFlow[]>;
  readonly #came: ReadonlyMap<string, readonly Movement[]>;

  /** @param spans by `trace span` */
  constructor(flows: readonly ToldFlow[], movements: readonly Movement[], spans: ReadonlyMap<string, SimSpan>) {
    this.#spans = spans;
    this.#really = new Set(movements.flatMap((one) => this.#keysOf(one)));
    this.#into = Map.groupBy(flows, ({ to }) => to);
    // Who passes something on has handled it, also where nobody saw how it came.
    this.#came = Map.groupBy(
      movements.flatMap((one) => [
        { ...one, at: one.to },
        { ...one, at: one.from },
      ]),
      ({ at }) => at,
    );
  }

  /** The weakest excuse among those of several flows counts. */
  why(flows: readonly ToldFlow[]): Reason {
    const reasons = flows.map((flow) => this.#whyOne(flow));
    return REASONS.find((reason) => reasons.includes(reason)) ?? 'unexplained';
  }

  #whyOne(flow: ToldFlow): Reason {
    const { rule, confidence, action, skewUs, because } = flow;
    if (confidence === 'declared') return 'unexplained';
    if (rule === 'job') return this.#follows(flow) ? 'follows from one of these' : 'a job copied other rows';
    if (confidence === 'ambient') return 'the running request served the person, this span did not touch them';
    const failed = this.#spans.get(`${flow.traceId} ${flow.spanId}`)?.ended === 'failed';
    if (action === 'write' && failed) return 'a failed write had no effect';
    if (this.#follows(flow)) return 'follows from one of these';
    if (skewUs > 0) return 'clocks were apart by less than is tolerated';
    if (because.rule === 5 && action === 'write') return 'the place had the data and gave something else';
    if (!this.#had(flow)) {
      // A tag taints whoever runs under it, also where nothing of the person ever came.
      return because.rule === 1 ? 'the running request served the person, this span did not touch them' : 'unexplained';
    }
    if (rule === 'return') return 'the callee had the data and gave back something else';
    if (action === 'receive') return 'the answer was not about the person';
    return action === 'read'
      ? 'the place had the data and gave something else'
      : 'the holder had the data and sent something else';
  }

  /** Something wrong is said to have brought the data to where this starts. */
  #follows({ from, traceId, atUs }: ToldFlow): boolean {
    return (this.#into.get(from) ?? []).some(
      (one) => this.#isAround(one, from, traceId, atUs) && !this.#keysOf(one).some((key) => this.#really.has(key)),
    );
  }

  /** One call may be told by a span and by the one above it: a wrapper, or the caller's side. */
  #keysOf(one: Pick<ToldFlow, 'traceId' | 'spanId' | 'from' | 'to' | 'action'>): string[] {
    const { traceId, spanId, from, to, action } = one;
    const span = this.#spans.get(`${traceId} ${spanId}`);
    const above = span && this.#spans.get(`${traceId} ${span.parentId}`);
    const isSame = above && (above.kind === 'client' || above.did.some(({ node }) => node === from || node === to));
    return [spanId, ...(isSame ? [above.spanId] : [])].map((id) => `${traceId} ${id} ${from} -> ${to}: ${action}`);
  }

  #had({ from, traceId, atUs }: ToldFlow): boolean {
    return (this.#came.get(from) ?? []).some((one) => this.#isAround(one, from, traceId, atUs));
  }

  /** Executions have what came to them in the same trace; places and conversations what came at any time. */
  #isAround(one: { traceId: string; atUs: number }, at: string, traceId: string, atUs: number): boolean {
    const rests = /^(store|memory|queue|agent|service):/.test(at) || one.traceId === traceId;
    return rests && one.atUs <= atUs + SLACK_US;
  }
}

/** Clocks of services and of the truth differ by up to this. */
const SLACK_US = 200_000;
