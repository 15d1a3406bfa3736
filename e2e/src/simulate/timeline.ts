/**
 * Work that happens in time: it yields the instant at which it goes on (microseconds, the organisation's true clock) and
 * acts whenever it runs, so that everything concurrent sees what has really happened before, and nothing else.
 */
export type Work<T = void> = Generator<number, T, void>;

export class Timeline {
  readonly #queue: { at: number; order: number; work: Work<unknown> }[] = [];
  #now: number;
  #order = 0;

  constructor(startUs: number) {
    this.#now = startUs;
  }

  get now(): number {
    return this.#now;
  }

  start(at: number, work: Work<unknown>): void {
    this.#push({ at: Math.max(at, this.#now), order: this.#order++, work });
  }

  /** Until nothing is left to do. */
  run(): void {
    for (let next = this.#pop(); next !== undefined; next = this.#pop()) {
      this.#now = next.at;
      const step = next.work.next();
      if (!step.done) this.#push({ at: Math.max(step.value, this.#now), order: this.#order++, work: next.work });
    }
  }

  *wait(us: number): Work {
    yield this.#now + us;
  }

  /** Several things at once; goes on when the last of them has ended. */
  *together(works: readonly Work<unknown>[]): Work {
    const running = works.map((work) => ({ work, at: this.#now }));
    while (running.length > 0) {
      const next = running.reduce((a, b) => (b.at < a.at ? b : a));
      if (next.at > this.#now) yield next.at;
      const step = next.work.next();
      if (step.done) running.splice(running.indexOf(next), 1);
      else next.at = step.value;
    }
  }

  #push(entry: { at: number; order: number; work: Work<unknown> }): void {
    const queue = this.#queue;
    let at = queue.length;
    queue.push(entry);
    while (at > 0) {
      const up = (at - 1) >> 1;
      const above = queue[up];
      if (!above || isBefore(above, entry)) break;
      queue[at] = above;
      at = up;
    }
    queue[at] = entry;
  }

  #pop() {
    const queue = this.#queue;
    const first = queue[0];
    const last = queue.pop();
    if (first === undefined || last === undefined || queue.length === 0) return first;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      const [left, right] = [queue[child], queue[child + 1]];
      if (left === undefined) break;
      if (right !== undefined && isBefore(right, left)) child++;
      const least = queue[child];
      if (least === undefined || isBefore(last, least)) break;
      queue[at] = least;
      at = child;
    }
    queue[at] = last;
    return first;
  }
}

function isBefore(a: { at: number; order: number }, b: { at: number; order: number }): boolean {
  return a.at < b.at || (a.at === b.at && a.order < b.order);
}
