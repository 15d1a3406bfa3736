import { WireWriter } from './wire-writer.ts';

/** What an export left behind: spans that were not taken, and why. */
export interface PartialSuccess {
  readonly rejectedSpans: number;
  /** At most {@link MESSAGE_CHARS_MAX}; for a developer to read. */
  readonly errorMessage: string;
}

/** Answers are to stay far below the 4 MiB that clients accept. */
export const MESSAGE_CHARS_MAX = 1000;

type Encoded = Uint8Array<ArrayBuffer> | string;

/** `ExportTraceServiceResponse`; with `partial_success` unset when everything was taken (OTLP, "Full Success"). */
export function encodeExportResponse(type: 'protobuf' | 'json', partial: PartialSuccess | null): Encoded {
  if (type === 'json') {
    // int64 is a string in the JSON mapping of protobuf.
    return JSON.stringify(
      partial === null
        ? {}
        : { partialSuccess: { rejectedSpans: String(partial.rejectedSpans), errorMessage: partial.errorMessage } },
    );
  }
  const message = new WireWriter();
  if (partial === null) return message.finish();
  const inner = new WireWriter().varint(1, partial.rejectedSpans).string(2, partial.errorMessage);
  return message.message(1, inner.finish()).finish();
}

const RETRY_INFO = 'type.googleapis.com/google.rpc.RetryInfo';

/**
 * `google.rpc.Status`, the body of every failure.
 *
 * @param status `retryAfterMs` becomes a `google.rpc.RetryInfo` among the details; null for a failure that is final
 */
export function encodeStatus(
  type: 'protobuf' | 'json',
  status: { readonly code: number; readonly message: string; readonly retryAfterMs: number | null },
): Encoded {
  const { code, message, retryAfterMs } = status;
  if (type === 'json') {
    const details = retryAfterMs === null ? [] : [{ '@type': RETRY_INFO, retryDelay: `${retryAfterMs / 1000}s` }];
    return JSON.stringify({ code, message, details });
  }
  const written = new WireWriter().varint(1, code).string(2, message);
  if (retryAfterMs === null) return written.finish();
  const delay = new WireWriter().varint(1, Math.floor(retryAfterMs / 1000)).varint(2, (retryAfterMs % 1000) * 1e6);
  const info = new WireWriter().message(1, delay.finish());
  return written.message(3, new WireWriter().string(1, RETRY_INFO).message(2, info.finish()).finish()).finish();
}
