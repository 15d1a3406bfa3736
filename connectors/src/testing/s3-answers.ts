import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import type { TestServer } from './servers.ts';
import { S3_OWNER } from './swift.ts';

/** What S3 says of a version that is locked. */
type Lock = { readonly mode: 'COMPLIANCE'; readonly until: string } | { readonly legalHold: true };

/**
 * Stands before Swift and answers what Swift does not know as S3 does: object lock (headers on `HEAD`, 403 on the deletion
 * of that version) and conditional writes (`If-Match`, 412 when the object has changed). Everything else is the store's
 * own answer. These answers are written from the API reference of Amazon S3; no server that can be had here gives them.
 *
 * @param locks by version id
 */
export async function answerAsS3(
  store: TestServer,
  locks: Readonly<Record<string, Lock>> = {},
): Promise<{ port: number; stop(): Promise<void> }> {
  const owner = new S3Client({
    region: 'us-east-1',
    endpoint: `http://127.0.0.1:${store.port}`,
    forcePathStyle: true,
    credentials: { ...S3_OWNER },
    requestChecksumCalculation: 'WHEN_REQUIRED',
  });
  const server = createServer((call, answer) => {
    const version = new URL(call.url ?? '/', 'http://store').searchParams.get('versionId') ?? '';
    const lock = locks[version];
    if (lock !== undefined && call.method === 'DELETE') return refuse(call, answer, 403, 'AccessDenied');
    if (call.headers['if-match'] !== undefined) return putIfMatch(owner, call, answer);
    const passed = request(
      { host: '127.0.0.1', port: store.port, method: call.method, path: call.url, headers: call.headers },
      (from) => {
        answer.writeHead(from.statusCode ?? 502, { ...from.headers, ...(lock === undefined ? {} : headersOf(lock)) });
        from.pipe(answer);
      },
    );
    passed.on('error', () => answer.destroy());
    call.pipe(passed);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    stop: () =>
      new Promise((resolve) => {
        owner.destroy();
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** The condition is part of what was signed, so the write is sent anew, by the owner. */
async function putIfMatch(owner: S3Client, call: IncomingMessage, answer: ServerResponse): Promise<void> {
  const [, bucket = '', ...key] = new URL(call.url ?? '/', 'http://store').pathname.split('/').map(decodeURIComponent);
  const at = { Bucket: bucket, Key: key.join('/') };
  const body = Buffer.concat(await call.toArray());
  const now = await owner.send(new GetObjectCommand(at));
  now.Body?.transformToByteArray().catch(() => undefined);
  if (now.ETag !== call.headers['if-match']) return refuse(call, answer, 412, 'PreconditionFailed');
  const written = await owner.send(new PutObjectCommand({ ...at, Body: body }));
  answer.writeHead(200, { etag: written.ETag ?? '' }).end();
}

const headersOf = (lock: Lock): Record<string, string> =>
  'legalHold' in lock
    ? { 'x-amz-object-lock-legal-hold': 'ON' }
    : { 'x-amz-object-lock-mode': lock.mode, 'x-amz-object-lock-retain-until-date': lock.until };

function refuse(call: IncomingMessage, answer: ServerResponse, status: number, code: string): void {
  call.resume();
  answer.writeHead(status, { 'content-type': 'application/xml' });
  answer.end(`<?xml version="1.0" encoding="UTF-8"?><Error><Code>${code}</Code></Error>`);
}
