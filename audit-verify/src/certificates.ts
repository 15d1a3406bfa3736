import { createHash, type KeyObject, verify } from 'node:crypto';
import { sameBytes } from './bytes.ts';
import { type Certificate, certificateOf, signedTextOf } from './certificate-file.ts';
import type { Report } from './finding.ts';
import { leafHash, rootOfProof } from './merkle.ts';
import { checkpointOf } from './note-text.ts';
import { proofOf } from './proof-file.ts';
import type { LoggedEnd, Replay, ReplayedRequest } from './replay.ts';

export interface CertificateFile {
  readonly at: string;
  readonly bytes: Buffer;
  readonly proof: string | null;
}

/** Holds certificates against what the log replayed (check 7). */
export function checkCertificates(
  files: readonly CertificateFile[],
  log: { replay: Replay; lineOf: (index: number) => string | null; rootOf: (size: number) => Uint8Array | null },
  issuer: KeyObject | null,
  report: Report,
): number {
  const logged = new Map<string, ReplayedRequest>();
  for (const request of log.replay.requests.values())
    for (const id of request.certificates.keys()) logged.set(id, request);
  const seen = new Set<string>();
  for (const file of files) {
    const broken = (code: string, says: string) => report('broken', 'certificates', code, file.at, says, ADVICE);
    const certificate = certificateOf(file.bytes.toString('utf8'));
    if (certificate === null) {
      broken('no_certificate', 'It is no certificate, or not written as it was signed.');
      continue;
    }
    const { certificateId } = certificate;
    const request = logged.get(certificateId);
    const fixed = request?.certificates.get(certificateId);
    if (!request || !fixed) {
      broken('certificate_not_logged', 'No ended request of this log names this certificate.');
      continue;
    }
    seen.add(certificateId);
    if (`sha256:${createHash('sha256').update(file.bytes).digest('hex')}` !== fixed.sha256) {
      broken('certificate_changed', `It is not the one that entry ${fixed.index} fixed.`);
    }
    if (issuer !== null && !isSignedBy(certificate, issuer))
      broken('certificate_signature', 'The issuer has not signed it.');
    compare(certificate, request, fixed, broken);
    checkProof(file, fixed.index, log, broken, report);
  }
  for (const [id, request] of logged) {
    if (seen.has(id)) continue;
    const says = `Request ${request.id} ended with certificate ${id}, which is not in the bundle.`;
    report('gap', 'certificates', 'certificate_missing', request.id, says, 'Ask the operator for the certificate.');
  }
  return seen.size;
}

/** Each certificate against what the log knew when it was fixed, whatever has become of the request since. */
function compare(
  { requestId, outcome, approval, targets }: Certificate,
  request: ReplayedRequest,
  logged: LoggedEnd,
  broken: (code: string, says: string) => void,
): void {
  const differs = (what: string, says: unknown, logSays: unknown) => {
    if (says !== logSays) broken('certificate_differs', `It says ${what} ${says}; the log says ${logSays}.`);
  };
  differs('request', requestId, request.id);
  differs('outcome', outcome, logged.outcome);
  differs('plan', approval.planHash, logged.approvedHash);
  differs('approval by', approval.by, logged.approvedBy);
  // Known also where payloads are withheld and places have no names: no result may stand there that nobody reported.
  for (const result of new Set([
    ...targets.map((target) => target.result),
    ...logged.tasks.map(({ state }) => state),
  ])) {
    const says = targets.filter((target) => target.result === result).length;
    differs(`of places that are ${result}`, says, logged.tasks.filter(({ state }) => state === result).length);
  }
  for (const task of logged.tasks) {
    if (task.node === null) continue;
    const target = targets.find(({ node }) => node === task.node);
    if (target === undefined) {
      broken('certificate_differs', `It says nothing about ${task.node}, which the log worked on.`);
      continue;
    }
    differs(`of ${task.node}`, target.result, task.state);
    if (task.counts === null || target.result !== 'verified') continue;
    differs(`found in ${task.node}`, target.found, task.counts.found);
    differs(`erased in ${task.node}`, target.erased, task.counts.erased);
  }
}

function checkProof(
  file: CertificateFile,
  index: number,
  log: { lineOf: (index: number) => string | null; rootOf: (size: number) => Uint8Array | null },
  broken: (code: string, says: string) => void,
  report: Report,
): void {
  if (file.proof === null) {
    report(
      'gap',
      'certificates',
      'proof_missing',
      file.at,
      'Its proof is not in the bundle.',
      'Ask the operator for the .tlog-proof.',
    );
    return;
  }
  const proof = proofOf(file.proof);
  const checkpoint = proof && checkpointOf(proof.checkpoint);
  if (!proof || !checkpoint) {
    broken('no_proof', 'Its proof is none.');
    return;
  }
  const line = log.lineOf(index);
  const leads =
    line === null ? null : rootOfProof(proof.index, checkpoint.size, leafHash(Buffer.from(line)), proof.hashes);
  const root = log.rootOf(checkpoint.size);
  if (
    proof.index !== index ||
    leads === null ||
    !sameBytes(leads, checkpoint.root) ||
    root === null ||
    !sameBytes(root, checkpoint.root)
  ) {
    broken('proof_differs', 'Its proof does not lead from its entry to a checkpoint of this log.');
  }
}

function isSignedBy(certificate: Certificate, issuer: KeyObject): boolean {
  const signature = Buffer.from(certificate.signature.value, 'base64url');
  return verify(null, Buffer.from(signedTextOf(certificate), 'utf8'), issuer, signature);
}

const ADVICE = 'Do not rely on this certificate; ask the operator how it came to differ from the log.';
