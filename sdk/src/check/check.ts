import { trace } from '@opentelemetry/api';
import { type Runtime, TRACER_NAME } from '../runtime.ts';
import { findApiMix } from './api-mix.ts';
import type { CoverageReport } from './coverage.ts';

/** Libraries are loaded, and patched, while an application starts; a check before that would find nothing patched. */
const CHECK_AFTER_MS = 5_000;

/**
 * Looks once, a little after the start, for the ways in which an application is not seen although nothing failed.
 *
 * @returns ends the wait
 */
export function checkLater(running: Runtime, look: () => unknown): () => void {
  const timer = setTimeout(() => running.guard('the start-up check', look, undefined), CHECK_AFTER_MS);
  timer.unref();
  return () => clearTimeout(timer);
}

/** @param from folder of the application */
export function check(running: Runtime, report: CoverageReport, from: string): CoverageReport {
  checkApi(running, from);
  checkAttached(running);
  for (const { library, version, state, supported, by } of report.gaps) {
    const facts = { library, version, state, supported, by };
    running.reporter.report('coverage_gap', `calls of ${library} are not seen (${state})`, facts, library);
  }
  running.guard('onCoverage', () => running.settings.onCoverage?.(report), undefined);
  return report;
}

function checkApi(running: Runtime, from: string): void {
  const { registered, silent } = findApiMix(from);
  for (const { version, folder } of silent) {
    const message = `a copy of @opentelemetry/api ${version} gets no tracers, because the globals were registered by ${registered}: install one version`;
    running.reporter.report('api_mix', message, { version, registered, folder }, folder);
    // If the copy is our own, `diag` is as silent as everything else.
    process.emitWarning(`vestige: ${message}`, { code: 'VESTIGE_API_MIX', detail: folder });
  }
}

/** A provider that records nothing, or nobody's: then our processors were never given to the one in charge. */
function checkAttached(running: Runtime): void {
  if (running.counters.started > 0) return;
  const before = running.counters.started;
  const span = trace.getTracer(TRACER_NAME).startSpan('vestige.check', { root: true });
  span.end();
  if (running.counters.started > before) return;
  running.reporter.report(
    'not_attached',
    'the global tracer provider does not hand its spans to Vestige: add vestigeProcessors() and vestigeSampler() to it',
  );
}
