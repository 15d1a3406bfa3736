import { check, checkLater } from './check/check.ts';
import { type CoverageReport, coverageOf, type OtelInstrumentation } from './check/coverage.ts';
import { type Counters, newCounters } from './counters.ts';
import { hookExit } from './exit.ts';
import { readOptions, type VestigeOptions } from './options.ts';
import type { OtelSpanProcessor } from './otel-types.ts';
import { Reporter } from './problem.ts';
import { install, Runtime, runtime } from './runtime.ts';
import { spoolProcessor } from './spool/processor.ts';
import type { SpoolState } from './spool/spool.ts';
import { stampProcessor } from './stamp.ts';

/** Options for use beside an existing OpenTelemetry setup. */
export interface OpenOptions extends VestigeOptions {
  /** Those the host has registered, for the coverage report. */
  readonly instrumentations?: readonly OtelInstrumentation[];
  /** Libraries whose calls the application records itself, e.g. with `defineStore`: no gaps in the report. */
  readonly recordedByHand?: readonly string[];
  /** Folder of the application, from which its libraries are found. Default: the working directory. */
  readonly applicationDir?: string;
}

/** One instrumented process. No method throws or rejects. */
export interface VestigeHandle {
  /** False when the options were refused: the host runs as if this library were not there, and `problems` says why. */
  readonly active: boolean;
  readonly problems: readonly string[];
  stats(): Counters & SpoolState;
  /** @returns whether everything that had ended is at the collector. Default 10 seconds */
  flush(timeoutMs?: number): Promise<boolean>;
  /** Flushes for up to `exitDrainMs` and stops. What was not sent stays on disk for the next process. */
  shutdown(timeoutMs?: number): Promise<boolean>;
  /** The start-up check again, now. */
  check(): CoverageReport;
}

const FLUSH_MS = 10_000;
const NO_COVERAGE: CoverageReport = { libraries: [], gaps: [] };

/**
 * Starts everything but OpenTelemetry itself. For a host that has an OpenTelemetry setup of its own:
 *
 * ```ts
 * const vestige = openVestige({ … });
 * new NodeSDK({
 *   sampler: vestigeSampler(yours),
 *   spanProcessors: [...vestigeProcessors(), ...yours],
 *   textMapPropagator: vestigePropagator(yours),
 * }).start();
 * ```
 */
export function openVestige(options: OpenOptions): VestigeHandle {
  let reporter = new Reporter();
  try {
    reporter = new Reporter(options.onProblem);
    if (runtime() !== null) return refused(reporter, ['Vestige is already running in this process']);
    const read = readOptions(options);
    if ('faults' in read) return refused(reporter, read.faults);
    const running = new Runtime(read.settings, reporter);
    install(running);
    running.undo.push(hookExit(running));
    const { instrumentations = [], recordedByHand = [], applicationDir = process.cwd() } = options;
    const look = (): CoverageReport =>
      check(running, coverageOf(instrumentations, applicationDir, recordedByHand), applicationDir);
    running.undo.push(checkLater(running, look));
    return handleOf(running, look);
  } catch (error) {
    reporter.internal('starting', error);
    return inactive(['starting failed']);
  }
}

/** First in the list of processors: what it stamps is then visible to those behind it. */
export function vestigeProcessors(): OtelSpanProcessor[] {
  const running = runtime();
  return running === null ? [] : [stampProcessor(running), spoolProcessor(running)];
}

function refused(reporter: Reporter, faults: readonly string[]): VestigeHandle {
  for (const fault of faults) reporter.report('misconfigured', `not started: ${fault}`, {}, fault);
  return inactive(faults);
}

function inactive(problems: readonly string[]): VestigeHandle {
  return {
    active: false,
    problems,
    stats: () => ({ ...newCounters(), pendingBatches: 0, pendingBytes: 0, pendingSpans: 0 }),
    flush: () => Promise.resolve(true),
    shutdown: () => Promise.resolve(true),
    check: () => NO_COVERAGE,
  };
}

function handleOf(running: Runtime, look: () => CoverageReport): VestigeHandle {
  return {
    active: true,
    problems: [],
    stats: () => ({ ...running.counters, ...running.spool.state }),
    async flush(timeoutMs = FLUSH_MS) {
      try {
        return await running.spool.drain(timeoutMs);
      } catch (error) {
        running.reporter.internal('flushing', error);
        return false;
      }
    },
    shutdown: (timeoutMs) => running.close(timeoutMs),
    check: () => running.guard('the start-up check', look, NO_COVERAGE),
  };
}
