import type { Action } from '../convention/attributes.ts';
import type { StoreParts } from '../node/store.ts';
import { cosmosAddress } from './cosmos-address.ts';

/**
 * Stores by their URLs. Google's and Azure's clients leave nothing but HTTP spans, and so do pre-signed URLs of S3:
 * read as HTTP they would be calls to a party instead of data that rests in a bucket.
 *
 * Sources: Google Cloud Storage JSON and XML API (request endpoints), Azure Blob service REST API (resource URI syntax),
 * Amazon S3 (virtual-hosted and path-style requests).
 */
export interface ObjectAddress {
  readonly place: StoreParts;
  /** Object key in clear, '' for the bucket as a whole. */
  readonly key: string;
  /** What methods do there, where they mean something else than they mean to objects. */
  readonly actions?: (method: string) => readonly Action[];
  /** Where a copy goes, when the URL says so. */
  readonly target?: { readonly place: StoreParts; readonly key: string };
  readonly query: URLSearchParams;
  readonly rule: string;
}

const GOOGLE_PATH =
  /^\/(?:upload\/|download\/)?storage\/v1\/b\/([^/]+)(?:\/o(?:\/([^/]+))?)?(?:\/(?:rewriteTo|copyTo)\/b\/([^/]+)\/o\/([^/]+))?\/?$/;
const AZURE_HOST = /^([a-z0-9-]+)\.(?:blob|dfs)\.core\.windows\.net$/;
const S3_HOST = /^(?:(.+)\.)?s3(?:[.-][a-z0-9-]+)?(?:\.dualstack\.[a-z0-9-]+)?\.amazonaws\.com(?:\.cn)?$/;
const LIKELY = /storage\.googleapis\.com|\/storage\/v1\/b\/|\.core\.windows\.net|amazonaws\.com|\.documents\.azure\./;
const URL_CHARS_MAX = 4_096;

/** Does the URL name an object store? Then its whole path matters, not only its pattern. */
export function isObjectAddress(url: string): boolean {
  return objectAddress(url) !== null;
}

export function objectAddress(text: string): ObjectAddress | null {
  if (!LIKELY.test(text) || text.length > URL_CHARS_MAX || !URL.canParse(text)) return null;
  const { hostname, pathname, searchParams: query } = new URL(text);
  return (
    google(hostname, pathname, query) ??
    azure(hostname, pathname, query) ??
    amazon(hostname, pathname, query) ??
    cosmos(hostname, pathname, query)
  );
}

function google(host: string, path: string, query: URLSearchParams): ObjectAddress | null {
  const store = (bucket: string) => ({ system: 'gcp.storage', database: bucket });
  const match = GOOGLE_PATH.exec(path);
  if (match !== null) {
    const [bucket = '', object = '', toBucket, toObject = ''] = match.slice(1).map(decoded);
    const key = object || (query.get('name') ?? '');
    const target = toBucket ? { target: { place: store(toBucket), key: toObject } } : {};
    return { place: store(bucket), key, ...target, query, rule: 'http.gcs' };
  }
  const virtual = /^(.+)\.storage\.googleapis\.com$/.exec(host)?.[1];
  if (virtual === undefined && host !== 'storage.googleapis.com') return null;
  const [bucket, key] = virtual === undefined ? firstSegment(path) : [virtual, decoded(path.slice(1))];
  return bucket === '' || bucket === 'batch' ? null : { place: store(bucket), key, query, rule: 'http.gcs' };
}

function azure(host: string, path: string, query: URLSearchParams): ObjectAddress | null {
  const account = AZURE_HOST.exec(host)?.[1];
  if (account === undefined) return null;
  const [container, key] = firstSegment(path);
  if (container === '') return null;
  const database = `${container}@${account}.dfs.core.windows.net`;
  return { place: { system: 'azure.blob', database }, key, query, rule: 'http.azure_blob' };
}

function amazon(host: string, path: string, query: URLSearchParams): ObjectAddress | null {
  const match = S3_HOST.exec(host);
  if (match === null) return null;
  const [bucket, key] = match[1] === undefined ? firstSegment(path) : [match[1], decoded(path.slice(1))];
  return bucket === '' ? null : { place: { system: 'aws.s3', database: bucket }, key, query, rule: 'http.s3' };
}

function cosmos(host: string, path: string, query: URLSearchParams): ObjectAddress | null {
  const address = cosmosAddress(host, path);
  return address && { ...address, query, rule: 'http.cosmosdb' };
}

function firstSegment(path: string): [string, string] {
  const end = path.indexOf('/', 1);
  return end < 0 ? [decoded(path.slice(1)), ''] : [decoded(path.slice(1, end)), decoded(path.slice(end + 1))];
}

function decoded(text: string | undefined): string {
  try {
    return decodeURIComponent(text ?? '');
  } catch {
    return text ?? '';
  }
}

/** What a method does to the object, or to the bucket when there is none (`comp` and `restype` are Azure's). */
export function objectActions(method: string, { key, actions, target, query }: ObjectAddress): readonly Action[] {
  if (actions !== undefined) return actions(method);
  if (target !== undefined) return ['read'];
  const isContainer = key === '' || query.get('restype') === 'container';
  switch (method) {
    case 'GET':
    case 'HEAD':
      return ['read'];
    case 'DELETE':
      return ['delete'];
    case 'PUT':
    case 'PATCH':
      return isContainer ? [] : ['write'];
    case 'POST':
      // `POST ?delete` of S3 removes many objects; a `POST` of the bucket may be a form upload.
      return query.has('delete') ? ['delete'] : ['write'];
    default:
      return ['unknown'];
  }
}
