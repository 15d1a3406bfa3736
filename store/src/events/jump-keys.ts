import type { Action } from '@vestige/core/convention/attributes';
import type { ReadSpan } from '@vestige/core/model/span';

/** What of a span its keys are made of. */
type Jumping = Pick<ReadSpan, 'recordRefs' | 'derivedFrom' | 'conversation' | 'touches'>;

/** A key through which lineage jumps between traces, and what the span did there. */
export interface JumpKey {
  readonly key: string;
  readonly action: Action;
}

/**
 * The keys of one span, each (key, action) once:
 * - its record refs, with what it did to the node they name (rule 5). A ref whose node the span did not touch takes all
 *   the span's actions: the peer wins over the ref (ruling 25), and which of them it was, nobody can tell;
 * - the records it was derived from, as reads (ruling 3);
 * - its conversation, as `none`: a turn neither reads nor writes (rule 6);
 * - the memories it touched (rule 6).
 */
export function jumpKeys(span: Jumping): JumpKey[] {
  const keys = new Map<string, JumpKey>();
  const add = (key: string, action: Action) => keys.set(`${action} ${key}`, { key, action });

  for (const ref of span.recordRefs) for (const action of actionsOn(span, ref)) add(ref, action);
  for (const ref of span.derivedFrom) add(ref, 'read');
  if (span.conversation !== '') add(span.conversation, 'none');
  for (const touch of span.touches) if (touch.peer.startsWith('memory:')) add(touch.peer, touch.action);
  return [...keys.values()];
}

function actionsOn(span: Jumping, ref: string): Action[] {
  if (span.touches.length === 0) return ['unknown'];
  const node = ref.slice(0, Math.max(0, ref.lastIndexOf('#')));
  const there = span.touches.filter((touch) => touch.peer === node);
  return (there.length > 0 ? there : span.touches).map((touch) => touch.action);
}
