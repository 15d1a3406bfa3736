import { createHash, createPublicKey, type KeyObject, sign } from 'node:crypto';
import { VestigeError } from '../errors.ts';
import type { Secret } from '../secret.ts';
import { type Certificate, CertificateBody, canonicalBytes } from './certificate.ts';

/**
 * Signs a certificate.
 *
 * @param signingKey Ed25519 private key
 * @throws VestigeError `misconfigured` for a key of another kind
 */
export function signCertificate(body: CertificateBody, signingKey: Secret<KeyObject>): Certificate {
  const key = signingKey.reveal();
  if (key.asymmetricKeyType !== 'ed25519') throw new VestigeError('misconfigured', 'certificates need an Ed25519 key');
  const checked = CertificateBody.parse(body);
  const value = sign(null, canonicalBytes(checked), key).toString('base64url');
  return { ...checked, signature: { alg: 'Ed25519', kid: keyId(createPublicKey(key)), value } };
}

/** The first 16 hex digits of the SHA-256 of the public key (SPKI, DER): enough to tell keys apart. */
export function keyId(publicKey: KeyObject): string {
  const der = publicKey.export({ type: 'spki', format: 'der' });
  return createHash('sha256').update(der).digest('hex').slice(0, 16);
}
