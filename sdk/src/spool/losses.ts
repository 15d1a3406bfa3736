import { context, ROOT_CONTEXT } from '@opentelemetry/api';
import type { Counters } from '../counters.ts';
import type { Loss } from '../options.ts';
import type { Reporter } from '../problem.ts';

const TELL_AFTER_MS = 1_000;

/** Counts spans that are gone and tells the host about them, at most once a second and reason. */
export class Losses {
  readonly #counters: Counters;
  readonly #reporter: Reporter;
  readonly #onLoss: ((loss: Loss) => void) | undefined;
  #untold = new Map<Loss['reason'], number>();
  #timer: NodeJS.Timeout | null = null;

  constructor(counters: Counters, reporter: Reporter, onLoss: ((loss: Loss) => void) | undefined) {
    this.#counters = counters;
    this.#reporter = reporter;
    this.#onLoss = onLoss;
  }

  add(spans: number, reason: Loss['reason']): void {
    if (spans === 0) return;
    this.#counters.lost += spans;
    this.#untold.set(reason, (this.#untold.get(reason) ?? 0) + spans);
    if (this.#timer) return;
    this.#timer = context.with(ROOT_CONTEXT, () => setTimeout(() => this.tell(), TELL_AFTER_MS));
    this.#timer.unref();
  }

  tell(): void {
    if (this.#timer) clearTimeout(this.#timer);
    this.#timer = null;
    const untold = this.#untold;
    this.#untold = new Map();
    for (const [reason, spans] of untold) {
      this.#reporter.report('spans_lost', `${spans} ended spans were lost`, { spans, reason }, reason);
      try {
        this.#onLoss?.({ spans, reason });
      } catch (error) {
        this.#reporter.internal('the onLoss callback', error);
      }
    }
  }
}
