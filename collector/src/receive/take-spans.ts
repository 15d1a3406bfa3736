import type { Logger } from 'pino';
import type { TraceIngest } from '../ingest/trace-ingest.ts';
import { MESSAGE_CHARS_MAX, type PartialSuccess } from '../otlp/answer.ts';
import type { ReceiveDeps, Received } from './receive-body.ts';

export interface TraceDeps extends ReceiveDeps {
  readonly ingest: TraceIngest;
  readonly log: Logger;
}

/**
 * Takes one export request, whatever it came over. Returns only after every span it took is durable.
 *
 * @returns what was not taken and is not to be sent again; null when everything was
 * @throws VestigeError as {@link TraceIngest.take}
 */
export async function takeSpans(deps: TraceDeps, { caller, type, bytes }: Received): Promise<PartialSuccess | null> {
  const report = await deps.ingest.take(caller.tenant, bytes, type);
  deps.log.debug({ tenant: caller.tenant.id, key: caller.keyId, bytes: bytes.length, ...report }, 'spans stored');
  const partial = partialSuccess(report.rejected);
  deps.quotas.charge(caller.tenant.id, 'spans', report.accepted + (partial?.rejectedSpans ?? 0));
  return partial;
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
