import type { JumpNeed } from './facts.ts';

export interface ClosureLimits {
  /** Traces asked for in all, and in one round. */
  readonly tracesMax: number;
  readonly tracesPerRound: number;
  /** Spans at hand above which no further trace is asked for. */
  readonly spansMax: number;
  /** Jump keys, linked-to traces and datasets asked for in all, each. */
  readonly keysMax: number;
}

export const DEFAULT_LIMITS: ClosureLimits = {
  tracesMax: 50_000,
  tracesPerRound: 2_000,
  spansMax: 400_000,
  keysMax: 100_000,
};

/**
 * What was asked for, so that nothing is asked twice, and within which bounds. A key is asked again only if more of it
 * turns out to matter: from an earlier instant on, or all hits instead of deletes alone.
 */
export class Asking {
  readonly #limits: ClosureLimits;
  readonly #pending = new Set<string>();
  readonly #traces = new Set<string>();
  readonly #jumps = new Map<string, JumpNeed>();
  readonly #linksTo = new Set<string>();
  readonly #datasets = new Set<string>();
  #cut = false;

  constructor(limits: ClosureLimits) {
    this.#limits = limits;
  }

  /** A limit was reached: something that may matter was not asked for. */
  get cut(): boolean {
    return this.#cut;
  }

  /** Traces asked for, and all that were found to matter. */
  get traces(): { followed: number; known: number } {
    return { followed: this.#traces.size, known: this.#traces.size + this.#pending.size };
  }

  wantTrace(traceId: string): void {
    if (!this.#traces.has(traceId)) this.#pending.add(traceId);
  }

  /** @param spanCount spans at hand */
  nextTraces(spanCount: number): string[] {
    const { tracesMax, tracesPerRound, spansMax } = this.#limits;
    const room = spanCount >= spansMax ? 0 : Math.min(tracesPerRound, tracesMax - this.#traces.size);
    const traces = [...this.#pending.values().take(Math.max(0, room))];
    for (const traceId of traces) {
      this.#pending.delete(traceId);
      this.#traces.add(traceId);
    }
    this.#cut ||= traces.length === 0 && this.#pending.size > 0;
    return traces;
  }

  nextJumps(needs: Iterable<JumpNeed>): JumpNeed[] {
    const next = new Map<string, JumpNeed>();
    for (const need of needs) {
      const before = this.#jumps.get(need.key);
      const both = joined(need, before);
      if (both === before) continue;
      if (!before && this.#jumps.size >= this.#limits.keysMax) {
        this.#cut = true;
        continue;
      }
      this.#jumps.set(need.key, both);
      next.set(need.key, both);
    }
    return [...next.values()];
  }

  nextLinksTo(traceIds: Iterable<string>): string[] {
    return this.#next(traceIds, this.#linksTo);
  }

  nextDatasets(names: Iterable<string>): string[] {
    return this.#next(names, this.#datasets);
  }

  #next(names: Iterable<string>, asked: Set<string>): string[] {
    const fresh = [...new Set(names)].filter((name) => !asked.has(name));
    const room = Math.max(0, this.#limits.keysMax - asked.size);
    this.#cut ||= fresh.length > room;
    const next = fresh.slice(0, room);
    for (const name of next) asked.add(name);
    return next;
  }
}

/** What covers both; the one asked before if it does already. */
function joined(need: JumpNeed, asked: JumpNeed | undefined): JumpNeed {
  if (!asked) return need;
  const fromUs = Math.min(need.fromUs, asked.fromUs);
  const deletesOnly = (need.deletesOnly ?? false) && (asked.deletesOnly ?? false);
  if (fromUs === asked.fromUs && deletesOnly === (asked.deletesOnly ?? false)) return asked;
  return { key: need.key, fromUs, ...(deletesOnly ? { deletesOnly } : {}) };
}
