import { exportAnswer } from './answer.ts';
import { type Context, withBody } from './receive-body.ts';
import { type TraceDeps, takeSpans } from './take-spans.ts';

/** `POST /v1/traces`: OTLP/HTTP. */
export function receiveTraces(c: Context, deps: TraceDeps): Promise<Response> {
  return withBody(c, deps, ['protobuf', 'json'], async (received) =>
    exportAnswer(c, received.type, await takeSpans(deps, received)),
  );
}
