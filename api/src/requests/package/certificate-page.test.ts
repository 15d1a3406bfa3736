import type { Certificate } from '@vestige/core/certificate/certificate';
import { expect, test } from 'vitest';
import { certificatePage } from './certificate-page.ts';

const at = '2026-06-02T10:06:00.000Z';
const hash = (digit: string) => `sha256:${digit.repeat(64)}`;
const hostile = `<script>alert(1)</script>"'&\u202e`;
const certificate: Certificate = {
  schema: 'urn:vestige:certificate:v1',
  certificateId: '7166e70c-f827-4b37-a41f-5ecdc595f259',
  tenant: 'acme',
  requestId: '0aed17b7-11cb-470c-b256-c8ca4992deda',
  type: 'erasure',
  regime: 'gdpr',
  ground: null,
  outcome: 'completed_with_exceptions',
  subjectCommitment: hash('a'),
  dates: { received: at, identified: at, approved: at, executed: at, issued: at },
  approval: { planHash: hash('b'), by: 'key:officer', filedBy: 'key:filer', singleKey: false },
  scope: { selectors: 1, aliases: 2, eventsBefore: at },
  targets: [
    {
      node: `store:${hostile}`,
      action: 'erase',
      origin: 'residency',
      result: 'verified',
      method: 'delete',
      found: 431,
      erased: 431,
      residual: 0,
      verification: 'V2',
      executedBy: 'key:w',
      verifiedBy: 'key:v',
      evidenceDigest: hash('c'),
      cannotErase: ['backups'],
      backupHorizon: '2027-02-20',
      exception: null,
      kept: [
        {
          categories: ['user.financial'],
          from: '2020-01-01',
          to: null,
          code: 'eu-gdpr:JustificationA17LegalClaims',
          approvedBy: 'key:counsel',
          reviewAt: '2029-01-01',
        },
      ],
    },
    {
      node: 'store:ledger/entries',
      action: 'erase',
      origin: 'residency',
      result: 'exempt',
      method: null,
      found: 0,
      erased: 0,
      residual: 0,
      verification: null,
      executedBy: null,
      verifiedBy: null,
      evidenceDigest: null,
      cannotErase: [],
      backupHorizon: null,
      exception: { code: 'eu-gdpr:JustificationA17LegallyRequired', approvedBy: 'key:dpo', reviewAt: '2031-01-01' },
    },
  ],
  recipients: [
    {
      party: 'mail',
      legalName: 'Mail Ltd',
      nodes: ['recipient:mail.example.com'],
      notice: { channel: 'opendsr', sentAt: at },
      acknowledged: { as: 'received', at },
      excuse: null,
      heldSince: '2026-05-01',
    },
    {
      party: 'gone',
      legalName: null,
      nodes: [],
      notice: null,
      acknowledged: null,
      excuse: 'impossible',
      heldSince: null,
    },
  ],
  rechecks: ['2026-06-03T10:06:00.000Z'],
  notCovered: ['Models that were trained on the data.'],
  package: null,
  log: { origin: 'vestige.example.com/audit/acme' },
  signature: { alg: 'Ed25519', kid: '0123456789abcdef', value: 'AA' },
};

test('says everything that the certificate says, and runs nothing of it', async () => {
  const page = await certificatePage(certificate);
  for (const said of [
    'Completed with exceptions.',
    '431',
    'counted again by another way and under another key',
    '2027-02-20',
    'beyond reach: backups',
    'eu-gdpr:JustificationA17LegallyRequired',
    'key:dpo',
    '2031-01-01',
    'only user.financial, 2020-01-01 to today',
    'eu-gdpr:JustificationA17LegalClaims',
    'key:counsel',
    'Mail Ltd',
    'opendsr',
    'received',
    'ordered to keep it since',
    'not told',
    'impossible',
    'Models that were trained on the data.',
    '2026-06-03',
    hash('a'),
    hash('b'),
    'vestige.example.com/audit/acme',
    '0123456789abcdef',
  ]) {
    expect(page, said).toContain(said);
  }
  expect(page).not.toContain('<script');
  expect(page).not.toContain('\u202e');
});

test('a certificate without exceptions says so at its top', async () => {
  const targets = certificate.targets.slice(0, 1);
  const page = await certificatePage({ ...certificate, outcome: 'completed', targets });
  expect(page).toContain('Every place of the plan is proven.');
  expect(page).not.toContain('Completed with exceptions.');
});
