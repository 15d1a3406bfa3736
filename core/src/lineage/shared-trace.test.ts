import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Closure, isEmpty } from './closure.ts';
import { directory } from './directory.ts';
import type { SpanFact } from './facts.ts';
import { plainWorld, randomWorld } from './testing/random-world.ts';
import { answerOf, factsOf, NOW_US, type World } from './testing/world.ts';
import { SharedTraces } from './together.ts';

const NAMES = directory({ aliases: [{ alias: 'store:sheet', canonical: 'store:crm' }] });

/**
 * Follows the person of a world with traces that are shared.
 *
 * @param alone whether a span is given to the closure itself, and how: before its trace, after it, or not
 */
function withShared(world: World, traces: SharedTraces, alone: (span: SpanFact) => 'before' | 'after' | 'not') {
  const closure = new Closure(world.tags, { nowUs: NOW_US, directory: NAMES });
  for (let needs = closure.needs(); !isEmpty(needs); needs = closure.needs()) {
    const facts = factsOf(world, needs);
    const missing = traces.missing(needs.traces);
    traces.add(
      missing,
      facts.spans.filter(({ traceId }) => missing.includes(traceId)),
      false,
    );
    const some = (when: string) => facts.spans.filter((span) => alone(span) === when);
    closure.add({ ...facts, spans: some('before') }, traces.of(needs.traces).traces);
    closure.add({ ...facts, spans: some('after') });
  }
  return closure;
}

test('whoever shares traces with others is told what they would be told alone, as often as the traces are shared', () => {
  let flows = 0;
  fc.assert(
    fc.property(fc.oneof(randomWorld, plainWorld), (world) => {
      const traces = new SharedTraces(NAMES.canonical);
      const expected = answerOf(world, { directory: NAMES });
      flows += expected.flows.length;
      for (const _ of ['first', 'again']) {
        const closure = withShared(world, traces, () => 'not');
        expect(closure.result()).toEqual(expected);
        expect(closure.ownFlows().flows).toEqual(expected.flows.filter(({ actor }) => !actor));
      }
    }),
    { numRuns: 200 },
  );
  expect(flows).toBeGreaterThan(200);
});

test('spans that come besides make the trace a person’s own, and nobody else sees them', () => {
  fc.assert(
    fc.property(randomWorld, fc.array(fc.constantFrom('before', 'after', 'not'), { minLength: 20 }), (world, how) => {
      const traces = new SharedTraces(NAMES.canonical);
      const expected = answerOf(world, { directory: NAMES });
      const mixed = withShared(world, traces, (span) => how[world.spans.indexOf(span)] ?? 'not');
      expect(mixed.result()).toEqual(expected);
      // A span that was told differently since, to one person alone.
      const late = world.spans.map((span) => ({ ...span, recordCount: 7, touches: [] }));
      withShared(world, traces, () => 'not').add({ spans: late, jumps: [], links: [], datasets: [], cut: false });
      expect(withShared(world, traces, () => 'not').result()).toEqual(expected);
    }),
    { numRuns: 100 },
  );
});

test('a trace that could not be read whole stays cut for everybody who asks for it later', () => {
  const traces = new SharedTraces(NAMES.canonical);
  traces.add(['a'], [], true);
  traces.add(['b'], [], false);
  expect(traces.missing(['a', 'b', 'c'])).toEqual(['c']);
  expect([traces.of(['a', 'b']).cut, traces.of(['b']).cut]).toEqual([true, false]);
});
