import type { TenantKey } from '@vestige/core/identity/token';
import { type Job, noUsableSelector } from './kit.ts';
import { comparable, formsOf, refMatcher } from './selectors.ts';

/** Whom a task looks for, in a form a connector can compare with what it stores. */
export interface Wanted {
  readonly node: string;
  /**
   * Identifier type → every spelling under which the store may hold it, as {@link Wanted.names} compares them. Only types
   * that the node can be searched by; never empty unless {@link Wanted.byRef}.
   */
  readonly identifiers: ReadonlyMap<string, ReadonlySet<string>>;
  /** True when the request also names records by ref, so that records without an identifier have to be looked at. */
  readonly byRef: boolean;
  /** True when this stored text is an identifier of the person. */
  names(type: string, stored: string): boolean;
  readonly signal: AbortSignal;
}

/** What a store holds about somebody, as far as it says: the kit decides whether it is the person's. */
export interface Holding {
  /** Identifier type → the text stored for it. Types the record does not carry are left out. */
  readonly identifiers: Readonly<Record<string, string | null | undefined>>;
  /** The key that makes a record ref, where the store has one (ruling 25). */
  readonly recordKey?: string;
}

/** `contradicted`: a ref names it, and an identifier in it is somebody else's or unknown to the request. It stays. */
export type Whose = 'persons' | 'contradicted' | 'somebody_elses';

/**
 * @param types identifier types the node can be searched by
 * @throws ConnectorError `no_usable_selector` when the request knows nothing the node could be searched by: the caller
 *   must never read that as "nothing found"
 */
export function wantedOf(
  job: Job,
  types: readonly string[],
  keys: readonly TenantKey[],
): Wanted & { whose(holding: Holding): Whose } {
  const identifiers = new Map(
    types.map((type) => [type, new Set(formsOf(type, job.selectors))] as const).filter(([, forms]) => forms.size > 0),
  );
  const matches = refMatcher(keys, job.node, job.recordRefs);
  if (identifiers.size === 0 && matches === null) throw noUsableSelector(job.node, types);
  const names = (type: string, stored: string) => identifiers.get(type)?.has(comparable(type, stored)) ?? false;
  return {
    node: job.node,
    identifiers,
    byRef: matches !== null,
    names,
    signal: job.signal,
    whose({ identifiers: held, recordKey }) {
      const told = Object.entries(held).flatMap(([type, text]) => (text ? [{ type, text }] : []));
      if (told.some(({ type, text }) => names(type, text))) return 'persons';
      if (recordKey === undefined || !(matches?.(recordKey) ?? false)) return 'somebody_elses';
      const contradicts = told.some(({ type, text }) => identifiers.has(type) && comparable(type, text) !== '');
      return contradicts ? 'contradicted' : 'persons';
    },
  };
}
