import { certificateOf } from '@vestige/audit-verify/certificate-file';
import { ApiError, answerOf, api } from '../api/client.ts';
import type { CertificateEvidence } from './check-certificate.ts';

/** What is not there, or not for this key to read, is no error of a verification: a step of it stays unchecked. */
async function whereAllowed<Answer>(answer: Promise<Answer>): Promise<Answer | null> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof ApiError && (error.status === 403 || error.status === 404)) return null;
    throw error;
  }
}

/** The log's verifier keys, one a line; null where this key may not read them. */
export const readVkeys = (): Promise<string | null> =>
  whereAllowed(answerOf(api.GET('/v1/audit/keys', { parseAs: 'text' })));

/** The key that certificates are signed with, PEM; null where this key may not read it. */
export const readIssuer = async (): Promise<string | null> =>
  (await whereAllowed(answerOf(api.GET('/v1/certificates/public-key'))))?.publicKey ?? null;

/** The proof of a certificate that somebody brought without one; null where this log does not know it. */
export async function readProof(certificateText: string): Promise<string | null> {
  const certificate = certificateOf(certificateText.trim())?.certificateId;
  if (certificate === undefined || !UUID.test(certificate)) return null;
  return whereAllowed(answerOf(api.GET('/v1/audit/proof', { params: { query: { certificate } }, parseAs: 'text' })));
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** The certificate of a request with all that verifies it. @throws ApiError 404 for a request that has none */
export async function readCertificate(requestId: string): Promise<CertificateEvidence> {
  const params = { path: { id: requestId } };
  const certificate = api.GET('/v1/requests/{id}/certificate', { params, parseAs: 'text' });
  const proof = api.GET('/v1/requests/{id}/certificate/log-proof', { params, parseAs: 'text' });
  const [text, proofText, issuer, vkeys] = await Promise.all([
    answerOf(certificate),
    whereAllowed(answerOf(proof)),
    readIssuer(),
    readVkeys(),
  ]);
  return { certificate: text, proof: proofText, issuer, vkeys };
}
