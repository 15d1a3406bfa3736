import type { Action } from '../convention/attributes.ts';
import type { Holder } from './holders.ts';
import { samePeer } from './same-peer.ts';
import type { TraceSpan } from './trace.ts';

/** A touch of a model as the span beside told it. */
interface Told<Draft> {
  readonly span: TraceSpan;
  readonly holders: readonly Holder[];
  readonly peer: string;
  readonly action: Action;
  readonly draft: Draft;
  joined: boolean;
}

/** A model is called a few times at once by one parent; older calls beside have ended. */
const BESIDE_MAX = 16;

/**
 * Two libraries that tell of one model call and do not know of each other leave their spans side by side: OpenLLMetry's of
 * Anthropic's client, and that client's own. They are one call where one encloses the other in time and only one of them
 * knows the host; calls of one library all know it, or none does.
 */
export class Beside<Draft> {
  readonly #byParent = new Map<TraceSpan | null, Told<Draft>[]>();

  /** The draft of the span beside that tells of this call, and whether that span lies around it or within. */
  of(
    span: TraceSpan,
    holders: readonly Holder[],
    peer: string,
    action: Action,
  ): { readonly draft: Draft; readonly isAround: boolean } | null {
    if (!peer.startsWith('model:')) return null;
    for (const told of this.#byParent.get(span.parent) ?? []) {
      const isOne =
        !told.joined &&
        told.span !== span &&
        told.action === action &&
        knowsHost(told.peer) !== knowsHost(peer) &&
        samePeer(told.peer, peer) &&
        told.holders.length === holders.length &&
        told.holders.every((holder, i) => holder === holders[i]);
      if (!isOne) continue;
      const isAround = encloses(told.span, span);
      if (!isAround && !encloses(span, told.span)) continue;
      told.joined = true;
      return { draft: told.draft, isAround };
    }
    return null;
  }

  tell(span: TraceSpan, holders: readonly Holder[], peer: string, action: Action, draft: Draft): void {
    if (!peer.startsWith('model:')) return;
    const beside = this.#byParent.get(span.parent) ?? [];
    if (beside.length === 0) this.#byParent.set(span.parent, beside);
    if (beside.length >= BESIDE_MAX) beside.shift();
    beside.push({ span, holders, peer, action, draft, joined: false });
  }
}

const knowsHost = (peer: string) => peer.includes('@');
const encloses = (outer: TraceSpan, inner: TraceSpan) =>
  outer.fact.startUs <= inner.fact.startUs && inner.fact.endUs <= outer.fact.endUs;
