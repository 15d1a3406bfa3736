import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { VestigeHandle } from './open.ts';
import { runChild } from './testing/child.ts';
import { startTestCollector, type TestCollector } from './testing/collector.ts';
import { JANE } from './testing/options.ts';

interface Outcome {
  /** Of the API through which the globals were registered. */
  readonly version: string;
  readonly seen: { path: string; host: string; baggage: string | null; traceparent: boolean }[];
  readonly flushed: boolean;
  readonly stats: ReturnType<VestigeHandle['stats']>;
  readonly apmSpans: number;
}

const LINES = [
  ['3.x', '@opentelemetry/sdk-trace', [], '1.10.'],
  ['2.x (sdk-trace)', '@opentelemetry/sdk-trace', ['./otel-line-2.ts'], '1.9.'],
  ['2.x (sdk-trace-base)', '@opentelemetry/sdk-trace-base', ['./otel-line-2.ts'], '1.9.'],
] as const;

describe.each(LINES)('beside an existing setup of OpenTelemetry %s', (_, sdk, imports, api) => {
  let collector: TestCollector;
  let outcome: Outcome;

  beforeAll(async () => {
    collector = await startTestCollector();
    outcome = await runChild<Outcome>('./existing-setup.scenario.ts', { endpoint: collector.url, sdk }, imports);
  });
  afterAll(() => collector.close());

  const baggageAt = (path: string) => outcome.seen.find((call) => call.path === path)?.baggage ?? '';

  test('it is the line it says it is', () => expect(outcome.version.startsWith(api)).toBe(true));

  test('at sampling ratio 0 every lineage span is delivered and the APM gets none', () => {
    expect(outcome.flushed).toBe(true);
    expect(outcome.apmSpans).toBe(0);
    expect(outcome.stats.started).toBeGreaterThan(15);
    expect(collector.spans).toHaveLength(outcome.stats.ended);
    const seqs = collector.spans.map((span) => Number(span.attributes['vestige.seq'])).sort((a, b) => a - b);
    expect(seqs).toEqual(Array.from({ length: outcome.stats.started }, (_, i) => i + 1));
  });

  test.each(['/undici-own', '/http-own', '/redirect'])('the subject travels to a trusted host (%s)', (path) => {
    expect(baggageAt(path)).toMatch(/(^|,)vestige=1\./);
  });

  test.each(['/undici-strange', '/http-strange', '/redirected', '/by-hand'])(
    'the subject does not travel elsewhere (%s), and baggage of others does',
    (path) => {
      expect(baggageAt(path)).not.toContain('vestige');
      expect(baggageAt(path)).toContain('other=kept');
    },
  );

  test('trace context travels everywhere', () => {
    const calls = outcome.seen.filter(({ path }) => !/forged|invented/.test(path));
    expect(calls.length).toBe(7);
    expect(calls.every(({ traceparent }) => traceparent)).toBe(true);
  });

  test('what the other side does while it serves a trusted call is about the same person', () => {
    const handled = collector.spans.find((span) => span.name === 'handle /undici-own');
    expect(handled?.attributes).toMatchObject({
      'vestige.subject.tokens': [JANE],
      'vestige.subject.attribution': 'ambient',
    });
    expect(handled?.attributes).not.toHaveProperty('vestige.purpose');
  });

  test.each(['/forged', '/invented'])(
    'a subject with a seal that does not hold is ignored and counted (%s)',
    (path) => {
      const handled = collector.spans.find((span) => span.name === `handle ${path}`);
      expect(handled?.attributes).not.toHaveProperty('vestige.subject.tokens');
      expect(outcome.stats.baggageRefused).toBe(2);
    },
  );
});
