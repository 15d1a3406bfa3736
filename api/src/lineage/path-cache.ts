import type { Flow } from '@vestige/core/lineage/flow';

/** How long the pages of one timeline are cut from one reading of it. */
const KEPT_MS = 60_000;
const PATHS_MAX = 16;
const FLOWS_MAX = 500_000;

/**
 * The flows of timelines that somebody is paging through, so that not every page follows the person anew. Held for a
 * minute in the memory of one process and never longer; what is not here is worked out again, and the pages fit together
 * all the same. The key is to name everything that an answer depends on but time: who is meant, the window, and the
 * version of the suppression list, so that nothing of a person is shown from here once their erasure has begun.
 */
export class PathCache {
  readonly #nowMs: () => number;
  readonly #paths = new Map<string, { readonly flows: readonly Flow[]; readonly untilMs: number }>();

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  get(key: string): readonly Flow[] | null {
    this.#dropOld();
    return this.#paths.get(key)?.flows ?? null;
  }

  set(key: string, flows: readonly Flow[]): void {
    this.#paths.delete(key);
    this.#paths.set(key, { flows, untilMs: this.#nowMs() + KEPT_MS });
    this.#dropOld();
  }

  #dropOld(): void {
    const nowMs = this.#nowMs();
    let held = [...this.#paths.values()].reduce((sum, { flows }) => sum + flows.length, 0);
    for (const [key, { flows, untilMs }] of this.#paths) {
      if (untilMs > nowMs && held <= FLOWS_MAX && this.#paths.size <= PATHS_MAX) break;
      this.#paths.delete(key);
      held -= flows.length;
    }
  }
}
