import { createPublicKey, generateKeyPairSync, randomBytes, randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Secret } from '../secret.ts';
import {
  type CertificateBody,
  type CertifiedRecipient,
  type CertifiedTarget,
  canonicalBytes,
  subjectCommitment,
} from './certificate.ts';
import { signCertificate } from './sign.ts';
import { isValid, verifyCertificate } from './verify.ts';

const { privateKey } = generateKeyPairSync('ed25519');
const signingKey = new Secret(privateKey);
const publicKey = createPublicKey(privateKey);
const subjectId = randomUUID();
const nonce = randomBytes(32);

const target = (node: string, more: Partial<CertifiedTarget> = {}): CertifiedTarget => ({
  node,
  action: 'erase',
  origin: 'residency',
  result: 'verified',
  method: 'delete',
  found: 3,
  erased: 3,
  residual: 0,
  verification: 'V2',
  executedBy: 'key:worker',
  verifiedBy: 'key:verifier',
  evidenceDigest: `sha256:${'0'.repeat(64)}`,
  cannotErase: [],
  backupHorizon: null,
  exception: null,
  ...more,
});
const body = (more: Partial<CertificateBody> = {}): CertificateBody => ({
  schema: 'urn:vestige:certificate:v1',
  certificateId: randomUUID(),
  tenant: 'acme',
  requestId: randomUUID(),
  type: 'erasure',
  regime: 'gdpr',
  ground: null,
  outcome: 'completed',
  subjectCommitment: subjectCommitment(nonce, subjectId),
  dates: {
    received: '2026-06-01T10:00:00.000Z',
    identified: '2026-06-01T11:00:00.000Z',
    approved: '2026-06-02T10:00:00.000Z',
    executed: '2026-06-02T10:05:00.000Z',
    issued: '2026-06-02T10:06:00.000Z',
  },
  approval: { planHash: `sha256:${'1'.repeat(64)}`, by: 'key:officer', filedBy: 'key:filer', singleKey: false },
  scope: { selectors: 1, aliases: 2, eventsBefore: '2026-06-02T10:00:00.000Z' },
  targets: [
    target('store:sqlite:/crm'),
    target('vestige:telemetry', { verification: 'V3', verifiedBy: 'system:verifier', executedBy: 'system:eraser' }),
    target('vestige:aliases', { verifiedBy: 'system:verifier', executedBy: 'system:eraser' }),
  ],
  rechecks: [],
  notCovered: [],
  recipients: [],
  package: null,
  log: { origin: 'vestige.example.com/audit/acme' },
  ...more,
});
const bytesOf = (given: CertificateBody) => canonicalBytes(signCertificate(given, signingKey));
const failing = (given: CertificateBody) =>
  verifyCertificate(bytesOf(given), publicKey)
    .filter((check) => !check.ok)
    .map((check) => check.name);

test('a certificate is valid offline, with its bytes and the public key alone', () => {
  expect(isValid(verifyCertificate(bytesOf(body()), publicKey))).toBe(true);
});

test('the person can show that it is theirs, and nobody else can', () => {
  const bytes = bytesOf(body());

  expect(isValid(verifyCertificate(bytes, publicKey, { nonce, subjectId }))).toBe(true);
  expect(isValid(verifyCertificate(bytes, publicKey, { nonce, subjectId: randomUUID() }))).toBe(false);
  expect(isValid(verifyCertificate(bytes, publicKey, { nonce: randomBytes(32), subjectId }))).toBe(false);
});

test('a single changed byte is found, wherever it is', () => {
  const bytes = bytesOf(body());
  fc.assert(
    fc.property(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), (index, change) => {
      const changed = Uint8Array.from(bytes);
      changed[index] = (changed[index] ?? 0) ^ change;
      expect(isValid(verifyCertificate(changed, publicKey))).toBe(false);
    }),
    { numRuns: 500 },
  );
});

test("another issuer's key does not open it", () => {
  const other = createPublicKey(generateKeyPairSync('ed25519').privateKey);

  expect(isValid(verifyCertificate(bytesOf(body()), other))).toBe(false);
});

