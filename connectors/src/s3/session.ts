import {
  GetBucketVersioningCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
  ListObjectVersionsCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import type { As } from '../define-connector.ts';
import { ConnectorError } from '../kit.ts';
import type { S3Config } from './mapping.ts';

/** One stored version of an object, or the mark that says it was deleted. Without versioning there is one, without an id. */
export interface ObjectVersion {
  readonly key: string;
  readonly versionId: string | null;
  readonly isDeleteMarker: boolean;
  /** What a reader who names no version gets. */
  readonly isCurrent: boolean;
}

export interface S3Session {
  readonly client: S3Client;
  readonly bucket: string;
  /** True when the bucket keeps versions, or did so once: then a plain delete hides and erases nothing. */
  readonly keepsVersions: boolean;
  /** Keys of one page of a list. */
  readonly pageKeys: number;
  /** Versions that could not be deleted because they are locked, and until when the longest is. */
  readonly locked: { versions: number; until: string | null };
}

/** An object larger than this is named in an export, not copied into it. */
export const OBJECT_BYTES_MAX = 16 * 1024 * 1024;

export async function openS3(config: S3Config, as: As): Promise<S3Session> {
  const credentials = as === 'verifier' ? (config.verifyCredential ?? config.credential) : config.credential;
  const client = new S3Client({
    region: config.region,
    maxAttempts: 2,
    requestHandler: { connectionTimeout: 10_000, requestTimeout: 60_000 },
    // Servers other than Amazon's often refuse the checksums that newer clients add unasked.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    ...(config.endpoint ? { endpoint: config.endpoint, forcePathStyle: true } : {}),
    // A copy: the client writes into what it is given.
    ...(credentials ? { credentials: { ...credentials } } : {}),
  });
  try {
    const versioning = await client.send(new GetBucketVersioningCommand({ Bucket: config.bucket }));
    if (versioning.MFADelete === 'Enabled') {
      const text = 's3: versions of this bucket can only be deleted with a second factor; delete them by hand.';
      throw new ConnectorError('needs_human', 'mfa_delete', text);
    }
    const keepsVersions = versioning.Status !== undefined;
    return {
      client,
      bucket: config.bucket,
      keepsVersions,
      pageKeys: config.pageKeys,
      locked: { versions: 0, until: null },
    };
  } catch (error) {
    client.destroy();
    throw error;
  }
}

/** Every version and every delete marker under a prefix, sorted by key. */
export async function* versionsUnder(
  { client, bucket, keepsVersions, pageKeys }: S3Session,
  prefix: string,
  signal: AbortSignal | null,
): AsyncIterable<ObjectVersion> {
  const options = signal ? { abortSignal: signal } : {};
  if (!keepsVersions) {
    for (let token: string | undefined; ; ) {
      const page = await client.send(
        new ListObjectsV2Command({
          Bucket: bucket,
          Prefix: prefix,
          MaxKeys: pageKeys,
          ...(token ? { ContinuationToken: token } : {}),
        }),
        options,
      );
      for (const { Key } of page.Contents ?? []) {
        if (Key !== undefined) yield { key: Key, versionId: null, isDeleteMarker: false, isCurrent: true };
      }
      token = nextPage(page.IsTruncated, page.NextContinuationToken);
      if (token === undefined) return;
    }
  }
  for (let at: { KeyMarker: string; VersionIdMarker: string } | undefined; ; ) {
    const list = new ListObjectVersionsCommand({ Bucket: bucket, Prefix: prefix, MaxKeys: pageKeys, ...at });
    const page = await client.send(list, options);
    const versions = [
      ...(page.Versions ?? []).map((version) => ({ ...version, isDeleteMarker: false })),
      ...(page.DeleteMarkers ?? []).map((marker) => ({ ...marker, isDeleteMarker: true })),
    ].sort((a, b) => compareBytes(a.Key ?? '', b.Key ?? ''));
    for (const { Key, VersionId, IsLatest, isDeleteMarker } of versions) {
      const isCurrent = IsLatest === true;
      if (Key !== undefined) yield { key: Key, versionId: VersionId ?? 'null', isDeleteMarker, isCurrent };
    }
    const next = nextPage(page.IsTruncated, page.NextKeyMarker);
    if (next === undefined) return;
    at = { KeyMarker: next, VersionIdMarker: versionMarker(versions, next, page.NextVersionIdMarker) };
  }
}

/**
 * Where the next page begins among the versions of a key. Swift 2.30 says `null` whatever came last, and then leaves the
 * other versions of that key out; whoever believed it would count them as gone.
 */
function versionMarker(
  page: readonly { Key?: string | undefined; VersionId?: string | undefined; isDeleteMarker: boolean }[],
  key: string,
  said: string | undefined,
): string {
  const listed = page.filter(({ Key }) => Key === key);
  if (said !== undefined && listed.some(({ VersionId }) => VersionId === said)) return said;
  const last = listed.at(-1);
  // Versions and delete markers come in two lists: which of both was last cannot be told then.
  if (last !== undefined && listed.every(({ isDeleteMarker }) => isDeleteMarker === last.isDeleteMarker)) {
    return last.VersionId ?? 'null';
  }
  throw new ConnectorError(
    'permanent',
    'odd_answer',
    's3: a list of versions was cut and did not say where it goes on.',
  );
}

/** Parts of uploads that were never finished: no listing of objects shows them. */
export async function* uploadsUnder(
  { client, bucket }: S3Session,
  prefix: string,
): AsyncIterable<{ key: string; uploadId: string }> {
  for (let at: { KeyMarker: string; UploadIdMarker: string } | undefined; ; ) {
    const page = await client.send(new ListMultipartUploadsCommand({ Bucket: bucket, Prefix: prefix, ...at }));
    for (const { Key, UploadId } of page.Uploads ?? []) {
      if (Key !== undefined && UploadId !== undefined) yield { key: Key, uploadId: UploadId };
    }
    const next = nextPage(page.IsTruncated, page.NextKeyMarker);
    if (next === undefined) return;
    at = { KeyMarker: next, UploadIdMarker: page.NextUploadIdMarker ?? '' };
  }
}

/** User metadata and lock of one version; null when it went away in the meantime. */
export async function headOf(
  { client, bucket }: S3Session,
  { key, versionId }: Pick<ObjectVersion, 'key' | 'versionId'>,
): Promise<{ metadata: Readonly<Record<string, string>>; lockedUntil: string | null; held: boolean } | null> {
  try {
    const head = await client.send(
      new HeadObjectCommand({ Bucket: bucket, Key: key, ...(versionId === null ? {} : { VersionId: versionId }) }),
    );
    return {
      metadata: head.Metadata ?? {},
      lockedUntil: head.ObjectLockRetainUntilDate?.toISOString() ?? null,
      held: head.ObjectLockLegalHoldStatus === 'ON',
    };
  } catch (error) {
    if (statusOf(error) === 404) return null;
    throw error;
  }
}

/** @throws ConnectorError `file_too_large` beyond `bytesMax` */
export async function contentOf(
  { client, bucket }: S3Session,
  { key, versionId }: Pick<ObjectVersion, 'key' | 'versionId'>,
  bytesMax: number,
): Promise<{ bytes: Uint8Array; etag: string | undefined }> {
  const answer = await client.send(
    new GetObjectCommand({ Bucket: bucket, Key: key, ...(versionId === null ? {} : { VersionId: versionId }) }),
  );
  if ((answer.ContentLength ?? 0) > bytesMax) {
    throw new ConnectorError('needs_human', 'file_too_large', `s3: an object is larger than ${bytesMax} bytes.`);
  }
  return { bytes: (await answer.Body?.transformToByteArray()) ?? new Uint8Array(), etag: answer.ETag };
}

/** An error of the client by its name and status; its message may hold a key, which may hold an identifier. */
export function s3Failure(error: unknown): ConnectorError | null {
  const name = error instanceof Error ? error.name : 'unknown';
  const status = statusOf(error);
  if (name === 'NoSuchBucket') {
    return new ConnectorError('permanent', 'missing_table', 's3: the bucket does not exist.');
  }
  if (status === 401 || status === 403) {
    return new ConnectorError('permanent', 'permission_denied', `s3: this credential may not do that (${name}).`);
  }
  if (status === 409 || status === 412) {
    return new ConnectorError('retryable', 'conflict', 's3: an object was changed meanwhile; trying again.');
  }
  if (status === 404) return new ConnectorError('permanent', 'missing_table', `s3: not found (${name}).`);
  if (status === 501) {
    return new ConnectorError('permanent', 'not_supported', 's3: this server does not know a call that is needed.');
  }
  if (status === undefined || status === 429 || status >= 500) {
    return new ConnectorError('retryable', 'unreachable', `s3: not reachable or busy (${name}).`);
  }
  return new ConnectorError('permanent', 'store_refused', `s3: the call was refused (${name}).`);
}

export function statusOf(error: unknown): number | undefined {
  const metadata = typeof error === 'object' && error !== null && '$metadata' in error ? error.$metadata : null;
  const status =
    metadata !== null && typeof metadata === 'object' && 'httpStatusCode' in metadata && metadata.httpStatusCode;
  return typeof status === 'number' ? status : undefined;
}

/** A list that says it was cut and not where it goes on would end early and look complete. */
function nextPage(truncated: boolean | undefined, next: string | undefined): string | undefined {
  if (truncated !== true) return undefined;
  if (next !== undefined) return next;
  throw new ConnectorError('permanent', 'odd_answer', 's3: a list was cut and did not say where it goes on.');
}

function compareBytes(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}
