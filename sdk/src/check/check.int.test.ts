import { context, trace } from '@opentelemetry/api';
import { TracerProvider } from '@opentelemetry/sdk-trace';
import { afterEach, expect, test } from 'vitest';
import { withAgent } from '../agent.ts';
import { openVestige, type VestigeHandle } from '../open.ts';
import type { Problem } from '../problem.ts';
import { startVestige } from '../start.ts';
import { runChild, startChild } from '../testing/child.ts';
import { startTestCollector } from '../testing/collector.ts';
import { testOptions } from '../testing/options.ts';

let vestige: VestigeHandle | undefined;
afterEach(async () => {
  await vestige?.shutdown(0);
  vestige = undefined;
  trace.disable();
  context.disable();
});

test('the silent mix of API 1.9 and 1.10 is reported, with the real packages', async () => {
  const problems = await runChild<Problem[]>('./api-mix.scenario.ts', {});
  const mix = problems.find(({ code }) => code === 'api_mix');
  expect(mix?.facts.registered).toBe('1.9.1');
  expect(mix?.facts.version).toBe('1.10.0');
  expect(problems.map(({ code }) => code)).toContain('not_attached');
});

test('it is said aloud where diag itself is silent', async () => {
  const child = startChild('./api-mix.scenario.ts', {});
  await child.exited;
  expect(child.stderr()).toContain('VESTIGE_API_MIX');
});

test('a provider that was there first is reported, and our own spans are delivered all the same', async () => {
  const collector = await startTestCollector();
  trace.setGlobalTracerProvider(new TracerProvider());
  const problems: Problem[] = [];
  vestige = startVestige(testOptions(collector.url, { onProblem: (problem) => problems.push(problem) }));
  withAgent('a', () => {});
  await vestige.flush();
  expect(problems.find(({ code }) => code === 'duplicate_provider')?.facts).toEqual({ taken: 'tracer provider' });
  expect(collector.spans.map((span) => span.name)).toEqual(['invoke_agent a']);
  await collector.close();
});

test('processors that were given to nobody are reported', () => {
  const problems: Problem[] = [];
  vestige = openVestige(testOptions('http://127.0.0.1:9', { onProblem: (problem) => problems.push(problem) }));
  trace.setGlobalTracerProvider(new TracerProvider());
  vestige.check();
  expect(problems.map(({ code }) => code)).toContain('not_attached');
});

test('coverage is handed to the callback', () => {
  const reports: unknown[] = [];
  vestige = startVestige(testOptions('http://127.0.0.1:9', { onCoverage: (report) => reports.push(report) }));
  const report = vestige.check();
  expect(reports).toEqual([report]);
  expect(report.libraries.find(({ library }) => library === 'openai')?.state).toBe('no_instrumentation');
});
