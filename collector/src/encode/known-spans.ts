import type { ReadContext } from '@vestige/core/recognise/read-context';
import type { ReadResource } from '@vestige/core/recognise/read-resource';
import { PatternSpace } from './pattern.ts';
import type { Remembered } from './span-lesson.ts';
import { Step } from './span-paths.ts';

/** About a kilobyte each. */
const STEPS_MAX = 40_000;
const ROOTS_MAX = 10_000;
/** Of all values that choose a step. */
const BYTES_MAX = 16 * 1024 * 1024;

/** Of scopes that were found for a resource. */
const FOUND_MAX = 50_000;

interface Roots {
  readonly byName: Map<string, Step>;
  /** The same roots, found without putting the name together: asked for every few spans. */
  byResource: WeakMap<ReadResource, Map<string, Step>>;
  found: number;
}

const nothing = (): Remembered => ({ steps: 0, space: new PatternSpace() });

/**
 * Where the paths of spans begin: one root for each tenant's context (its hosts and aliases decide what a span is read
 * as), and in it for each service and instrumentation, as far as recognition looks at them.
 *
 * Bounded over all tenants: when it is full everything is forgotten and learned again, at some forty microseconds a
 * shape. What is hot comes back with the next request; what filled it does not.
 */
export class KnownSpans {
  remembered: Remembered = nothing();
  #byContext = new WeakMap<ReadContext, Roots>();

  /** Call before every few spans. Roots that were given out before lead to nothing that is remembered any more. */
  makeRoom(): void {
    if (this.remembered.steps < STEPS_MAX && this.remembered.space.bytes < BYTES_MAX) return;
    this.#byContext = new WeakMap();
    this.remembered = nothing();
  }

  rootOf(context: ReadContext, resource: ReadResource, scopeName: string, scopeVersion: string): Step {
    let roots = this.#byContext.get(context);
    if (roots === undefined || roots.byName.size > ROOTS_MAX) {
      roots = { byName: new Map(), byResource: new WeakMap(), found: 0 };
      this.#byContext.set(context, roots);
    }
    let found = roots.byResource.get(resource);
    if (found === undefined) {
      if (roots.found > FOUND_MAX) {
        roots.byResource = new WeakMap();
        roots.found = 0;
      }
      found = new Map();
      roots.byResource.set(resource, found);
    }
    const scope = `${scopeName.length} ${scopeName}${scopeVersion}`;
    let root = found.get(scope);
    if (root !== undefined) return root;
    const key = JSON.stringify([resource.name, resource.region, resource.account, scopeName, scopeVersion]);
    root = roots.byName.get(key);
    if (root === undefined) {
      root = new Step();
      roots.byName.set(key, root);
      this.remembered.steps += 1;
    }
    roots.found += 1;
    found.set(scope, root);
    return root;
  }
}
