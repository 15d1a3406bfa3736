import type { NodeAliases } from '../node/alias.ts';
import type { DatasetEdge, SpanFact } from './facts.ts';

/**
 * Facts under the names that are canonical today: an alias may have been registered after the span was stored.
 * A record ref is `{node id}#{hash}`; the hash does not change with the name.
 */
export function canonicalSpan(fact: SpanFact, canonical: NodeAliases): SpanFact {
  const ref = (text: string) => {
    const hash = text.lastIndexOf('#');
    return hash < 0 ? text : canonical(text.slice(0, hash)) + text.slice(hash);
  };
  return {
    ...fact,
    service: canonical(fact.service),
    self: fact.self === '' ? '' : canonical(fact.self),
    owner: fact.owner === '' ? '' : canonical(fact.owner),
    touches: fact.touches.map((touch) => ({ ...touch, peer: canonical(touch.peer) })),
    recordRefs: fact.recordRefs.map(ref),
    derivedFrom: fact.derivedFrom.map(ref),
  };
}

export function canonicalEdge(edge: DatasetEdge, canonical: NodeAliases): DatasetEdge {
  const name = (id: string) => (id === '' ? '' : canonical(id));
  const parent = edge.parentJob === undefined ? {} : { parentJob: canonical(edge.parentJob) };
  return { ...edge, ...parent, input: name(edge.input), output: name(edge.output), job: canonical(edge.job) };
}
