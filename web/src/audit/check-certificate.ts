import { base64 } from '@vestige/audit-verify/base64';
import { hex } from '@vestige/audit-verify/bytes';
import { type Certificate, certificateOf, signedTextOf } from '@vestige/audit-verify/certificate-file';
import { checkEntry, type ProvenEntry } from './check-entry.ts';
import { type Check, check } from './checks.ts';
import { canHash, ed25519Verifies, sha256 } from './web-crypto.ts';

/** What is at hand to verify a certificate with. Null: not there, and the step that needs it says so. */
export interface CertificateEvidence {
  /** The file, byte for byte as it was handed out; white space at its end is read over. */
  readonly certificate: string;
  /** Its `.tlog-proof` file. */
  readonly proof: string | null;
  /** The issuer's public key, PEM. */
  readonly issuer: string | null;
  /** Keys of the audit log, one `vkey` a line. */
  readonly vkeys: string | null;
}

export interface CheckedCertificate {
  readonly checks: readonly Check[];
  /** Null for a file that is no certificate. */
  readonly certificate: Certificate | null;
  readonly proven: ProvenEntry | null;
}

/**
 * Verifies a certificate as `vestige audit verify` does, as far as one file and its proof reach: it is written as it was
 * signed, the issuer has signed it, an entry of the log holds its hash, and that entry is in the log the log has promised.
 */
export async function checkCertificate(evidence: CertificateEvidence): Promise<CheckedCertificate> {
  const text = evidence.certificate.trim();
  const certificate = certificateOf(text);
  if (certificate === null) return { checks: [check('form', false, 'no_proof')], certificate, proven: null };
  const form = check('form', true, 'no_proof');
  const proven = evidence.proof === null ? null : await checkEntry(evidence.proof, evidence.vkeys);
  return {
    checks: [
      form,
      await checkIssuer(certificate, evidence.issuer),
      ...(proven === null
        ? [check('logged', null, 'no_proof')]
        : [await checkLogged(certificate, text, proven), ...proven.checks, checkOneLog(certificate, proven)]),
    ],
    certificate,
    proven,
  };
}

async function checkIssuer(certificate: Certificate, pem: string | null): Promise<Check> {
  const spki = pem === null ? null : spkiOf(pem);
  const signature = base64(paddedBase64(certificate.signature.value));
  if (spki === null) return check('issuer', null, 'no_key');
  if (!canHash()) return check('issuer', null, 'no_browser');
  if (signature === null) return check('issuer', false, 'no_key');
  const kid = (certificate.signature as { kid?: unknown }).kid;
  const verifies = await ed25519Verifies({ format: 'spki', bytes: spki }, signature, signedTextOf(certificate));
  // Certificates live longer than keys: one that names another key is not refuted by this one.
  const isOther = verifies === false && kid !== hex(await sha256(spki)).slice(0, KEY_ID_DIGITS);
  return isOther ? check('issuer', null, 'other_key') : check('issuer', verifies, 'no_browser');
}

/** core/src/certificate/sign.ts: the first 16 hex digits of the SHA-256 of the key in DER. */
const KEY_ID_DIGITS = 16;

/** The entry names the certificate, and the hash of exactly these bytes. */
async function checkLogged(certificate: Certificate, text: string, { entry }: ProvenEntry): Promise<Check> {
  if (!canHash()) return check('logged', null, 'no_browser');
  const { requestId, facts } = factsOf(entry);
  const digest = `sha256:${hex(await sha256(new TextEncoder().encode(text)))}`;
  const isNamed = facts['certificate'] === certificate.certificateId && requestId === certificate.requestId;
  return check('logged', isNamed && facts['certificateSha256'] === digest, 'no_proof');
}

/** A proof of another installation's log proves nothing about this one. */
function checkOneLog(certificate: Certificate, { origin }: ProvenEntry): Check {
  const { log } = certificate as { log?: { origin?: unknown } };
  return check('one_log', log?.origin === origin, 'no_proof');
}

function factsOf(entry: string | null): { requestId?: unknown; facts: Record<string, unknown> } {
  try {
    const { requestId, facts } = JSON.parse(entry ?? '') as { requestId?: unknown; facts?: Record<string, unknown> };
    return { requestId, facts: facts ?? {} };
  } catch {
    return { facts: {} };
  }
}

/** An Ed25519 key in DER has 44 bytes. */
const SPKI_BYTES = 44;

function spkiOf(pem: string): Uint8Array<ArrayBuffer> | null {
  const body = /-----BEGIN PUBLIC KEY-----([^-]+)-----END PUBLIC KEY-----/.exec(pem)?.[1] ?? '';
  const der = base64(body.replace(/\s/g, ''));
  return der?.length === SPKI_BYTES ? der : null;
}

const paddedBase64 = (base64url: string): string => {
  const text = base64url.replaceAll('-', '+').replaceAll('_', '/');
  return text.padEnd(Math.ceil(text.length / 4) * 4, '=');
};
