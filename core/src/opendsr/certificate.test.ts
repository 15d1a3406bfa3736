import { createPrivateKey, X509Certificate } from 'node:crypto';
import { openAuthority, type TestAuthority } from '@vestige/outbound/testing/certificates';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { certificateFor } from './certificate.ts';
import { readSignedHeaders, signatureHolds, signedHeaders } from './signature.ts';

const DOMAIN = 'opendsr.processor.example';
/** The authority below is made after this line. */
const now = new Date(Date.now() + 60_000);
let authority: TestAuthority;
let stranger: TestAuthority;

beforeAll(() => {
  authority = openAuthority();
  stranger = openAuthority('Test Authority');
});
afterAll(() => {
  authority.cleanUp();
  stranger.cleanUp();
});

const judge = (pem: string, domain = DOMAIN, at = now) => certificateFor(pem, domain, at, [authority.certificate]);
const issued = (more: Partial<Parameters<TestAuthority['issue']>[0]> = {}) =>
  authority.issue({ names: [`DNS:${DOMAIN}`], ...more });

test.each(['ec', 'rsa'] as const)(
  'a certificate of the domain from a trusted authority holds, with a key of kind %s',
  (key) => {
    expect(judge(issued({ key }).certificate)).toBeInstanceOf(X509Certificate);
  },
);

test('everything else that a certificate can be is refused by name', () => {
  expect(judge('')).toBe('unreadable');
  expect(judge('-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----')).toBe('unreadable');
  expect(judge(issued({ selfSigned: true }).certificate)).toBe('self_signed');
  expect(judge(authority.certificate)).toBe('self_signed');
  expect(judge(stranger.issue({ names: [`DNS:${DOMAIN}`] }).certificate)).toBe('untrusted');
  expect(judge(issued({ names: ['DNS:other.example'] }).certificate)).toBe('other_domain');
  expect(judge(issued({ names: ['DNS:*.processor.example'] }).certificate)).toBe('other_domain');
  expect(judge(issued({ notAfter: '20210101000000Z' }).certificate)).toBe('not_in_force');
  expect(judge(issued({ notBefore: '20980101000000Z' }).certificate)).toBe('not_in_force');
});

test('a chain in which a plain certificate signs another is refused', () => {
  const leaf = issued();
  expect(judge(`${stranger.issue({ names: [`DNS:${DOMAIN}`] }).certificate}\n${leaf.certificate}`)).toBe('untrusted');
});

test.each(['ec', 'rsa'] as const)(
  'a signature holds over the very bytes and the very key (%s), and over nothing else',
  (kind) => {
    const { certificate, key } = issued({ key: kind });
    const body = Buffer.from('{"request_status":"completed"}');
    const headers = signedHeaders(body, DOMAIN, createPrivateKey(key));
    const { domain, signature } = readSignedHeaders((name) => headers[name]);
    const leaf = new X509Certificate(certificate);

    expect(domain).toBe(DOMAIN);
    expect(signatureHolds(body, signature ?? '', leaf)).toBe(true);
    expect(signatureHolds(Buffer.from('{"request_status": "completed"}'), signature ?? '', leaf)).toBe(false);
    expect(signatureHolds(body, signature ?? '', new X509Certificate(issued({ key: kind }).certificate))).toBe(false);
    for (const broken of ['', 'x', '!!!!', (signature ?? '').slice(4), 'A'.repeat(5_000)]) {
      expect(signatureHolds(body, broken, leaf)).toBe(false);
    }
  },
);

test('headers of the old name are read, and a signature folded over lines too', () => {
  const { key } = issued();
  const headers = signedHeaders(Buffer.from('x'), DOMAIN, createPrivateKey(key));
  const old = { 'x-opengdpr-processor-domain': ` ${DOMAIN.toUpperCase()} `, 'x-opengdpr-signature': 'AAAA\n  BBBB' };
  expect(readSignedHeaders((name) => old[name as keyof typeof old])).toEqual({ domain: DOMAIN, signature: 'AAAABBBB' });
  expect(Object.keys(headers)).toEqual(expect.arrayContaining(['x-opendsr-signature', 'x-opengdpr-signature']));
  expect(readSignedHeaders(() => undefined)).toEqual({ domain: null, signature: null });
});
