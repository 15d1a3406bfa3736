import { holdersBySpan } from '../explain.ts';
import type { SpanFact } from '../facts.ts';
import type { Flow } from '../flow.ts';
import { samePeer } from '../same-peer.ts';
import type { World } from './world.ts';

/**
 * Looks at one flow with nothing but the spans that it names, and says whether its rule holds between them. It does not
 * know how the closure found it; it only refuses flows that nobody could explain to a person.
 */
export function holdsFor(flow: Flow, flows: readonly Flow[], world: World): boolean {
  const { because } = flow;
  if (because.rule === 7) return holdsForRun(flow, world);
  const find = (traceId: string, spanId: string) =>
    world.spans.find((span) => span.traceId === traceId && span.spanId === spanId);
  const seen = find(flow.traceId, flow.spanId);
  const cause = find(because.traceId, because.spanId);
  if (!seen || !cause) return false;
  const holders = (span: SpanFact) =>
    holdersBySpan(
      span.traceId,
      world.spans.filter(({ traceId }) => traceId === span.traceId),
    ).get(span.spanId) ?? [];
  const sender = holders(cause).includes(flow.from);
  const sharesRef = cause.recordRefs.some((ref) => seen.recordRefs.includes(ref) || seen.derivedFrom.includes(ref));
  switch (because.rule) {
    case 1:
      if (flow.confidence === 'declared') return cause === seen && isTagged(cause, flow, world);
      if (isAncestor(cause, seen, world) && isTagged(cause, flow, world)) return true;
      return sender && world.spans.some((span) => isAncestor(span, cause, world) && isTagged(span, flow, world));
    case 2:
      return flows.some(
        ({ traceId, spanId, to, action, from }) =>
          traceId === cause.traceId &&
          spanId === cause.spanId &&
          (to === flow.from || (action === 'unknown' && from === flow.from)),
      );
    case 3: {
      const parent = find(cause.traceId, cause.parentId);
      // The answer to a call that went to somebody outside: what the call shared comes back from the same peer.
      const shared = cause.touches.some(({ action, peer }) => action === 'share' && samePeer(peer, flow.from));
      if (flow.action === 'receive' && shared && (cause === seen || isAncestor(seen, cause, world))) return true;
      const owner = cause.owner === flow.from;
      return sender || owner || (parent !== undefined && holders(parent).includes(flow.from));
    }
    case 4: {
      const linked = seen.links.some(({ traceId, spanId }) => traceId === cause.traceId && spanId === cause.spanId);
      return linked || sender || seen.parentId === cause.spanId || seen === cause;
    }
    case 5:
      return sharesRef;
    case 6: {
      const memory = cause.touches.some(
        ({ peer }) => peer.startsWith('memory:') && seen.touches.some((touch) => touch.peer === peer),
      );
      return memory || sharesRef || (cause.conversation !== '' && (cause.conversation === seen.conversation || sender));
    }
  }
}

function isTagged(span: SpanFact, flow: Flow, { tags }: World): boolean {
  return tags.some(
    ({ traceId, spanId, role }) =>
      traceId === span.traceId && spanId === span.spanId && (role === 'actor') === flow.actor,
  );
}

function isAncestor(span: SpanFact, of: SpanFact, { spans }: World): boolean {
  const seen = new Set<SpanFact>();
  for (let at: SpanFact | undefined = of; at && !seen.has(at); ) {
    if (at === span) return true;
    seen.add(at);
    const { traceId, parentId }: SpanFact = at;
    at = spans.find((one) => one.traceId === traceId && one.spanId === parentId);
  }
  return false;
}

function holdsForRun(flow: Flow, { datasets }: World): boolean {
  return datasets.some(
    ({ runId, input, output, startUs, endUs }) =>
      runId === flow.traceId &&
      (flow.action === 'read' ? input === flow.from : output === flow.to) &&
      flow.atUs >= startUs &&
      flow.atUs <= endUs + flow.skewUs + 100_000,
  );
}
