import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Secret } from '@vestige/core/secret';
import { openAuthority } from '@vestige/outbound/testing/certificates';
import { expect, test } from 'vitest';
import { opendsrIdentity, readOpendsrIdentity } from './identity.ts';

const now = new Date('2026-06-01T00:00:00Z');

test('a server does not start with a certificate that controllers would refuse', () => {
  const authority = openAuthority();
  const good = authority.issue({ names: ['DNS:opendsr.example.com'] });
  const other = authority.issue({ names: ['DNS:opendsr.example.com'] });
  const over = authority.issue({ names: ['DNS:opendsr.example.com'], notAfter: '20260101000000Z' });
  const with_ = (certificate: string, key: string, domain = 'opendsr.example.com') =>
    opendsrIdentity(domain, { certificate, key: new Secret(key) }, now);

  expect(with_(good.certificate, good.key).domain).toBe('opendsr.example.com');
  expect(() => with_(good.certificate, other.key)).toThrow('does not belong');
  expect(() => with_(good.certificate, good.key, 'api.example.com')).toThrow('does not name');
  expect(() => with_(over.certificate, over.key)).toThrow('expired');
  expect(() => with_('no certificate', good.key)).toThrow('cannot be read');
  const ed25519 = generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  expect(() => with_(good.certificate, ed25519)).toThrow('RSA or ECDSA');
  authority.cleanUp();
});

test('the files of certificate and key are read, and a missing one is named without its path', () => {
  const authority = openAuthority();
  const { certificate, key } = authority.issue({ names: ['DNS:opendsr.example.com'] });
  const folder = mkdtempSync(path.join(tmpdir(), 'vestige-opendsr-'));
  const files = {
    domain: 'opendsr.example.com',
    certificateFile: path.join(folder, 'certificate.pem'),
    keyFile: path.join(folder, 'key.pem'),
  };
  writeFileSync(files.certificateFile, certificate);
  expect(() => readOpendsrIdentity(files, now)).toThrow('cannot be read');
  writeFileSync(files.keyFile, key);
  expect(readOpendsrIdentity(files, now).certificate).toBe(certificate);
  rmSync(folder, { recursive: true });
  authority.cleanUp();
});
