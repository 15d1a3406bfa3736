import { createHash, verify, X509Certificate } from 'node:crypto';
import { BadDer, children, type Der, generalizedTime, oid, readDer } from './der.ts';

/**
 * Time stamps after RFC 3161, read and verified with `node:crypto` alone: CMS signed data (RFC 5652) over a TSTInfo.
 *
 * Refused is everything that is not needed to read what authorities issue: several signers, unsigned answers, digests
 * other than SHA-2.
 */
export interface TimestampVerdict {
  readonly at: Date;
  /** Whether one of the given authorities vouches for the certificate. False with none given. */
  readonly vouched: boolean;
}

export class BadTimestamp extends Error {}

const SIGNED_DATA = '1.2.840.113549.1.7.2';
const TST_INFO = '1.2.840.113549.1.9.16.1.4';
const CONTENT_TYPE = '1.2.840.113549.1.9.3';
const MESSAGE_DIGEST = '1.2.840.113549.1.9.4';
const SIGNING_CERTIFICATE_V2 = '1.2.840.113549.1.9.16.2.47';
const TIME_STAMPING = '1.3.6.1.5.5.7.3.8';
const DIGESTS: Readonly<Record<string, string>> = {
  '2.16.840.1.101.3.4.2.1': 'sha256',
  '2.16.840.1.101.3.4.2.2': 'sha384',
  '2.16.840.1.101.3.4.2.3': 'sha512',
};
const CHAIN_MAX = 8;

/** @throws BadTimestamp in a sentence */
export function verifyTimestamp(der: Buffer, data: Buffer, authorities: readonly X509Certificate[]): TimestampVerdict {
  try {
    return verified(der, data, authorities);
  } catch (error) {
    if (error instanceof BadTimestamp) throw error;
    throw new BadTimestamp('it cannot be read');
  }
}

function verified(der: Buffer, data: Buffer, authorities: readonly X509Certificate[]): TimestampVerdict {
  const [status, token] = children(readDer(der).content);
  const granted = status && children(status.content)[0]?.content;
  if (!token || granted?.length !== 1 || (granted[0] ?? 9) > 1) throw new BadTimestamp('it was not granted');
  const signed = signedData(token);
  const info = tstInfo(signed.content);
  if (!info.imprint.equals(createHash(info.digest).update(data).digest()))
    throw new BadTimestamp('it is over other bytes');

  const [signer, ...others] = children(signed.signers.content).map(signerInfo);
  if (signer === undefined || others.length > 0) throw new BadTimestamp('it has not exactly one signer');
  const attribute = (type: string) => signer.attributes.find((each) => each.type === type)?.value;
  if (!attribute(CONTENT_TYPE) || oid(attribute(CONTENT_TYPE) as Der) !== TST_INFO)
    throw new BadTimestamp('it is signed as something else');
  const digest = createHash(signer.digest).update(signed.content).digest();
  if (!attribute(MESSAGE_DIGEST)?.content.equals(digest)) throw new BadTimestamp('its time was changed');

  const certificate = signed.certificates.find((each) => isSigner(each, signer));
  if (certificate === undefined) throw new BadTimestamp('the certificate of its signer is not enclosed');
  if (!verify(signer.signatureDigest, signer.signedBytes, certificate.publicKey, signer.signature)) {
    throw new BadTimestamp('its signature does not verify');
  }
  const fixed = attribute(SIGNING_CERTIFICATE_V2);
  if (fixed && !fixed.whole.includes(createHash('sha256').update(certificate.raw).digest())) {
    throw new BadTimestamp('it was signed with another certificate');
  }
  if (!certificate.keyUsage?.includes(TIME_STAMPING))
    throw new BadTimestamp('its certificate is not for time stamping');
  return { at: info.at, vouched: isVouched(certificate, signed.certificates, authorities, info.at) };
}

