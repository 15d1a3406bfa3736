import type { Context } from 'hono';
import type { Logger } from 'pino';
import type { TraceIngest } from '../ingest/trace-ingest.ts';
import { MESSAGE_CHARS_MAX, type PartialSuccess } from '../otlp/answer.ts';
import { exportAnswer } from './answer.ts';
import { type ReceiveDeps, withBody } from './receive-body.ts';

/** `POST /v1/traces`: OTLP/HTTP. Answers 200 only after every span it took is durable. */
export function receiveTraces(
  c: Context,
  deps: ReceiveDeps & { readonly ingest: TraceIngest; readonly log: Logger },
): Promise<Response> {
  return withBody(c, deps, ['protobuf', 'json'], async ({ caller, type, bytes }) => {
    const report = await deps.ingest.take(caller.tenant, bytes, type);
    deps.log.debug({ tenant: caller.tenant.id, key: caller.keyId, bytes: bytes.length, ...report }, 'spans stored');
    return exportAnswer(c, type, partialSuccess(report.rejected));
  });
}

/** Suppressed spans are not among the rejected: a sender need not learn who was erased. */
function partialSuccess(rejected: Readonly<Record<string, number>>): PartialSuccess | null {
  const reasons = Object.entries(rejected).filter(([, count]) => count > 0);
  if (reasons.length === 0) return null;
  return {
    rejectedSpans: reasons.reduce((sum, [, count]) => sum + count, 0),
    errorMessage: `rejected: ${reasons.map(([reason, count]) => `${reason} ${count}`).join(', ')}`.slice(
      0,
      MESSAGE_CHARS_MAX,
    ),
  };
}
