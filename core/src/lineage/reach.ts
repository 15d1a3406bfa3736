/**
 * Whose data may have come to which trace, without regard to time and rules: of everybody tagged in a trace that left
 * something under a key which the trace found, over any number of traces. Too many people at worst, never too few.
 */
export class Reach {
  /** Where from each node goes on, and, of traces, what each may have found. */
  readonly #into = new Map<string, string[]>();
  readonly #heard = new Map<string, string[]>();
  /** By node, each with the one neighbour that it came from, or null when it is from several, or the node's own. */
  readonly #people = new Map<string, Map<string, string | null>>();
  readonly #membersMax: number;
  readonly #looksMax: number;
  #members = 0;
  #looks = 0;
  #cut = false;

  /**
   * @param membersMax people of traces and keys, counted in each: what this holds in memory
   * @param looksMax people looked at on their way, while they settle and again in all that is asked afterwards
   */
  constructor(membersMax: number, looksMax: number) {
    this.#membersMax = membersMax;
    this.#looksMax = looksMax;
  }

  /** There were more than could be held, or looked at so far: some people are missing. */
  get cut(): boolean {
    return this.#cut;
  }

  tagged(traceId: string, person: string): void {
    this.#add(traceNode(traceId), person, null);
  }

  /** The trace may have found what lies under the key. */
  hears(traceId: string, key: string): void {
    this.#hears(traceNode(traceId), keyNode(key));
  }

  /** The trace may have found what the other one sent. */
  hearsTrace(traceId: string, from: string): void {
    this.#hears(traceNode(traceId), traceNode(from));
  }

  /** The trace may have left something under the key. */
  tells(traceId: string, key: string): void {
    append(this.#into, traceNode(traceId), keyNode(key));
  }

  /** Lets everybody go wherever they may have gone, unless there are too many. To be called once all is known. */
  settle(): void {
    const queue = new Set(this.#people.keys());
    for (const node of queue) {
      queue.delete(node);
      const people = this.#people.get(node) ?? new Map<string, string | null>();
      for (const next of this.#into.get(node) ?? []) {
        let moved = false;
        for (const person of people.keys()) {
          if (this.#cut || !this.#look()) return;
          moved = this.#add(next, person, node) || moved;
        }
        if (moved) queue.add(next);
      }
    }
    this.#looks = 0;
  }

  /**
   * Everybody who may have reached the trace from others, over others where they were in it themselves. Whoever asks about
   * more than can be looked at is told too few, which {@link cut} says from then on.
   */
  fed(traceId: string): ReadonlySet<string> {
    const own = traceNode(traceId);
    const found = new Set<string>();
    for (const node of this.#heard.get(own) ?? []) {
      for (const [person, from] of this.#people.get(node) ?? []) {
        if (!this.#look()) return found;
        if (from !== own) found.add(person);
      }
    }
    return found;
  }

  /** @returns whether one more person may be looked at */
  #look(): boolean {
    this.#looks += 1;
    this.#cut ||= this.#looks > this.#looksMax;
    return this.#looks <= this.#looksMax;
  }

  #hears(trace: string, from: string): void {
    if (trace === from) return;
    append(this.#heard, trace, from);
    append(this.#into, from, trace);
  }

  /** @returns whether the person is new there */
  #add(node: string, person: string, from: string | null): boolean {
    const people = this.#people.get(node) ?? new Map<string, string | null>();
    const known = people.get(person);
    if (known !== undefined) {
      if (known !== from) people.set(person, null);
      return false;
    }
    if (this.#members >= this.#membersMax) {
      this.#cut = true;
      return false;
    }
    this.#members += 1;
    this.#people.set(node, people);
    people.set(person, from);
    return true;
  }
}

const traceNode = (traceId: string) => `trace ${traceId}`;
const keyNode = (key: string) => `key ${key}`;

function append(lists: Map<string, string[]>, key: string, value: string): void {
  const known = lists.get(key);
  if (known) known.push(value);
  else lists.set(key, [value]);
}
