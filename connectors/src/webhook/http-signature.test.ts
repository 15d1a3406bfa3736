import { expect, test } from 'vitest';
import {
  type Components,
  checkSignature,
  contentDigest,
  hmac,
  signatureBase,
  signatureHeaders,
  signatureParams,
} from './http-signature.ts';

test('the HMAC vector of RFC 9421, B.2.5', () => {
  const key = Buffer.from(
    'uzvJfB4u3N0Jy4T7NZ75MDVcr8zSTInedJtkgcu46YW4XByzNJjxBdtjUkdJPBtbmHhIDi6pcl8jsasjlTMtDQ==',
    'base64',
  );
  const components: Components = [
    ['date', 'Tue, 20 Apr 2021 02:07:55 GMT'],
    ['@authority', 'example.com'],
    ['content-type', 'application/json'],
  ];
  const params = signatureParams(components, { created: 1_618_884_473, keyid: 'test-shared-secret' }, false);
  expect(params).toBe('("date" "@authority" "content-type");created=1618884473;keyid="test-shared-secret"');
  expect(hmac(key, signatureBase(components, params))).toBe('pxcQw6G3AjtMBQjwo8XzkZf/bws5LelbaMk5rGIGtE8=');
});

test('the digest vector of RFC 9530', () => {
  expect(contentDigest('{"hello": "world"}\n')).toBe('sha-256=:RK/0qy18MlBSVnWgjwz6lZEWjP/lF5HF9bvEF8FabDg=:');
});

const secret = 's'.repeat(32);
const body = '{"a":1}';
const components: Components = [
  ['@method', 'POST'],
  ['content-digest', contentDigest(body)],
];
const params = { created: 1_000, expires: 1_300, nonce: 'n-1', keyid: 'k' };
const check = (
  headers: Record<string, string>,
  more: { secret?: string; components?: Components; body?: string; nowS?: number } = {},
) =>
  checkSignature(
    more.secret ?? secret,
    (name) => headers[name],
    more.components ?? components,
    more.body ?? body,
    more.nowS ?? 1_100,
  );

test('a signature holds in its time, over its components, under its key, and tells its nonce', () => {
  const headers = signatureHeaders(secret, components, params);
  expect(check(headers)).toEqual({ nonce: 'n-1', keyid: 'k' });
  expect(check(headers, { nowS: 1_301 })).toBe('not_in_time');
  expect(check(headers, { nowS: 900 })).toBe('not_in_time');
  expect(check(headers, { secret: 't'.repeat(32) })).toBe('bad_signature');
  expect(check(headers, { body: '{"a":2}' })).toBe('bad_digest');
  expect(check(headers, { components: [['@method', 'GET'], ...components.slice(1)] })).toBe('bad_signature');
  expect(check(headers, { components: components.slice(1) })).toBe('not_covered');
  expect(check({})).toBe('unsigned');
  const moved = headers['signature-input'].replace('expires=1300', 'expires=9999');
  expect(check({ ...headers, 'signature-input': moved })).toBe('bad_signature');
});

test('a signature without a nonce or an end is worth nothing', () => {
  const { nonce: _, ...without } = params;
  expect(check(signatureHeaders(secret, components, without))).toBe('not_covered');
  const { expires: __, ...endless } = params;
  expect(check(signatureHeaders(secret, components, endless))).toBe('not_in_time');
});
