import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A time-stamping authority on this machine: a root, a certificate for time stamping below it, and `openssl ts`. */
export interface LocalTsa {
  /** Certificate of the root, PEM. */
  readonly authority: string;
  /** Answers a request over these bytes, DER. */
  stamp(data: Uint8Array): Buffer;
  /** Answers a request that somebody else made. */
  answer(query: Uint8Array): Buffer;
  remove(): void;
}

const CONFIG = (folder: string) => `
[ tsa ]
default_tsa = tsa1
[ tsa1 ]
dir = ${folder}
serial = ${folder}/serial
crypto_device = builtin
signer_cert = ${folder}/tsa.pem
certs = ${folder}/ca.pem
signer_key = ${folder}/tsa.key
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256, sha384, sha512
accuracy = secs:1
ordering = yes
tsa_name = no
ess_cert_id_chain = no
ess_cert_id_alg = sha256
`;

export function openLocalTsa(options: { readonly extendedKeyUsage?: string } = {}): LocalTsa {
  const folder = mkdtempSync(join(tmpdir(), 'vestige-tsa-'));
  const openssl = (...args: string[]) =>
    execFileSync('openssl', args, { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });
  const file = (name: string) => join(folder, name);
  writeFileSync(file('tsa.cnf'), CONFIG(folder));
  writeFileSync(file('serial'), '01\n');
  writeFileSync(
    file('ext.cnf'),
    `keyUsage=critical,digitalSignature\nextendedKeyUsage=critical,${options.extendedKeyUsage ?? 'timeStamping'}\n`,
  );
  openssl(
    'req',
    '-x509',
    '-newkey',
    'rsa:2048',
    '-nodes',
    '-keyout',
    'ca.key',
    '-out',
    'ca.pem',
    '-days',
    '3650',
    '-subj',
    '/CN=Test TSA Root',
  );
  openssl('req', '-newkey', 'rsa:2048', '-nodes', '-keyout', 'tsa.key', '-out', 'tsa.csr', '-subj', '/CN=Test TSA');
  openssl(
    'x509',
    '-req',
    '-in',
    'tsa.csr',
    '-CA',
    'ca.pem',
    '-CAkey',
    'ca.key',
    '-CAcreateserial',
    '-out',
    'tsa.pem',
    '-days',
    '3650',
    '-extfile',
    'ext.cnf',
  );
  const answer = (query: Uint8Array) => {
    writeFileSync(file('q.tsq'), query);
    openssl('ts', '-reply', '-config', 'tsa.cnf', '-queryfile', 'q.tsq', '-out', 'a.tsr');
    return readFileSync(file('a.tsr'));
  };
  return {
    authority: readFileSync(file('ca.pem'), 'utf8'),
    answer,
    stamp(data) {
      writeFileSync(file('data'), data);
      openssl('ts', '-query', '-data', 'data', '-sha256', '-cert', '-out', 'own.tsq');
      return answer(readFileSync(file('own.tsq')));
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
