import { DROP, type OtelSampler, RECORD_ONLY } from './otel-types.ts';

/**
 * Records every span while leaving the host's sampling decision alone: a span the inner sampler would drop is recorded
 * but not marked sampled, so our processor sees it and a batch processor of the host still skips it (OpenTelemetry
 * trace SDK, "AlwaysRecord"). A lineage with holes where the dice fell would be no lineage.
 *
 * Use it in every process: an unsampled flag travels on `traceparent` to the next one.
 *
 * @param inner the sampler that decides what the host's own exporters get
 */
export function vestigeSampler<S extends OtelSampler>(inner: S): S {
  const always: OtelSampler = {
    shouldSample(context, traceId, spanName, spanKind, attributes, links) {
      const result = inner.shouldSample(context, traceId, spanName, spanKind, attributes, links);
      return result.decision === DROP ? { ...result, decision: RECORD_ONLY } : result;
    },
    toString: () => `VestigeSampler{${inner.toString()}}`,
  };
  // The caller's own Sampler type: `decision` is an enum there and a number here.
  return always as S;
}
