import { describe, expect, test } from 'vitest';
import { isObjectAddress, objectActions, objectAddress } from './object-address.ts';

/** `method bucket key → bucket key`, as far as the URL tells. */
function shown(method: string, url: string): string {
  const address = objectAddress(url);
  if (address === null) return 'no object store';
  const { place, key, target } = address;
  const to = target === undefined ? '' : ` → ${target.place.database} ${target.key}`;
  return `${objectActions(method, address).join('+') || 'none'} ${place.system} ${place.database} ${key}${to}`.trimEnd();
}

describe('where an object lies', () => {
  test.each([
    [
      'GET',
      'https://exports.s3.eu-central-1.amazonaws.com/people/4711.json?X-Amz-Signature=x',
      'read aws.s3 exports people/4711.json',
    ],
    ['PUT', 'https://s3.amazonaws.com/exports/people/4711.json', 'write aws.s3 exports people/4711.json'],
    ['PUT', 'https://my.bucket.s3-eu-west-1.amazonaws.com/a', 'write aws.s3 my.bucket a'],
    ['POST', 'https://exports.s3.amazonaws.com/?delete', 'delete aws.s3 exports'],
    ['GET', 'https://exports.s3.amazonaws.com/?list-type=2', 'read aws.s3 exports'],
    ['PUT', 'https://exports.s3.amazonaws.com/', 'none aws.s3 exports'],
    ['GET', 'https://a.documents.azure.com/dbs/shop/colls/people/docs/4711', 'read azure.cosmosdb shop 4711'],
    ['PATCH', 'https://a.documents.azure.com/dbs/shop/colls/people/docs/4711/', 'write azure.cosmosdb shop 4711'],
    ['POST', 'https://a.documents.azure.com/dbs/shop/colls/people/docs', 'unknown azure.cosmosdb shop'],
    ['POST', 'https://a.documents.azure.com/dbs/shop/colls/people/sprocs/purge', 'unknown azure.cosmosdb shop'],
    ['GET', 'https://a.documents.azure.com/dbs/shop/colls/people', 'none azure.cosmosdb shop'],
    ['GET', 'https://a.documents.azure.com/dbs/shop/colls/people/pkranges', 'none azure.cosmosdb shop'],
    ['GET', 'https://a.documents.azure.com/', 'none azure.cosmosdb undefined'],
    ['DELETE', 'https://a.documents.azure.com/dbs/shop/colls/people', 'delete azure.cosmosdb shop'],
    [
      'GET',
      'https://storage.googleapis.com/storage/v1/b/exports/o/people%2F4711.json?alt=media',
      'read gcp.storage exports people/4711.json',
    ],
    [
      'POST',
      'https://storage.googleapis.com/upload/storage/v1/b/exports/o?name=a%2Fb.json',
      'write gcp.storage exports a/b.json',
    ],
    [
      'POST',
      'https://storage.googleapis.com/storage/v1/b/exports/o/a/rewriteTo/b/archive/o/b',
      'read gcp.storage exports a → archive b',
    ],
    ['DELETE', 'https://exports.storage.googleapis.com/a/b', 'delete gcp.storage exports a/b'],
    ['GET', 'https://storage.googleapis.com/exports/a', 'read gcp.storage exports a'],
    [
      'PUT',
      'https://acme1.blob.core.windows.net/exports/people/4711.json',
      'write azure.blob exports@acme1.dfs.core.windows.net people/4711.json',
    ],
    [
      'GET',
      'https://acme1.blob.core.windows.net/exports?restype=container&comp=list',
      'read azure.blob exports@acme1.dfs.core.windows.net',
    ],
    [
      'PUT',
      'https://acme1.blob.core.windows.net/exports?restype=container',
      'none azure.blob exports@acme1.dfs.core.windows.net',
    ],
    [
      'DELETE',
      'https://acme1.dfs.core.windows.net/exports/dir',
      'delete azure.blob exports@acme1.dfs.core.windows.net dir',
    ],
  ])('%s %s', (method, url, expected) => expect(shown(method, url)).toBe(expected));

  test.each([
    'https://api.example.com/storage/v2/b/exports',
    'https://sqs.eu-central-1.amazonaws.com/123456789012/mails',
    'https://s3.example.com/exports/a',
    'https://storage.googleapis.com/',
    'https://acme1.blob.core.windows.net/',
    'https://a.documents.azure.com/media/1',
    'https://a.documents.azure.com.example.com/dbs/shop/colls/people/docs/1',
    'not a url amazonaws.com',
    '/storage/v1/b/exports/o/x',
    '',
  ])('not an object store: %s', (url) => expect(isObjectAddress(url)).toBe(false));
});
