import { X509Certificate } from 'node:crypto';

/**
 * Whether a certificate may speak for a domain: issued by a trusted authority (never by itself), in force, for exactly this
 * name, with a key of FIPS 186-4. Revocation is not asked for; a cached certificate is fetched again after a day instead.
 */
export type CertificateFault =
  | 'unreadable'
  | 'self_signed'
  | 'untrusted'
  | 'not_in_force'
  | 'other_domain'
  | 'weak_key';

const CHAIN_MAX = 5;
const RSA_BITS_MIN = 2_048;
const PEM = /-----BEGIN CERTIFICATE-----[A-Za-z0-9+/=\s]+-----END CERTIFICATE-----/g;

/**
 * @param pem the processor's certificate, and the ones between it and the authority where it sends them
 * @param authorities PEM of the authorities that are trusted
 */
export function certificateFor(
  pem: string,
  domain: string,
  now: Date,
  authorities: readonly string[],
): X509Certificate | CertificateFault {
  const chain = readChain(pem);
  const [leaf] = chain;
  if (leaf === undefined || chain.length > CHAIN_MAX) return 'unreadable';
  if (leaf.checkIssued(leaf)) return 'self_signed';
  // The specification asks for a certificate of this very sub-domain, so no wildcard, and no common name.
  if (leaf.checkHost(domain, { subject: 'never', wildcards: false }) === undefined) return 'other_domain';
  if (!isStrong(leaf)) return 'weak_key';
  if (!chain.every((each) => inForce(each, now))) return 'not_in_force';
  return reachesAuthority(chain, authorities.flatMap(readChain), now) ? leaf : 'untrusted';
}

function readChain(pem: string): X509Certificate[] {
  try {
    return (pem.match(PEM) ?? []).map((each) => new X509Certificate(each));
  } catch {
    return [];
  }
}

function inForce(certificate: X509Certificate, now: Date): boolean {
  return certificate.validFromDate <= now && now <= certificate.validToDate;
}

function isStrong({ publicKey }: X509Certificate): boolean {
  if (publicKey.asymmetricKeyType === 'rsa')
    return (publicKey.asymmetricKeyDetails?.modulusLength ?? 0) >= RSA_BITS_MIN;
  return publicKey.asymmetricKeyType === 'ec';
}

/** Each certificate signed by the next, which is allowed to, and the last by an authority that is in force itself. */
function reachesAuthority(
  chain: readonly X509Certificate[],
  authorities: readonly X509Certificate[],
  now: Date,
): boolean {
  const signs = (issuer: X509Certificate, subject: X509Certificate) =>
    issuer.ca && subject.checkIssued(issuer) && subject.verify(issuer.publicKey);
  for (const [at, certificate] of chain.entries()) {
    if (authorities.some((authority) => inForce(authority, now) && signs(authority, certificate))) return true;
    const next = chain[at + 1];
    if (next === undefined || !signs(next, certificate)) return false;
  }
  return false;
}
