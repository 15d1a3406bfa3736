import type { SpanFact } from './facts.ts';
import type { Flow } from './flow.ts';
import { findHolders } from './holders.ts';
import { traceTree } from './trace.ts';
import { nodesOf } from './trace-state.ts';

/** One sentence for a person who asks why this flow is drawn. */
export function reasonOf({ confidence, because, spanId, traceId }: Flow): string {
  const itself = because.spanId === spanId && because.traceId === traceId;
  switch (because.rule) {
    case 1:
      if (confidence === 'declared') return 'The span declares that it handles this person’s data.';
      if (confidence === 'ambient') {
        return itself
          ? 'The span ran while this person was being served.'
          : 'The span ran inside one that is tagged with this person, and says nothing else.';
      }
      return 'Whoever sent this had handled this person’s data in a tagged span before.';
    case 2:
      return 'Whoever sent this had read this person’s data before.';
    case 3:
      return 'Whoever sent this had got this person’s data through a call that started, or had returned, before.';
    case 4:
      return 'It came with a message into which this person’s data had been put before.';
    case 5:
      return 'It touches a record that held this person’s data by then.';
    case 6:
      return 'It continues a conversation, or reads a memory, that held this person’s data by then.';
    case 7:
      return 'A batch job read the whole dataset while this person was in it.';
  }
}

/** Who runs each span of a trace: node ids by span id. */
export function holdersBySpan(traceId: string, facts: readonly SpanFact[]): ReadonlyMap<string, readonly string[]> {
  const tree = traceTree(traceId, facts);
  const holders = findHolders(tree);
  return new Map(tree.spans.map((span) => [span.fact.spanId, nodesOf(holders.of(span))]));
}
