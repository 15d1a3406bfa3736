import type { Attrs } from '@vestige/core/model/span';

/** Without a prototype: an attribute may be called `__proto__` or `constructor`. */
export function emptyAttrs(): Attrs {
  return Object.create(null) as Attrs;
}
