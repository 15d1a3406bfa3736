import { type Golden, readGolden } from '../../recognise/testing/golden.ts';
import type { SpanFact } from '../facts.ts';
import { findHolders, type Holder } from '../holders.ts';
import { physicalFacts } from '../physical.ts';
import { traceTree } from '../trace.ts';

/**
 * What the traces of a recording come to, once what several libraries said of one call is one touch: `{who} {action}
 * {peer}`, with `at {host}` where one was reached outside, and `{who} calls {whom}`. Each line once, in order of time.
 */
export function flowsOfGolden({ spans }: Golden): string[] {
  const facts = spans.map((span) => {
    const read = readGolden(span);
    if ('rejected' in read) throw new Error(read.rejected);
    const { startNs, endNs, ...rest } = read.span;
    return { ...rest, startUs: Number(startNs / 1000n), endUs: Number(endNs / 1000n) } satisfies SpanFact;
  });
  const lines = Map.groupBy(facts, ({ traceId }) => traceId)
    .entries()
    .flatMap(([traceId, ofTrace]) => {
      const tree = traceTree(traceId, ofTrace);
      const holders = findHolders(tree);
      const { touches, calls } = physicalFacts(tree, holders);
      return [
        ...touches.map(({ holders: who, action, peer, host }) =>
          `${names(who)} ${action} ${peer} ${host === '' ? '' : `at ${host}`}`.trimEnd(),
        ),
        ...calls
          .filter(({ callers }) => callers.length > 0)
          .map(({ callers, callee }) => `${names(callers)} calls ${callee.node}`),
      ];
    });
  return [...new Set(lines)];
}

const names = (holders: readonly Holder[]) => holders.map(({ node }) => node).join(' or ');
