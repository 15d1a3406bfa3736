import type { paths } from '../../api/schema.d.ts';
import { isFault, selectorsOf, type TypedIdentifier } from '../new-request-body.ts';

type Body = paths['/v1/holds']['post']['requestBody']['content']['application/json'];
export type HoldScope = 'places' | 'person' | 'everything';

export interface TypedScope {
  readonly scope: HoldScope;
  /** One node id a line. */
  readonly places: string;
  readonly rows: readonly TypedIdentifier[];
}

/** As the API takes it. Only what belongs to the chosen scope is sent: what was typed under another is none of it. */
export function scopeOf({ scope, places, rows }: TypedScope): Pick<Body, 'nodes' | 'identifiers' | 'tokens'> {
  if (scope === 'places') return { nodes: linesOf(places) };
  if (scope === 'everything') return {};
  const selectors = selectorsOf(rows);
  return isFault(selectors) ? {} : selectors;
}

/** A scope that names nothing would be sent as a hold on everything. */
export function isComplete({ scope, places, rows }: TypedScope): boolean {
  if (scope === 'places') return linesOf(places).length > 0;
  return scope === 'everything' || !isFault(selectorsOf(rows));
}

const linesOf = (text: string): string[] =>
  text.split('\n').flatMap((line) => (line.trim() === '' ? [] : [line.trim()]));
