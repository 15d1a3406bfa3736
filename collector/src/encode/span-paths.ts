import { hash, randomBytes } from 'node:crypto';
import { ATTR } from '@vestige/core/convention/attributes';
import type { Pattern, PatternSpace } from './pattern.ts';
import type { KeyRole } from './span-keys.ts';
import type { SpanPlan } from './span-plan.ts';

/**
 * The spans seen so far as a graph of paths. A span is walked field by field: every value that recognition may look at
 * chooses the next step, every other leaves it. So two spans that end on the same step are read the same, except for the
 * values that were passed over, and what reading the first one gave (`SpanPlan`) is written out for all later ones
 * without reading them.
 *
 * What may not be kept on disk is not kept here either: a value that scrubbing drops or changes chooses its step by a
 * keyed hash (`sealed`).
 */
export class Step {
  /** Name, kind and status of a span, name of an event: whole fields. */
  readonly fields = new Choice();
  readonly keys: KeyStep[] = [];
  lastKey: KeyStep | null = null;
  /** The attribute that came here last, if its value chose the step: mostly it comes again. */
  lastPair: Pair | null = null;
  /** Into an event, into a link, and out of either. */
  event: Step | null = null;
  link: Step | null = null;
  end: Step | null = null;
  /** How a span that ends here is written; null when it was never read, or cannot be written so. */
  root: SpanPlan | null = null;
  child: SpanPlan | null = null;
}

/** A whole `KeyValue`, and the step it leads to. */
export interface Pair {
  readonly pattern: Pattern;
  readonly next: Step;
  /** Values nested in its own. */
  readonly nested: number;
}

/** A key that may follow, and the steps its values lead to. */
export class KeyStep {
  readonly key: string;
  readonly role: KeyRole;
  /** The key's field and the tag of the value: `0a {length} {key} 12`. */
  readonly head: Pattern;
  /** Scrubbing may store the value. */
  readonly isStored: boolean;
  /** `vestige.derived_from`, of the two keys that hold refs. */
  readonly isDerived: boolean;
  /** Values that choose a step byte for byte. */
  readonly values = new Choice();
  /** Values that choose a step by what is left of them: lists of refs, URLs and paths, Redis commands. */
  readonly nodes = new Choice();
  readonly addresses = new Choice();
  readonly commands = new Choice();
  /** For all other values that fit the role. */
  other: Step | null = null;

  constructor(key: string, role: KeyRole, head: Pattern, isStored: boolean) {
    this.key = key;
    this.role = role;
    this.head = head;
    this.isStored = isStored;
    this.isDerived = key === ATTR.derivedFrom;
  }
}

/** Beyond this a step has seen so many values that the next one will be new as well. */
const VALUES_MAX = 1_024;
/** Compared one after the other up to here, by a hash table beyond. */
const LISTED_MAX = 8;

export interface Value {
  readonly space: PatternSpace;
  /** The whole attribute, when the value has come as one. */
  pair: Pair | null;
  readonly hash: number;
  readonly pattern: Pattern;
  readonly next: Step;
}

/** Steps chosen by a value. A new one is made for a value that is not there; nothing is ever taken out. */
export class Choice {
  #values: Value[] = [];
  /** What was found last, unless it was sealed. */
  last: Value | null = null;
  #byHash: Map<number, Value[]> | null = null;
  #sealed: Map<string, Step> | null = null;
  size = 0;

  /** @param view over the same bytes */
  get(bytes: Uint8Array, view: DataView, start: number, end: number): Step | null {
    const length = end - start;
    const { last } = this;
    if (last !== null && last.pattern.length === length && last.pattern.isAt(view, start)) return last.next;
    const values = this.#byHash === null ? this.#values : (this.#byHash.get(hashOf(bytes, start, end)) ?? NO_VALUES);
    for (const value of values) {
      if (value.pattern.length !== length || !value.pattern.isAt(view, start)) continue;
      this.last = value;
      return value.next;
    }
    if (this.#sealed === null || end - start > SEALED_BYTES_MAX) return null;
    return this.#sealed.get(seal(bytes, start, end)) ?? null;
  }

  /** @returns the new step, or null when there are too many values */
  add(space: PatternSpace, bytes: Uint8Array, start: number, end: number, isSealed: boolean): Step | null {
    if (this.size >= VALUES_MAX || end - start > SEALED_BYTES_MAX) return null;
    const next = new Step();
    this.size += 1;
    if (isSealed) {
      this.#sealed ??= new Map();
      this.#sealed.set(seal(bytes, start, end), next);
      return next;
    }
    const value: Value = {
      space,
      pattern: space.pattern(bytes, start, end),
      hash: hashOf(bytes, start, end),
      next,
      pair: null,
    };
    this.#values.push(value);
    this.last = value;
    if (this.#values.length > LISTED_MAX) this.#byHash ??= Map.groupBy(this.#values.slice(0, -1), ({ hash }) => hash);
    const same = this.#byHash?.get(value.hash);
    if (same === undefined) this.#byHash?.set(value.hash, [value]);
    else same.push(value);
    return next;
  }
}

const NO_VALUES: readonly Value[] = [];

/** FNV-1a. */
function hashOf(bytes: Uint8Array, start: number, end: number): number {
  let hash = 0x811c9dc5;
  for (let at = start; at < end; at++) hash = Math.imul(hash ^ (bytes[at] as number), 0x01000193);
  // A small integer: larger ones would each be an object in the table.
  return hash & 0x3fff_ffff;
}

/** Dies with the process, so that what it hashed cannot be guessed at from outside. */
const SEAL_KEY_BYTES = 32;
let sealed = randomBytes(SEAL_KEY_BYTES);

/** Longer values are other ones in every span. */
const SEALED_BYTES_MAX = 16_384;

function seal(bytes: Uint8Array, start: number, end: number): string {
  const length = SEAL_KEY_BYTES + end - start;
  if (length > sealed.length) sealed = Buffer.concat([sealed.subarray(0, SEAL_KEY_BYTES), Buffer.alloc(length * 2)]);
  sealed.set(bytes.subarray(start, end), SEAL_KEY_BYTES);
  const digest = hash('sha256', sealed.subarray(0, length), 'binary');
  // The value itself is not to stay here.
  sealed.fill(0, SEAL_KEY_BYTES, length);
  return digest;
}
