import { hex } from '@vestige/audit-verify/bytes';
import { canonical } from '@vestige/audit-verify/canonical';
import { beforeAll, describe, expect, test } from 'vitest';
import { type CertificateEvidence, checkCertificate } from './check-certificate.ts';
import { type CheckName, verdictOf } from './checks.ts';
import { certificateText, newSigner, ORIGIN, pemOf, type Signer, SmallLog, vkeyOf } from './testing/small-log.ts';
import { sha256 } from './web-crypto.ts';

const ID = '0b6f4f0e-3c1a-4e57-9a0b-0d6c1f1f0a11';
const REQUEST = '7c1d5a66-1111-4f7e-8d1c-9b1f4c1d2e33';
const body = {
  schema: 'urn:vestige:certificate:v1',
  certificateId: ID,
  requestId: REQUEST,
  outcome: 'completed',
  approval: { planHash: `sha256:${'a'.repeat(64)}`, by: 'key:b', filedBy: 'key:a' },
  targets: [
    { node: 'store:postgres://db:5432/shop.public.users', result: 'verified', found: 3, erased: 3, residual: 0 },
  ],
  log: { origin: ORIGIN },
};

let issuer: Signer;
let logKey: Signer;
let log: SmallLog;
let whole: CertificateEvidence;

const entryFor = async (certificate: string) => {
  const digest = hex(await sha256(new TextEncoder().encode(certificate)));
  return canonical({
    type: 'request.complete',
    requestId: REQUEST,
    facts: { certificate: ID, certificateSha256: `sha256:${digest}` },
  });
};
const broken = async (change: Partial<CertificateEvidence>): Promise<CheckName[]> => {
  const { checks } = await checkCertificate({ ...whole, ...change });
  return checks.filter(({ verdict }) => verdict === 'broken').map(({ name }) => name);
};
const unchecked = async (change: Partial<CertificateEvidence>) => {
  const { checks } = await checkCertificate({ ...whole, ...change });
  expect(verdictOf(checks)).toBe('unproven');
  return checks.filter(({ verdict }) => verdict === 'unchecked').map(({ name, why }) => [name, why]);
};

beforeAll(async () => {
  [issuer, logKey] = await Promise.all([newSigner(), newSigner()]);
  const certificate = await certificateText(issuer, body);
  const entries = Array.from({ length: 11 }, (_, n) => canonical({ type: 'heartbeat', n }));
  entries[6] = await entryFor(certificate);
  log = new SmallLog(entries, logKey);
  whole = { certificate, proof: await log.proof(6), issuer: pemOf(issuer), vkeys: await vkeyOf(logKey) };
});

describe('a certificate', () => {
  test('holds when its issuer has signed it and the log has promised its hash', async () => {
    const { checks, certificate } = await checkCertificate(whole);
    expect(checks.map(({ name, verdict }) => [name, verdict])).toEqual([
      ['form', 'holds'],
      ['issuer', 'holds'],
      ['logged', 'holds'],
      ['included', 'holds'],
      ['promised', 'holds'],
      ['one_log', 'holds'],
    ]);
    expect(verdictOf(checks)).toBe('holds');
    expect(certificate?.certificateId).toBe(ID);
  });

  test('holds with the line end that an editor puts behind it', async () => {
    expect(await broken({ certificate: `${whole.certificate}\n` })).toEqual([]);
  });

  test('does not hold with one number changed', async () => {
    const certificate = whole.certificate.replace('"residual":0', '"residual":1');
    expect(await broken({ certificate })).toEqual(['issuer', 'logged']);
  });

  test('that somebody indented is not the file that was signed', async () => {
    expect(await broken({ certificate: JSON.stringify(JSON.parse(whole.certificate), null, 2) })).toEqual(['form']);
  });

  test('does not hold when its entry is moved in the log, or a hash of its proof is changed', async () => {
    const proof = whole.proof ?? '';
    expect(await broken({ proof: proof.replace('index 6', 'index 7') })).toEqual(['included']);
    const lines = proof.split('\n');
    const [third = '', fourth = ''] = [lines[3], lines[4]];
    expect(await broken({ proof: proof.replace(third, fourth) })).toEqual(['included']);
  });

  test('does not hold in a log that promises it under another name than the certificate', async () => {
    const proof = await log.proof(6, 11, await log.note(11, logKey, 'other.example.com/audit'));
    const vkeys = await vkeyOf(logKey, 'other.example.com/audit');
    expect(await broken({ proof, vkeys })).toEqual(['one_log']);
  });

  test('does not hold when the promise was written over after it was signed', async () => {
    const proof = await log.proof(6, 11, (await log.note()).replace('\n11\n', '\n12\n'));
    expect(await broken({ proof })).toContain('promised');
  });
});

describe('what is not there is no proof', () => {
  test('nobody vouches for a log whose keys were not given, or are others', async () => {
    expect(await unchecked({ vkeys: null })).toEqual([['promised', 'no_key']]);
    expect(await unchecked({ vkeys: await vkeyOf(await newSigner()) })).toEqual([['promised', 'other_key']]);
  });

  test('a verifier key whose id is not its own is none', async () => {
    const vkey = (await vkeyOf(logKey)).replace(/\+[0-9a-f]{8}\+/, '+00000000+');
    expect(await unchecked({ vkeys: vkey })).toEqual([['promised', 'no_key']]);
  });

  test('a certificate of an older key is neither proven nor refuted by the present one', async () => {
    expect(await unchecked({ issuer: pemOf(await newSigner()) })).toEqual([['issuer', 'other_key']]);
    expect(await unchecked({ issuer: null })).toEqual([['issuer', 'no_key']]);
    expect(await unchecked({ issuer: 'no key at all' })).toEqual([['issuer', 'no_key']]);
  });

  test('a certificate without its proof is signed and no more', async () => {
    expect(await unchecked({ proof: null })).toEqual([['logged', 'no_proof']]);
  });
});
