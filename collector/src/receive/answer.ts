import type { Context } from 'hono';
import { encodeExportResponse, encodeStatus, type PartialSuccess } from '../otlp/answer.ts';
import { type BodyType, MEDIA_TYPE } from './media-type.ts';
import { failureOf } from './status.ts';

/** 200 for an export; `partial` tells what was not taken and is not to be sent again. */
export function exportAnswer(c: Context, type: BodyType, partial: PartialSuccess | null): Response {
  return c.body(encodeExportResponse(type, partial), 200, { 'content-type': MEDIA_TYPE[type] });
}

/** A failure as `google.rpc.Status`, in the type of the request, under a status that says whether to come back. */
export function failureAnswer(c: Context, type: BodyType, error: unknown): Response {
  const failure = failureOf(error);
  const headers: Record<string, string> = { 'content-type': MEDIA_TYPE[type] };
  // Whole seconds, rounded up: a client that comes back too early is refused again.
  if (failure.retryAfterMs !== null) headers['retry-after'] = String(Math.ceil(failure.retryAfterMs / 1000));
  if (failure.httpStatus === 401) headers['www-authenticate'] = 'Bearer realm="vestige"';
  // RFC 9110 §15.5.16: what would have been taken.
  if (failure.httpStatus === 415) headers['accept-encoding'] = 'gzip, zstd, identity';
  if (failure.httpStatus === 405) headers['allow'] = 'POST';
  return c.body(encodeStatus(type, failure), failure.httpStatus, headers);
}
