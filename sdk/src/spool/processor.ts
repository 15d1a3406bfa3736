import type { OtelSpanProcessor } from '../otel-types.ts';
import type { Runtime } from '../runtime.ts';

/** How long `forceFlush()` of the host's provider may take before it is answered. */
const FORCE_FLUSH_MS = 10_000;

/** Hands every ended span to the spool, sampled or not: lineage is not a statistic. */
export function spoolProcessor(runtime: Runtime): OtelSpanProcessor {
  return {
    onStart() {},
    onEnd(span) {
      runtime.guard('spooling a span', () => runtime.spool.add(span, runtime.isUrgent(span)), undefined);
    },
    async forceFlush() {
      try {
        await runtime.spool.drain(FORCE_FLUSH_MS);
      } catch (error) {
        runtime.counters.internalErrors++;
        runtime.reporter.internal('flushing', error);
      }
    },
    async shutdown() {
      await runtime.close();
    },
  };
}