test('a signed lie is found in its own figures', () => {
  const own = body().targets.slice(1);

  expect(failing(body({ targets: [target('s', { residual: 1 }), ...own] }))).toEqual(['counts']);
  expect(failing(body({ targets: [target('s', { erased: 2 }), ...own] }))).toEqual(['counts']);
  expect(failing(body({ targets: [target('s', { result: 'no_data_found' }), ...own] }))).toEqual(['counts']);
  expect(failing(body({ targets: [target('s', { unreported: 2 }), ...own] }))).toEqual([]);
  expect(failing(body({ targets: [target('s', { unreported: 99 }), ...own] }))).toEqual(['counts']);
  expect(failing(body({ targets: [target('s', { method: 'hash' }), ...own] }))).toEqual(['method']);
  expect(failing(body({ targets: [target('s', { verifiedBy: 'key:worker' }), ...own] }))).toEqual(['independence']);
  expect(failing(body({ targets: [target('s', { result: 'delegated' }), ...own] }))).toEqual(['outcome']);
  expect(failing(body({ targets: [target('s', { result: 'exempt' }), ...own] }))).toEqual(['outcome', 'exceptions']);
  const kept = [
    { categories: ['user.financial'], from: null, to: null, code: 'c', approvedBy: 'k', reviewAt: '2031-01-01' },
  ];
  expect(failing(body({ targets: [target('s', { kept }), ...own] }))).toEqual(['outcome']);
  expect(failing(body({ outcome: 'completed_with_exceptions', targets: [target('s', { kept }), ...own] }))).toEqual([]);
  expect(failing(body({ targets: [target('s')] }))).toEqual(['own_data']);
  expect(failing(body({ targets: [target('s', { verification: 'V0' }), ...own] }))).toEqual(['level']);
  expect(failing(body({ targets: [target('s', { verification: null }), ...own] }))).toEqual(['level']);
  expect(failing(body({ targets: own.map((each) => ({ ...each, verification: 'V2' as const })) }))).toEqual(['level']);
  expect(failing(body({ targets: [target('s', { action: 'search' }), ...own] }))).toEqual(['scope']);
  expect(failing(body({ targets: [target('s'), target('s'), ...own] }))).toEqual(['scope']);
  expect(failing(body({ scope: { ...body().scope, eventsBefore: null } }))).toEqual(['scope']);
  expect(failing(body({ targets: [] }))).toEqual(['outcome', 'own_data']);
  expect(failing(body({ approval: { ...body().approval, by: 'key:filer' } }))).toEqual(['four_eyes']);
  expect(failing(body({ dates: { ...body().dates, approved: '2026-06-03T10:00:00.000Z' } }))).toEqual(['dates']);
});

test('a recipient that was neither told nor excused, or stands twice, is found', () => {
  const told: CertifiedRecipient = {
    party: 'mail',
    legalName: 'Mail Ltd',
    nodes: ['recipient:mail.example.com'],
    notice: { channel: 'email', sentAt: '2026-06-02T10:00:00.000Z' },
    acknowledged: null,
    excuse: null,
    heldSince: null,
  };
  expect(failing(body({ recipients: [told] }))).toEqual([]);
  expect(failing(body({ recipients: [{ ...told, notice: null, excuse: 'impossible' }] }))).toEqual([]);
  expect(failing(body({ recipients: [{ ...told, notice: null }] }))).toEqual(['recipients']);
  expect(failing(body({ recipients: [told, told] }))).toEqual(['recipients']);
  const said = { as: 'received' as const, at: '2026-06-02T10:00:00.000Z' };
  expect(failing(body({ recipients: [{ ...told, notice: null, excuse: 'impossible', acknowledged: said }] }))).toEqual([
    'recipients',
  ]);
});

test('a copy is certified where the right gives one, and nowhere else', () => {
  const sealed = { sha256: `sha256:${'2'.repeat(64)}`, complete: true };
  expect(failing(body({ package: sealed }))).toEqual(['package']);
});

test('bytes that are no certificate give one failed check instead of an exception', () => {
  expect(verifyCertificate(new TextEncoder().encode('{"schema":1}'), publicKey)).toMatchObject([
    { name: 'readable', ok: false },
  ]);
  expect(isValid([])).toBe(false);
});
