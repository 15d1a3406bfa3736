import { type KeyObject, verify } from 'node:crypto';
import { OWN_ALIASES, OWN_TELEMETRY } from '../request/plan.ts';
import { isMasking } from '../request/reasons.ts';
import { givesCopy } from '../request/request-type.ts';
import {
  Certificate,
  type CertifiedTarget,
  canonicalBytes,
  certifiedOutcome,
  subjectCommitment,
} from './certificate.ts';
import { keyId } from './sign.ts';

export interface Check {
  readonly name: string;
  readonly ok: boolean;
  /** A whole sentence, for a person. */
  readonly says: string;
}

/**
 * Checks a certificate with nothing but its bytes and the issuer's public key: no network, no clock, no database.
 *
 * A valid signature says who issued the document; the other checks say that what it claims follows from its own figures.
 *
 * @param opening the nonce and subject id that were handed to the person, to check that it is about them
 * @returns every check that could be made, failures included; valid only when all are ok ({@link isValid})
 */
export function verifyCertificate(
  bytes: Uint8Array,
  publicKey: KeyObject,
  opening?: { readonly nonce: Uint8Array; readonly subjectId: string },
): Check[] {
  const certificate = parse(bytes);
  if (certificate === null) return [check('readable', false, 'The bytes are a certificate of this schema.')];
  const { signature, ...body } = certificate;
  const signatureBytes = Buffer.from(signature.value, 'base64url');
  const signed =
    publicKey.asymmetricKeyType === 'ed25519' &&
    // The last character of base64url has spare bits: without this, two texts would be the same signature.
    signatureBytes.toString('base64url') === signature.value &&
    verify(null, canonicalBytes(body), publicKey, signatureBytes);
  const { dates, targets } = certificate;
  const order = [dates.received, dates.identified, dates.approved, dates.executed, dates.issued];
  return [
    check('readable', true, 'The bytes are a certificate of this schema.'),
    check('canonical', sameBytes(bytes, canonicalBytes(certificate)), 'The bytes are in canonical form (RFC 8785).'),
    check('key', signature.kid === keyId(publicKey), 'It names the public key it is checked with.'),
    check('signature', signed, 'The signature is valid.'),
    check('outcome', certifiedOutcome(targets) === certificate.outcome, 'The outcome follows from the targets.'),
    check(
      'counts',
      targets.every(countsHold),
      'What was found is erased, and nothing is left, at every proven target.',
    ),
    check('method', targets.every(methodHolds), 'No target counts masking as erasure.'),
    check('independence', targets.every(independent), 'Nobody verified their own erasure.'),
    check(
      'level',
      targets.every(levelHolds),
      'Somebody looked again at every proven target; our own telemetry was counted.',
    ),
    check(
      'scope',
      scopeHolds(certificate),
      'Each target stands once, and an erasure erased or told, and closed the door.',
    ),
    check('exceptions', targets.every(exceptionHolds), 'Every exemption has a code and somebody who approved it.'),
    check('four_eyes', approvalHolds(certificate), 'The approval came from another person, or says that it did not.'),
    check(
      'recipients',
      recipientsHold(certificate),
      'Each recipient stands once and was told, or has a coded excuse (Art. 19).',
    ),
    check('own_data', ownDataHolds(certificate), 'The telemetry and aliases of Vestige itself were erased too.'),
    check(
      'package',
      givesCopy(certificate.type) === (certificate.package !== null),
      'A copy is sealed where one is owed.',
    ),
    check(
      'dates',
      order.every((date, index) => index === 0 || date >= (order[index - 1] ?? '')),
      'The dates are in order.',
    ),
    ...(opening === undefined
      ? []
      : [
          check(
            'subject',
            subjectCommitment(opening.nonce, opening.subjectId) === certificate.subjectCommitment,
            'It is about the person who holds this nonce.',
          ),
        ]),
  ];
}

export function isValid(checks: readonly Check[]): boolean {
  return checks.length > 1 && checks.every(({ ok }) => ok);
}

const check = (name: string, ok: boolean, says: string): Check => ({ name, ok, says });
const proven = (target: CertifiedTarget) => target.result === 'verified' || target.result === 'no_data_found';

function parse(bytes: Uint8Array): Certificate | null {
  try {
    return Certificate.parse(JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes)));
  } catch {
    return null;
  }
}

function countsHold(target: CertifiedTarget): boolean {
  if ((target.unreported ?? 0) > target.erased) return false;
  if (!proven(target)) return true;
  if (target.residual !== 0) return false;
  if (target.result === 'no_data_found') return target.found === 0;
  return target.action !== 'erase' || target.erased >= target.found;
}

function methodHolds(target: CertifiedTarget): boolean {
  return target.action !== 'erase' || !proven(target) || (target.method !== null && !isMasking(target.method));
}

function independent(target: CertifiedTarget): boolean {
  if (target.action !== 'erase' || !proven(target)) return true;
  return target.executedBy !== null && target.verifiedBy !== null && target.executedBy !== target.verifiedBy;
}

/** Nothing is proven by its executor's word alone (V0), and our own telemetry only by counting in the engine's files. */
function levelHolds(target: CertifiedTarget): boolean {
  if (!proven(target)) return true;
  if (target.node === OWN_TELEMETRY) return target.verification === 'V3';
  return target.verification !== null && target.verification !== 'V0';
}

/** A search is no erasure; and without an instant before which events are refused, nothing keeps the person away. */
function scopeHolds({ type, scope, targets }: Certificate): boolean {
  if (new Set(targets.map(({ node }) => node)).size !== targets.length) return false;
  if (type !== 'erasure') return true;
  return scope.eventsBefore !== null && targets.every(({ action }) => action === 'erase' || action === 'notify');
}

function exceptionHolds(target: CertifiedTarget): boolean {
  // A place that stays as a whole keeps no parts.
  return (target.result === 'exempt') === (target.exception !== null) && !(target.exception && target.kept);
}

function recipientsHold({ recipients }: Certificate): boolean {
  return (
    new Set(recipients.map(({ party }) => party)).size === recipients.length &&
    recipients.every(
      ({ notice, excuse, acknowledged }) =>
        (notice !== null || excuse !== null) && (acknowledged === null || notice !== null),
    )
  );
}

function approvalHolds({ approval }: Certificate): boolean {
  // One person may have used two keys: then the names differ and it says so all the same.
  return approval.singleKey || approval.by !== approval.filedBy;
}

function ownDataHolds({ type, targets }: Certificate): boolean {
  if (type !== 'erasure') return true;
  return [OWN_TELEMETRY, OWN_ALIASES].every((own) => targets.some((target) => target.node === own && proven(target)));
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, index) => byte === b[index]);
}
