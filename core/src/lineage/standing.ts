import { type SkewBounds, skewToPrecede } from './clock.ts';
import type { SubjectTag } from './facts.ts';
import type { TraceSpan, TraceTree } from './trace.ts';

/**
 * As whom the person appears: the subject of the data (`mentioned` counts as that, ruling 8), or somebody who acts on
 * the data of others. The two spread apart and never mix.
 */
export type Track = 'subject' | 'actor';

/** What one span itself says about the person (rule 1). */
export interface Standing {
  /** The span declares the person, or carries or inherits an ambient tag. Null: it says nothing of its own. */
  readonly own: 'declared' | 'ambient' | null;
  /** It declares whose data it handles and the person is not among them: that is the whole truth (ruling 6). */
  readonly others: boolean;
  /** Its holder has the person's data from its start: a tag of its own, inherited or on a link. */
  readonly taints: boolean;
  /** The span whose tag it is: itself or its nearest tagged ancestor. */
  readonly tagged: TraceSpan;
  readonly skewUs: number;
}

/** Tags of the person by trace and span. */
export type TagIndex = ReadonlyMap<string, ReadonlyMap<string, readonly SubjectTag[]>>;

export function tagIndex(tags: Iterable<SubjectTag>): TagIndex {
  const index = new Map<string, Map<string, SubjectTag[]>>();
  for (const tag of tags) {
    const spans = index.get(tag.traceId) ?? new Map<string, SubjectTag[]>();
    index.set(tag.traceId, spans);
    const known = spans.get(tag.spanId) ?? [];
    spans.set(tag.spanId, known);
    known.push(tag);
  }
  return index;
}

/** Only spans that say something are in the map: most spans of most traces do not. */
export function standings(
  tree: TraceTree,
  tags: ReadonlyMap<string, readonly SubjectTag[]> | undefined,
  track: Track,
  skew: SkewBounds,
): ReadonlyMap<TraceSpan, Standing> {
  const found = new Map<TraceSpan, Standing>();
  /** Of each span: the nearest span at or above it that carries a tag of anybody. */
  const nearest = new Map<TraceSpan, TraceSpan | null>();
  for (const span of tree.spans) {
    const above = span.parent === null ? null : (nearest.get(span.parent) ?? null);
    const mine = tags?.get(span.fact.spanId) ?? [];
    nearest.set(span, span.fact.attribution !== 'none' || mine.length > 0 ? span : above);
    if (span.ownWork) continue;

    const here = mine.filter((tag) => (tag.role === 'actor') === (track === 'actor'));
    const direct = here.filter((tag) => !tag.viaLink);
    // To declare who acted says nothing of whose data it was.
    if (span.fact.attribution === 'declared' && span.fact.role !== 'actor' && direct.length === 0) {
      // A token on a link still hands the data to the holder; the span's own touches stay those of others.
      found.set(span, { own: null, others: true, taints: here.length > 0, tagged: span, skewUs: 0 });
    } else if (here.length > 0) {
      const declared = direct.some((tag) => tag.attribution === 'declared');
      found.set(span, { own: declared ? 'declared' : 'ambient', others: false, taints: true, tagged: span, skewUs: 0 });
    } else if (mine.length === 0 && span.fact.attribution === 'none' && above !== null && found.get(above)?.own) {
      const { fact } = above;
      const needed = skewToPrecede(skew, fact.startUs, fact.service, span.startCeilUs, span.fact.service);
      if (needed === null) continue;
      found.set(span, { own: 'ambient', others: false, taints: true, tagged: above, skewUs: needed });
    }
  }
  return found;
}