function signedData(token: Der) {
  const [type, wrapped] = children(token.content);
  if (!type || !wrapped || oid(type) !== SIGNED_DATA) throw new BadTimestamp('it is not signed');
  const parts = children(readDer(wrapped.content).content);
  const [contentType, wrappedContent] = children(parts[2]?.content ?? Buffer.alloc(0));
  const signers = parts.at(-1);
  if (!contentType || !wrappedContent || !signers || oid(contentType) !== TST_INFO)
    throw new BadTimestamp('it holds no time');
  const enclosed = parts.find(({ tag }) => tag === 0xa0);
  return {
    content: readDer(wrappedContent.content).content,
    certificates: children(enclosed?.content ?? Buffer.alloc(0)).map(({ whole }) => new X509Certificate(whole)),
    signers,
  };
}

function tstInfo(content: Buffer) {
  const [, , imprint, , at] = children(readDer(content).content);
  const [algorithm, hash] = children(imprint?.content ?? Buffer.alloc(0));
  if (!algorithm || !hash || !at) throw new BadDer('no TSTInfo');
  return { digest: digestOf(algorithm), imprint: hash.content, at: generalizedTime(at) };
}

function signerInfo({ content }: Der) {
  const parts = children(content);
  const [, sid, digest, attributes, algorithm, signature] = parts;
  if (!sid || !digest || attributes?.tag !== 0xa0 || !algorithm || signature?.tag !== 0x04)
    throw new BadDer('no signer');
  // What is signed is the set itself, not the tag that stands for it inside the signer (RFC 5652 §5.4).
  const signedBytes = Buffer.concat([Buffer.of(0x31), attributes.whole.subarray(1)]);
  const name = digestOf(digest);
  return {
    sid,
    digest: name,
    signatureDigest: isEdwards(algorithm) ? null : (digestOfSignature(algorithm) ?? name),
    attributes: children(attributes.content).map((attribute) => {
      const [type, values] = children(attribute.content);
      if (!type || !values) throw new BadDer('no attribute');
      return { type: oid(type), value: children(values.content)[0] };
    }),
    signedBytes,
    signature: signature.content,
  };
}

function digestOf(algorithm: Der): string {
  const [type] = children(algorithm.content);
  const name = type && DIGESTS[oid(type)];
  if (!name) throw new BadTimestamp('it uses a digest that is not SHA-2');
  return name;
}

/** RSA and ECDSA with a digest of their own; plain `rsaEncryption` takes that of the signer. */
function digestOfSignature(algorithm: Der): string | undefined {
  const type = oid(children(algorithm.content)[0] as Der);
  return {
    '1.2.840.113549.1.1.11': 'sha256',
    '1.2.840.113549.1.1.12': 'sha384',
    '1.2.840.113549.1.1.13': 'sha512',
    '1.2.840.10045.4.3.2': 'sha256',
    '1.2.840.10045.4.3.3': 'sha384',
    '1.2.840.10045.4.3.4': 'sha512',
  }[type];
}

const isEdwards = (algorithm: Der): boolean => oid(children(algorithm.content)[0] as Der) === '1.3.101.112';

function isSigner(certificate: X509Certificate, { sid }: { sid: Der }): boolean {
  const [issuer, serial] = children(sid.content);
  if (sid.tag !== 0x30 || !issuer || !serial) return false;
  const fields = children(children(readDer(certificate.raw).content)[0]?.content ?? Buffer.alloc(0));
  const [number, , itsIssuer] = fields[0]?.tag === 0xa0 ? fields.slice(1) : fields;
  return number?.whole.equals(serial.whole) === true && itsIssuer?.whole.equals(issuer.whole) === true;
}

/** Walks up the enclosed certificates to one of the authorities; each was valid when the stamp was made. */
function isVouched(
  signer: X509Certificate,
  enclosed: readonly X509Certificate[],
  authorities: readonly X509Certificate[],
  at: Date,
): boolean {
  let current = signer;
  for (let steps = 0; steps < CHAIN_MAX; steps += 1) {
    if (at < current.validFromDate || at > current.validToDate) return false;
    const issued = (by: X509Certificate) => by.ca && current.checkIssued(by) && current.verify(by.publicKey);
    if (
      authorities.some(
        (each) => each.raw.equals(current.raw) || (issued(each) && at >= each.validFromDate && at <= each.validToDate),
      )
    ) {
      return true;
    }
    const next = enclosed.find((each) => !each.raw.equals(current.raw) && issued(each));
    if (next === undefined) return false;
    current = next;
  }
  return false;
}
