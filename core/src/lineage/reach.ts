import { strongComponents } from './strong-components.ts';

/**
 * Whose data may have come to which trace, without regard to time and rules: of everybody tagged in a trace that left
 * something under a key which the trace found, over any number of traces. Too many people at worst, never too few.
 *
 * Traces that can all reach each other, as those of one conversation do, have the same people: they are kept once for all of
 * them. Kept for each, seventy traces at a million spans were seven million pairs where people had been mixed up.
 */
export class Reach {
  /** Traces and keys by their number. */
  readonly #numbers = new Map<string, number>();
  readonly #isTrace: boolean[] = [];
  readonly #into: number[][] = [];
  readonly #tagged: (string[] | undefined)[] = [];
  readonly #membersMax: number;
  readonly #looksMax: number;
  /** By node: the component that it is in; by component: who is in it, and who came into it from others. */
  #componentOf: readonly number[] = [];
  #people: ReadonlySet<string>[] = [];
  #cameIn: ReadonlySet<string>[] = [];
  #traces: number[] = [];
  #members = 0;
  #looks = 0;
  #cut = false;

  /**
   * @param membersMax people of components, counted in each: what this holds in memory
   * @param looksMax people looked at on their way while they settle
   */
  constructor(membersMax: number, looksMax: number) {
    this.#membersMax = membersMax;
    this.#looksMax = looksMax;
  }

  /** There were more than could be held, or looked at: some people are missing. */
  get cut(): boolean {
    return this.#cut;
  }

  tagged(traceId: string, person: string): void {
    const trace = this.#trace(traceId);
    const known = this.#tagged[trace];
    if (known) known.push(person);
    else this.#tagged[trace] = [person];
  }

  /** The trace may have found what lies under the key. */
  hears(traceId: string, key: string): void {
    this.#goes(this.#key(key), this.#trace(traceId));
  }

  /** The trace may have found what the other one sent. */
  hearsTrace(traceId: string, from: string): void {
    this.#goes(this.#trace(from), this.#trace(traceId));
  }

  /** The trace may have left something under the key. */
  tells(traceId: string, key: string): void {
    this.#goes(this.#trace(traceId), this.#key(key));
  }

  /** Lets everybody go wherever they may have gone, unless there are too many. To be called once all is known. */
  settle(): void {
    const components = strongComponents(this.#into);
    const componentOf = new Array<number>(this.#into.length).fill(0);
    for (const [i, nodes] of components.entries()) for (const node of nodes) componentOf[node] = i;
    this.#componentOf = componentOf;
    const before: (number[] | undefined)[] = [];
    for (const [node, next] of this.#into.entries()) {
      const from = componentOf[node] ?? 0;
      for (const node of next) {
        const to = componentOf[node] ?? 0;
        if (to === from) continue;
        const known = before[to];
        if (known) known.push(from);
        else before[to] = [from];
      }
    }
    // Whoever leads to a component comes before it.
    for (const [i, nodes] of components.entries()) {
      const cameIn = this.#together([...new Set(before[i])].map((from) => this.#people[from] ?? NOBODY));
      const own = new Set(nodes.flatMap((node) => this.#tagged[node] ?? []));
      this.#cameIn.push(cameIn);
      this.#people.push(this.#together([cameIn, own]));
      this.#traces.push(nodes.reduce((count, node) => count + (this.#isTrace[node] ? 1 : 0), 0));
    }
  }

  /**
   * Everybody who may have reached the trace from others, over others where they were in it themselves. Traces that were
   * reached by the same people have the same set, so that whoever asks about many need look at it once.
   */
  fed(traceId: string): ReadonlySet<string> {
    const trace = this.#numbers.get(`trace ${traceId}`);
    const component = trace === undefined ? undefined : this.#componentOf[trace];
    if (component === undefined) return NOBODY;
    // A trace that comes back to itself over no other one has nothing from itself.
    const isAlone = this.#traces[component] === 1;
    return (isAlone ? this.#cameIn : this.#people)[component] ?? NOBODY;
  }

  /** Everybody of these sets; where that is one of them, that one itself. */
  #together(sets: readonly ReadonlySet<string>[]): ReadonlySet<string> {
    const [largest = NOBODY, ...others] = sets.toSorted((a, b) => b.size - a.size);
    let all: Set<string> | null = null;
    for (const people of others) {
      for (const person of people) {
        this.#looks += 1;
        if (this.#looks > this.#looksMax) {
          this.#cut = true;
          return all ?? largest;
        }
        if ((all ?? largest).has(person)) continue;
        if (all === null) {
          if (!this.#hold(largest.size)) return largest;
          all = new Set(largest);
          this.#looks += largest.size;
        }
        if (!this.#hold(1)) return all;
        all.add(person);
      }
    }
    return all ?? largest;
  }

  /** @returns whether so many more may be held */
  #hold(people: number): boolean {
    this.#cut ||= this.#members + people > this.#membersMax;
    if (!this.#cut) this.#members += people;
    return !this.#cut;
  }

  #goes(from: number, to: number): void {
    if (from !== to) this.#into[from]?.push(to);
  }

  #trace(traceId: string): number {
    return this.#number(`trace ${traceId}`, true);
  }

  #key(key: string): number {
    return this.#number(`key ${key}`, false);
  }

  #number(name: string, isTrace: boolean): number {
    const known = this.#numbers.get(name);
    if (known !== undefined) return known;
    const number = this.#into.length;
    this.#numbers.set(name, number);
    this.#into.push([]);
    this.#isTrace.push(isTrace);
    return number;
  }
}

const NOBODY: ReadonlySet<string> = new Set();
