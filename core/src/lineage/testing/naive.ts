import type { Disorder } from '../clock-disorder.ts';
import type { SpanFact } from '../facts.ts';
import type { World } from './world.ts';

/**
 * The rules once more, written down as they stand in the design and applied to everything until nothing changes: no
 * worklist, no keys, no cleverness. Understands `plainWorld` only. What it is for: to disagree with the closure.
 *
 * @param clocks that contradict each other, as the answer names them
 * @returns `trace/span action from to own|inferred`
 */
export function naiveFlows({ spans, tags }: World, clocks: readonly Disorder[]): Set<string> {
  const SKEW_US = 100_000;
  const byName = new Map(spans.map((span) => [`${span.traceId}/${span.spanId}`, span]));
  const parentOf = (span: SpanFact) => byName.get(`${span.traceId}/${span.parentId}`) ?? null;
  const isTagged = (span: SpanFact) => tags.some((tag) => tag.traceId === span.traceId && tag.spanId === span.spanId);
  const before = (atUs: number, a: SpanFact, laterUs: number, b: SpanFact) =>
    atUs <= laterUs + (a.service === b.service ? 0 : SKEW_US);

  /** The span that is the execution in which a span runs. */
  const execution = (span: SpanFact): SpanFact => {
    for (let at = span; ; ) {
      const up = parentOf(at);
      if (at.self !== '' || up === null) return at;
      at = up;
    }
  };
  const nodeOf = (exec: SpanFact) => exec.self || exec.service;
  const aboutOthers = (span: SpanFact) => span.attribution === 'declared' && !isTagged(span);
  const speaks = (span: SpanFact): boolean => {
    if (isTagged(span)) return true;
    if (span.attribution !== 'none') return false;
    for (let up = parentOf(span); up !== null; up = parentOf(up)) {
      if (up.attribution !== 'none') return isTagged(up) && up.startUs <= span.startUs;
    }
    return false;
  };

  const since = new Map<SpanFact, number>();
  const flows = new Set<string>();
  const sent = new Set<SpanFact>();
  let changed = true;
  const taint = (exec: SpanFact, atUs: number) => {
    if (atUs >= (since.get(exec) ?? Number.POSITIVE_INFINITY)) return;
    since.set(exec, atUs);
    changed = true;
  };
  const flow = (span: SpanFact, how: 'own' | 'inferred') => {
    const [touch] = span.touches;
    if (!touch || flows.has(`${span.traceId}/${span.spanId} ${touch.action} ${how}`)) return;
    if (how === 'inferred' && speaks(span)) return;
    flows.add(`${span.traceId}/${span.spanId} ${touch.action} ${how}`);
    if (touch.action === 'write' || touch.action === 'share') sent.add(span);
    changed = true;
  };

  const gone = (write: SpanFact, ref: string, read: SpanFact) =>
    spans.some((span) => {
      const deletes = span.touches.some(({ action }) => action === 'delete') && span.recordRefs.includes(ref);
      const apart = (a: SpanFact, b: SpanFact) => (a.service === b.service ? 0 : SKEW_US);
      const doubtful = (a: SpanFact, b: SpanFact) =>
        clocks.some(({ behind, ahead }) =>
          a.service === b.service
            ? behind === a.service && ahead === a.service
            : [behind, ahead].some((one) => one === a.service || one === b.service),
        );
      if (doubtful(span, write) || doubtful(span, read)) return false;
      return (
        deletes && span.startUs - apart(span, write) >= write.endUs && span.endUs + apart(span, read) <= read.startUs
      );
    });

  while (changed) {
    changed = false;
    for (const span of spans) {
      const exec = execution(span);
      const parent = parentOf(span);
      const [touch] = span.touches;
      // Rule 1
      if (speaks(span)) {
        taint(exec, span.startUs);
        flow(span, 'own');
      }
      // Rules 2 and 3, later touches
      const outward = touch?.action === 'write' || touch?.action === 'share';
      if (outward && !aboutOthers(span) && (since.get(exec) ?? Number.POSITIVE_INFINITY) <= span.startUs) {
        flow(span, 'inferred');
      }
      // Rule 3
      if (exec === span && parent !== null && !aboutOthers(span)) {
        const caller = execution(parent);
        if ((since.get(caller) ?? Number.POSITIVE_INFINITY) <= span.startUs) taint(span, span.startUs);
        if ((since.get(span) ?? Number.POSITIVE_INFINITY) <= span.endUs) taint(caller, span.endUs);
      }
      if (aboutOthers(span)) continue;
      // Rule 4
      for (const link of span.links) {
        const message = byName.get(`${link.traceId}/${link.spanId}`);
        if (!message || !sent.has(message)) continue;
        if (before(message.startUs, message, span.startUs, span)) taint(exec, span.startUs);
        else if (before(message.startUs, message, span.endUs, span)) taint(exec, span.endUs);
      }
      // Rules 5 and 6: records and memory
      if (touch?.action === 'read' && !speaks(span)) {
        for (const other of spans) {
          const [put] = other.touches;
          const ref = span.recordRefs[0] ?? '';
          const same = touch.peer.startsWith('memory:')
            ? put?.peer === touch.peer
            : ref !== '' && other.recordRefs.includes(ref);
          const told =
            sent.has(other) || (put?.action === 'read' && isTagged(other) && other.attribution === 'declared');
          if (!same || !told || (touch.peer.startsWith('memory:') && put?.action !== 'write')) continue;
          if (!before(other.startUs, other, span.endUs, span) || gone(other, ref, span)) continue;
          taint(exec, span.endUs);
          flow(span, 'inferred');
        }
      }
      // Rule 6: conversations
      if (span.conversation === '') continue;
      for (const turn of spans) {
        if (turn === span || turn.conversation !== span.conversation || aboutOthers(turn)) continue;
        const had = speaks(turn) || (since.get(execution(turn)) ?? Number.POSITIVE_INFINITY) <= turn.endUs;
        if (had && before(turn.endUs, turn, span.startUs, span)) taint(exec, span.startUs);
      }
    }
  }
  return new Set(
    [...flows].map((text) => {
      const [name = '', action = '', how = ''] = text.split(' ');
      const span = byName.get(name) as SpanFact;
      const peer = span.touches[0]?.peer ?? '';
      const node = nodeOf(execution(span));
      const [from, to] = action === 'read' ? [peer, node] : [node, peer];
      return `${name} ${action} ${from} ${to} ${how}`;
    }),
  );
}
