import type { SimPerson } from './span.ts';

/**
 * What really happened, written down by the organisation itself while it happens: which person's data moved from where to
 * where, and where it lies. Nothing here is derived from spans, and nothing of the code under test is used.
 *
 * `told`: the path that this data had taken by then has a span that names the person, every step since is one that design
 * 04 promises to follow, and no span of it was lost. Only what was told can be expected of an answer (recall); whatever
 * happened makes an answer right (precision).
 */
export interface Movement {
  readonly person: number;
  readonly from: string;
  readonly to: string;
  readonly action: 'read' | 'write' | 'share' | 'receive' | 'delete';
  readonly told: boolean;
  readonly atUs: number;
  readonly traceId: string;
  readonly spanId: string;
  /** The outside party that got it: a registered one, or its host; '' for what stays inside. */
  readonly party: string;
}

/** Something in a place: a row, an object, an entry of a memory, a message. */
export interface Item {
  readonly key: string;
  readonly ref: string;
  readonly people: Map<number, Presence>;
  /** The place lets go of it then. */
  untilUs: number;
}

export interface Presence {
  told: boolean;
  /** A span that named the item has told it: a reader that names the item too can be followed. */
  linked: boolean;
  /** A span has told that it was put here: of a memory, whoever reads it then can be followed (rule 6). */
  written: boolean;
}

export const NOT_TOLD: Presence = { told: false, linked: false, written: false };

/** Where data rests, and what is really in it. */
export class Place {
  readonly node: string;
  readonly items = new Map<string, Item>();

  constructor(node: string) {
    this.node = node;
  }

  item(key: string, ref: string): Item {
    const known = this.items.get(key);
    if (known) return known;
    const item: Item = { key, ref, people: new Map(), untilUs: Number.POSITIVE_INFINITY };
    this.items.set(key, item);
    return item;
  }

  /** What is still there. */
  alive(atUs: number): Item[] {
    return [...this.items.values()].filter(({ untilUs, people }) => untilUs > atUs && people.size > 0);
  }
}

/** All that a place had of a person was deleted by a span that declared them, and that was not lost. */
export interface Clearing {
  readonly person: number;
  readonly node: string;
  /** When the call began. */
  readonly atUs: number;
}

export class GroundTruth {
  readonly movements: Movement[] = [];
  readonly clearings: Clearing[] = [];
  readonly places: Place[] = [];
  /** Who acted on other people's data in which trace. */
  readonly actors = new Set<number>();
  endUs = 0;

  place(node: string): Place {
    const known = this.places.find((place) => place.node === node);
    if (known) return known;
    const place = new Place(node);
    this.places.push(place);
    return place;
  }

  moved(movement: Movement): void {
    if (movement.from !== movement.to) this.movements.push(movement);
  }

  of(person: SimPerson): Movement[] {
    return this.movements.filter((movement) => movement.person === person.number);
  }

  /** Places that were cleared of the person and have had nothing to do with them since, nor shortly before. */
  clearedOf(person: SimPerson): string[] {
    const lastUs = new Map<string, number>();
    for (const { action, from, to, atUs } of this.of(person)) {
      if (action === 'delete') continue;
      for (const node of [from, to]) lastUs.set(node, Math.max(lastUs.get(node) ?? 0, atUs));
    }
    return this.clearings
      .filter(
        ({ person: number, node, atUs }) => number === person.number && atUs > (lastUs.get(node) ?? 0) + SETTLED_US,
      )
      .map(({ node }) => node);
  }

  /** Node → whether an answer can be expected to know it; for everywhere the person's data lies at the end. */
  residency(person: SimPerson): Map<string, boolean> {
    const found = new Map<string, boolean>();
    for (const place of this.places) {
      const here = place.alive(this.endUs).flatMap(({ people }) => people.get(person.number) ?? []);
      if (here.length > 0)
        found.set(
          place.node,
          here.some(({ told }) => told),
        );
    }
    return found;
  }
}

/** Calls that were under way are over by then, whatever the clocks of their services. */
const SETTLED_US = 1_000_000;
