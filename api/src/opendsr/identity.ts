import { createPrivateKey, createPublicKey, type KeyObject, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { isVestigeError, VestigeError } from '@vestige/core/errors';
import { Secret } from '@vestige/core/secret';

/** Where an operator keeps them. */
export interface OpendsrFiles {
  readonly domain: string;
  readonly certificateFile: string;
  readonly keyFile: string;
}

/** Who this server is towards controllers: the domain its certificate is issued to, and the key that signs. */
export interface OpendsrIdentity {
  /** E.g. `opendsr.example.com`: a sub-domain for nothing else (security guidelines of the specification). */
  readonly domain: string;
  /** PEM, with the certificates between it and the authority behind it. Served to everybody. */
  readonly certificate: string;
  readonly key: Secret<KeyObject>;
}

/**
 * @throws VestigeError `misconfigured`
 */
export function readOpendsrIdentity(files: OpendsrFiles, now: Date): OpendsrIdentity {
  try {
    const certificate = readFileSync(files.certificateFile, 'utf8');
    const key = new Secret(readFileSync(files.keyFile, 'utf8'));
    return opendsrIdentity(files.domain, { certificate, key }, now);
  } catch (error) {
    if (isVestigeError(error)) throw error;
    // The system's own words name paths of this machine and nothing an operator does not know.
    throw new VestigeError('misconfigured', 'OpenDSR: the file of the certificate or of its key cannot be read.');
  }
}

/**
 * @param pem certificate chain and private key as their files hold them
 * @throws VestigeError `misconfigured` where a controller would refuse what is signed with it: the key is another one, or
 *   the certificate is not for the domain, or is over
 */
export function opendsrIdentity(domain: string, pem: { certificate: string; key: Secret }, now: Date): OpendsrIdentity {
  let certificate: X509Certificate;
  let key: KeyObject;
  try {
    certificate = new X509Certificate(pem.certificate);
    key = createPrivateKey(pem.key.reveal());
  } catch {
    throw new VestigeError('misconfigured', 'OpenDSR: the certificate or its key cannot be read.');
  }
  if (!['rsa', 'ec'].includes(key.asymmetricKeyType ?? '')) {
    throw new VestigeError('misconfigured', 'OpenDSR: the key has to be RSA or ECDSA (FIPS 186-4).');
  }
  if (!createPublicKey(key).equals(certificate.publicKey)) {
    throw new VestigeError('misconfigured', 'OpenDSR: the key does not belong to the certificate.');
  }
  if (certificate.checkHost(domain, { subject: 'never', wildcards: false }) === undefined) {
    throw new VestigeError('misconfigured', `OpenDSR: the certificate does not name ${domain}.`);
  }
  if (certificate.validToDate <= now) throw new VestigeError('misconfigured', 'OpenDSR: the certificate has expired.');
  return { domain, certificate: pem.certificate, key: new Secret(key) };
}
