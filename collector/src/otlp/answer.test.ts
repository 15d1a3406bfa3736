import { expect, test } from 'vitest';
import { readStatus } from '../testing/rpc-status.ts';
import { encodeExportResponse, encodeStatus } from './answer.ts';
import { decodeResponse } from './testing/otlp-messages.ts';

test('full success leaves partial_success unset in both types', () => {
  expect(encodeExportResponse('protobuf', null)).toHaveLength(0);
  expect(encodeExportResponse('json', null)).toBe('{}');
});

test.each([0, 1, 127, 128, 250_000])('partial success of %i spans reads back', (rejectedSpans) => {
  const partial = { rejectedSpans, errorMessage: 'rejected: bad_time 3 — später' };
  const read = decodeResponse(encodeExportResponse('protobuf', partial) as Uint8Array).partialSuccess;
  expect(read?.rejectedSpans ?? 0).toBe(rejectedSpans);
  expect(read?.errorMessage).toBe(partial.errorMessage);
  expect(JSON.parse(encodeExportResponse('json', partial) as string)).toEqual({
    partialSuccess: { rejectedSpans: String(rejectedSpans), errorMessage: partial.errorMessage },
  });
});

test('a status reads back in both types', () => {
  const status = { code: 8, message: 'x'.repeat(300), retryAfterMs: null };
  expect(readStatus(encodeStatus('protobuf', status) as Uint8Array)).toEqual(status);
  const { code, message } = status;
  expect(JSON.parse(encodeStatus('json', status) as string)).toEqual({ code, message, details: [] });
});

test.each([1, 999, 1000, 12_345, 3_600_001])('a delay of %i ms reads back in both types', (retryAfterMs) => {
  const status = { code: 14, message: 'later', retryAfterMs };
  expect(readStatus(encodeStatus('protobuf', status) as Uint8Array)).toEqual(status);
  const { details } = JSON.parse(encodeStatus('json', status) as string) as { details: unknown[] };
  expect(details).toEqual([
    { '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: `${retryAfterMs / 1000}s` },
  ]);
});
