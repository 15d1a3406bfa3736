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

/** `google.rpc.Status`, the body of every failure. */
export function encodeStatus(type: 'protobuf' | 'json', status: { code: number; message: string }): Encoded {
  if (type === 'json') return JSON.stringify({ code: status.code, message: status.message, details: [] });
  return new WireWriter().varint(1, status.code).string(2, status.message).finish();
}
