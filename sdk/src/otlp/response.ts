import { fields } from './fields.ts';

/** What the collector says about a batch it took: `ExportTraceServiceResponse.partial_success`. */
export interface PartialSuccess {
  readonly rejectedSpans: number;
  readonly message: string;
}

const PARTIAL_SUCCESS = 0x0a;
const REJECTED_SPANS = 0x08;
const ERROR_MESSAGE = 0x12;
const MESSAGE_CHARS_MAX = 200;

/** @returns null for full success, and for a body that is none: the status code has already said that it was taken */
export function readPartialSuccess(body: Uint8Array): PartialSuccess | null {
  let rejectedSpans = 0;
  let message = '';
  for (const outer of fields(body)) {
    if (outer.tag !== PARTIAL_SUCCESS || typeof outer.value === 'number') continue;
    for (const inner of fields(outer.value)) {
      if (inner.tag === REJECTED_SPANS && typeof inner.value === 'number') rejectedSpans = inner.value;
      if (inner.tag === ERROR_MESSAGE && typeof inner.value !== 'number') {
        message = Buffer.from(inner.value).toString('utf8').slice(0, MESSAGE_CHARS_MAX);
      }
    }
  }
  return rejectedSpans > 0 || message !== '' ? { rejectedSpans, message } : null;
}
