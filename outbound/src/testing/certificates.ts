import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

/** Certificates for tests, made by the `openssl` command: an authority of our own and what it signs. */
export interface TestAuthority {
  /** PEM of the authority's own certificate. */
  readonly certificate: string;
  issue(options: IssueOptions): TestCertificate;
  cleanUp(): void;
}

export interface IssueOptions {
  /** Names in subjectAltName, e.g. `DNS:opendsr.example.com` or `IP:127.0.0.1`. */
  readonly names: readonly string[];
  /** UTC, `YYYYMMDDHHMMSSZ`. */
  readonly notBefore?: string;
  readonly notAfter?: string;
  readonly key?: 'ec' | 'rsa';
  /** Signed by its own key instead of the authority's. */
  readonly selfSigned?: boolean;
}

export interface TestCertificate {
  readonly certificate: string;
  readonly key: string;
}

export function openAuthority(name = 'Test Authority'): TestAuthority {
  const folder = mkdtempSync(path.join(tmpdir(), 'vestige-ca-'));
  const at = (file: string) => path.join(folder, file);
  const openssl = (...args: string[]) => execFileSync('openssl', args, { cwd: folder, stdio: 'pipe' });
  openssl('ecparam', '-name', 'prime256v1', '-genkey', '-noout', '-out', 'ca.key');
  writeFileSync(
    at('ca.cnf'),
    '[req]\ndistinguished_name=dn\n[dn]\n[v3]\nbasicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign,cRLSign\nsubjectKeyIdentifier=hash\n',
  );
  // biome-ignore format: one command, one line
  openssl('req', '-x509', '-new', '-key', 'ca.key', '-subj', `/CN=${name}`, '-days', '3650', '-config', 'ca.cnf', '-extensions', 'v3', '-out', 'ca.pem');
  let serial = 1;
  return {
    certificate: readFileSync(at('ca.pem'), 'utf8'),
    issue({ names, notBefore = '20200101000000Z', notAfter = '20991231000000Z', key = 'ec', selfSigned = false }) {
      serial += 1;
      const id = `leaf${serial}`;
      if (key === 'ec') openssl('ecparam', '-name', 'prime256v1', '-genkey', '-noout', '-out', `${id}.key`);
      else openssl('genrsa', '-out', `${id}.key`, '2048');
      openssl('req', '-new', '-key', `${id}.key`, '-subj', `/CN=${id}`, '-config', 'ca.cnf', '-out', `${id}.csr`);
      const extensions = `[v3]\nbasicConstraints=CA:FALSE\nsubjectAltName=${names.join(',')}\n`;
      writeFileSync(at(`${id}.cnf`), extensions);
      const dates = ['-not_before', notBefore, '-not_after', notAfter];
      signLeaf(openssl, { folder, id, serial, dates, selfSigned });
      return { certificate: readFileSync(at(`${id}.pem`), 'utf8'), key: readFileSync(at(`${id}.key`), 'utf8') };
    },
    cleanUp: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** `openssl ca` is the one command of every version that takes both dates. */
function signLeaf(
  openssl: (...args: string[]) => unknown,
  of: { folder: string; id: string; serial: number; dates: readonly string[]; selfSigned: boolean },
): void {
  const { folder, id, serial, dates, selfSigned } = of;
  const config = `[ca]\ndefault_ca=d\n[d]\ndir=${folder}\nnew_certs_dir=${folder}\ndatabase=${folder}/index${serial}.txt\nserial=${folder}/serial${serial}\ndefault_md=sha256\npolicy=p\n[p]\ncommonName=supplied\n`;
  writeFileSync(path.join(folder, `sign${serial}.cnf`), config);
  writeFileSync(path.join(folder, `index${serial}.txt`), '');
  writeFileSync(path.join(folder, `serial${serial}`), `${(0x1000 + serial).toString(16)}\n`);
  const [, from = '', , until = ''] = dates;
  const by = selfSigned ? ['-selfsign', '-keyfile', `${id}.key`] : ['-cert', 'ca.pem', '-keyfile', 'ca.key'];
  // biome-ignore format: one command, one line
  openssl('ca', '-batch', '-notext', '-config', `sign${serial}.cnf`, ...by, '-in', `${id}.csr`, '-startdate', from, '-enddate', until, '-extfile', `${id}.cnf`, '-extensions', 'v3', '-out', `${id}.pem`);
}
