import { createHash, randomBytes } from 'node:crypto';
import { VestigeError } from '@vestige/core/errors';
import { fromBER, Integer, OctetString } from 'asn1js';
import {
  AlgorithmIdentifier,
  Certificate,
  ContentInfo,
  ExtKeyUsage,
  MessageImprint,
  SignedData,
  TimeStampReq,
  TimeStampResp,
  TSTInfo,
} from 'pkijs';

/** Time stamps after RFC 3161: an authority's word that these bytes existed at this time. */
const SHA256 = '2.16.840.1.101.3.4.2.1';
const TST_INFO = '1.2.840.113549.1.9.16.1.4';
const EXT_KEY_USAGE = '2.5.29.37';
const TIME_STAMPING = '1.3.6.1.5.5.7.3.8';
const NONCE_BYTES = 16;
/** `granted` and `grantedWithMods`; anything else is a refusal. */
const GRANTED_MAX = 1;

export interface TimestampRequest {
  readonly der: Uint8Array;
  readonly nonce: Uint8Array;
}

/** Asks for the certificate too, so that the answer can be checked when the authority is gone. */
export function timestampRequest(data: Uint8Array, nonce: Uint8Array = newNonce()): TimestampRequest {
  const request = new TimeStampReq({
    version: 1,
    messageImprint: new MessageImprint({
      hashAlgorithm: new AlgorithmIdentifier({ algorithmId: SHA256 }),
      hashedMessage: new OctetString({ valueHex: arrayBufferOf(createHash('sha256').update(data).digest()) }),
    }),
    nonce: new Integer({ valueHex: arrayBufferOf(nonce) }),
    certReq: true,
  });
  return { der: new Uint8Array(request.toSchema().toBER()), nonce };
}

/**
 * Reads and verifies an answer: granted, over these bytes, for this request, signed by a certificate for time stamping
 * that one of the given authorities vouches for.
 *
 * @param nonce of the request; null when the answer comes out of the archive
 * @param authorities PEM certificates, at least one
 * @returns the time it attests
 * @throws VestigeError `internal` with the check that failed
 */
export async function verifyTimestamp(
  der: Uint8Array,
  data: Uint8Array,
  nonce: Uint8Array | null,
  authorities: readonly string[],
): Promise<Date> {
  const { signed, info } = parse(der);
  const { messageImprint } = info;
  const imprint = Buffer.from(messageImprint.hashedMessage.valueBlock.valueHexView);
  if (
    messageImprint.hashAlgorithm.algorithmId !== SHA256 ||
    !imprint.equals(createHash('sha256').update(data).digest())
  ) {
    throw refused('it is over other bytes');
  }
  if (nonce !== null && !info.nonce?.isEqual(new Integer({ valueHex: arrayBufferOf(nonce) }))) {
    throw refused('it answers another request');
  }
  const trustedCerts = authorities.map(certificateOf);
  const verdict = await signed
    .verify({
      signer: 0,
      trustedCerts,
      checkChain: true,
      checkDate: info.genTime,
      extendedMode: true,
      data: arrayBufferOf(data),
    })
    .catch(() => null);
  if (verdict?.signatureVerified !== true || verdict.signerCertificateVerified !== true) {
    throw refused('its signature or its certificate does not verify');
  }
  if (!verdict.signerCertificate || !isForTimeStamping(verdict.signerCertificate)) {
    throw refused('its certificate is not for time stamping');
  }
  return info.genTime;
}

function parse(der: Uint8Array): { signed: SignedData; info: TSTInfo } {
  try {
    const response = TimeStampResp.fromBER(arrayBufferOf(der));
    if (response.status.status > GRANTED_MAX || response.timeStampToken === undefined)
      throw refused('it was not granted');
    if (response.timeStampToken.contentType !== ContentInfo.SIGNED_DATA) throw refused('it is not signed');
    const signed = new SignedData({ schema: response.timeStampToken.content });
    const content = signed.encapContentInfo.eContent;
    if (signed.encapContentInfo.eContentType !== TST_INFO || !content) throw refused('it holds no time');
    return { signed, info: TSTInfo.fromBER(content.getValue()) };
  } catch (error) {
    throw error instanceof VestigeError ? error : refused('it cannot be read');
  }
}

function isForTimeStamping(certificate: Certificate): boolean {
  const usage = certificate.extensions?.find(({ extnID }) => extnID === EXT_KEY_USAGE)?.parsedValue;
  return usage instanceof ExtKeyUsage && usage.keyPurposes.includes(TIME_STAMPING);
}

/** @throws VestigeError `misconfigured` */
function certificateOf(pem: string): Certificate {
  try {
    const body = /-----BEGIN CERTIFICATE-----([^-]+)-----END CERTIFICATE-----/.exec(pem)?.[1] ?? '';
    const { result } = fromBER(arrayBufferOf(Buffer.from(body, 'base64')));
    return new Certificate({ schema: result });
  } catch {
    throw new VestigeError('misconfigured', 'the certificates of time-stamping authorities are PEM');
  }
}

function newNonce(): Uint8Array {
  const nonce = randomBytes(NONCE_BYTES);
  // Positive and without a leading zero byte, so that the same integer comes back as the same bytes.
  nonce[0] = ((nonce[0] ?? 0) & 0x7f) | 0x40;
  return nonce;
}

const refused = (why: string) => new VestigeError('internal', `the time stamp proves nothing: ${why}`);

function arrayBufferOf(bytes: Uint8Array): ArrayBuffer {
  return Uint8Array.from(bytes).buffer;
}
