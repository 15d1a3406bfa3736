import { type KeyObject, sign, verify, type X509Certificate } from 'node:crypto';

/**
 * Signatures of OpenDSR: base64 of a signature over the SHA-256 digest of the raw body (§4.2; FIPS 186-4, so RSA or
 * ECDSA). The body's own `processor_signature`, which the text asks for as well, would have to sign itself: it is neither
 * written nor read.
 */
export const DOMAIN_HEADERS = ['x-opendsr-processor-domain', 'x-opengdpr-processor-domain'] as const;
export const SIGNATURE_HEADERS = ['x-opendsr-signature', 'x-opengdpr-signature'] as const;

const SIGNATURE_CHARS_MAX = 4_096;

/** Headers of an answer or callback, under the present names and the ones that must still be honoured (§10.1). */
export function signedHeaders(body: Uint8Array, domain: string, key: KeyObject): Record<string, string> {
  const signature = sign('sha256', body, key).toString('base64');
  return Object.fromEntries([
    ...DOMAIN_HEADERS.map((name) => [name, domain]),
    ...SIGNATURE_HEADERS.map((name) => [name, signature]),
  ]);
}

/** Domain and signature as a message names them, old names included; null for the one that is missing. */
export function readSignedHeaders(header: (name: string) => string | null | undefined): {
  readonly domain: string | null;
  readonly signature: string | null;
} {
  const first = (names: readonly string[]) => names.map(header).find((value) => value) ?? null;
  return {
    domain: first(DOMAIN_HEADERS)?.trim().toLowerCase() ?? null,
    // Long signatures were folded over several lines by old senders.
    signature: first(SIGNATURE_HEADERS)?.replaceAll(/\s/g, '') ?? null,
  };
}

/** Over the bytes as they came, before anything reads them. Never throws. */
export function signatureHolds(body: Uint8Array, signature: string, certificate: X509Certificate): boolean {
  if (signature.length > SIGNATURE_CHARS_MAX || !/^[A-Za-z0-9+/]+={0,2}$/.test(signature)) return false;
  try {
    return verify('sha256', body, certificate.publicKey, Buffer.from(signature, 'base64'));
  } catch {
    return false;
  }
}
