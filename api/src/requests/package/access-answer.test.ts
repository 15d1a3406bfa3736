import type { LineageAnswer } from '@vestige/core/lineage/answer';
import type { StoredRequest, StoredTask } from '@vestige/store/requests/request-store';
import { describe, expect, test } from 'vitest';
import { type AnswerInput, accessAnswer } from './access-answer.ts';
import { answerPage } from './answer-page.ts';
import { dataFiles } from './data-files.ts';
import { provJson } from './prov.ts';
import { sha256, zipOf } from './zip.ts';

const at = '2026-06-01T10:00:00.000Z';
const hostile = `<script>alert(1)</script>"'&`;
const crm = 'store:sqlite:/data/crm.db/main.customers';

const request = {
  id: '7166e70c-f827-4b37-a41f-5ecdc595f259',
  type: 'access',
  clock: { regime: 'gdpr', receivedOn: '2026-06-01', pauses: [], extension: null },
  receivedAt: new Date(at),
  subjectIds: ['0aed17b7-11cb-470c-b256-c8ca4992deda'],
} as unknown as StoredRequest;
const task = (more: Partial<StoredTask> = {}) =>
  ({
    node: crm,
    state: 'verified',
    counts: { found: 2, erased: 0, residual: 0 },
    exemption: null,
    failure: null,
    updatedAt: new Date(at),
    ...more,
  }) as StoredTask;
const lineage: LineageAnswer = {
  subjectId: '0aed17b7-11cb-470c-b256-c8ca4992deda',
  window: { from: null, to: null, asOf: null },
  nodes: [
    {
      id: 'agent:desk/triage',
      kind: 'agent',
      name: 'desk/triage',
      party: { id: 'acme', legalName: 'Acme', role: 'controller', country: 'FR' },
      firstSeen: at,
      lastSeen: at,
      categories: [],
      purposes: [],
    },
    {
      id: crm,
      kind: 'store',
      name: crm,
      party: null,
      firstSeen: at,
      lastSeen: at,
      categories: ['user.contact.email'],
      purposes: [],
    },
  ],
  edges: [
    {
      from: 'client:desk',
      to: 'agent:desk/triage',
      action: 'receive',
      confidence: 'declared',
      count: 1,
      firstSeen: at,
      lastSeen: at,
      categories: ['user.contact.email'],
      purposes: ['essential.service'],
      evidence: [],
      evidenceTotal: 0,
    },
    {
      from: 'agent:desk/triage',
      to: crm,
      action: 'write',
      confidence: 'declared',
      count: 1,
      firstSeen: at,
      lastSeen: at,
      categories: ['user.contact.email'],
      purposes: ['essential.service'],
      evidence: [],
      evidenceTotal: 0,
    },
  ],
  residency: [
    {
      store: crm,
      records: 1,
      state: 'held',
      confidence: 'declared',
      lastWrite: at,
      lastDelete: null,
      retentionUntil: at,
    },
  ],
  recipients: [
    {
      party: 'mailer',
      node: 'recipient:mail.example.com',
      firstDisclosed: at,
      lastDisclosed: at,
      count: 3,
      categories: [],
      purposes: [],
      country: 'US',
      via: ['agent:desk/triage'],
    },
  ],
  completeness: {
    complete: true,
    statement: '',
    watermarks: [],
    rejectedSpans: 0,
    orphanSpans: 0,
    unattributedTouches: 0,
    unregisteredStores: [],
    truncated: false,
  },
};
const input = (more: Partial<AnswerInput> = {}): AnswerInput => ({
  request,
  identifierTypes: ['email', 'email'],
  answeredAt: new Date(at),
  lineage,
  parties: [
    {
      id: 'mailer',
      legalName: 'Mailer Inc',
      role: 'processor',
      country: 'US',
      transferMechanism: 'eu-gdpr:A46-2-c',
      contact: null,
      hosts: [],
    },
  ],
  stores: [
    {
      id: crm,
      title: 'CRM',
      partyId: null,
      connector: 'sqlite',
      retentionDays: 90,
      backupRetentionDays: null,
      identifierTypes: [],
    },
  ],
  tasks: [task()],
  copies: [{ store: crm, file: 'data/001-crm.jsonl', sha256: 'sha256:00', rows: 2 }],
  views: [],
  ...more,
});

describe('the answer', () => {
  test('names recipients as legal entities, with country and safeguard', () => {
    const answer = accessAnswer(input());
    expect(answer.recipients).toMatchObject([{ legal_name: 'Mailer Inc', role: 'processor', country: 'US' }]);
    expect(answer.transfers).toEqual([{ party: 'mailer', country: 'US', mechanism: 'eu-gdpr:A46-2-c' }]);
    expect(answer.retention).toEqual([{ store: crm, period: 'P90D', expires_at: at }]);
    expect(answer.sources).toMatchObject([{ party: 'client:desk' }]);
  });

  test('says for every empty part of Art. 15 why it is empty', () => {
    const answer = accessAnswer(input({ lineage: null, parties: [], copies: [], tasks: [] }));
    const explained = new Set(answer.not_provided.map(({ what }) => what));
    for (const part of [
      'purposes',
      'categories',
      'recipients',
      'sources',
      'automated_decisions',
      'transfers',
      'consultations',
      'complaint_authority',
    ] as const) {
      const value: unknown = answer[part];
      const empty = value === null || (Array.isArray(value) && value.length === 0);
      expect(!empty || explained.has(part), part).toBe(true);
    }
    expect(answer.processing_confirmed).toBe(false);
  });

  test('an unregistered recipient and an unreachable store are said to be so', () => {
    const lost = task({
      state: 'exempt',
      failure: { class: 'permanent', code: 'unreachable' },
      exemption: { code: 'vestige:unreachable-signed-off', basis: '', reviewAt: '', by: '' },
    });
    const answer = accessAnswer(input({ parties: [], tasks: [lost] }));
    expect(answer.not_provided).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ what: 'recipient recipient:mail.example.com', reason_code: 'unregistered' }),
        expect.objectContaining({ what: crm, reason_code: 'vestige:unreachable-signed-off' }),
      ]),
    );
    expect(answer.request.searched.stores).toMatchObject([{ status: 'unreachable', searched_at: null }]);
  });
});

describe('the page', () => {
  test('shows hostile content as text and loads nothing', async () => {
    const answer = accessAnswer(
      input({
        tasks: [task({ node: `store:${hostile}` })],
        copies: [{ store: hostile, file: hostile, sha256: '', rows: 1 }],
      }),
    );
    const page = await answerPage(answer, true);
    expect(page).not.toContain('<script');
    expect(page).toContain('&lt;script&gt;');
    expect(page).toContain(`content="default-src 'none'; style-src 'unsafe-inline'"`);
    expect(page).not.toMatch(/src=|href=/);
    expect(page).not.toContain('incomplete.</strong>');
    expect(await answerPage(answer, false)).toContain('This answer is incomplete.');
  });
});

describe('the files', () => {
  const rows = Buffer.from(
    `${JSON.stringify({ a: '=1+1', b: { c: 1 } })}\n${JSON.stringify({ a: '+1', d: '@x,"y"\n' })}\n`,
  );

  test('a spreadsheet runs no cell of the CSV, and the JSON lines stay as delivered', () => {
    const { csv, jsonl } = dataFiles(0, crm, rows);
    expect(csv.toString()).toBe(`a,b,d\r\n'=1+1,"{""c"":1}",\r\n'+1,,"'@x,""y""\n"\r\n`);
    expect(jsonl.toString()).toBe(rows.toString());
  });

  test('a store’s name cannot lead a file out of its folder', () => {
    expect(dataFiles(2, 'store:../../etc/passwd', rows).name).toBe('data/003-store-etc-passwd');
    expect(dataFiles(0, '///', rows).name).toBe('data/001-store');
  });

  test('equal files make equal packages, and the manifest holds their hashes', async () => {
    const files = [{ name: 'a.txt', content: Buffer.from('a') }];
    const [first, second] = [await zipOf(files, new Date(at)), await zipOf(files, new Date(at))];
    expect(sha256(first)).toBe(sha256(second));
  });
});

test('PROV-JSON holds every edge once, with agents apart from places', () => {
  const document = provJson(lineage) as Record<string, Record<string, object>>;
  expect(Object.keys(document['activity'] ?? {})).toHaveLength(2);
  expect(Object.keys(document['entity'] ?? {})).toHaveLength(1);
  expect(Object.keys(document['wasGeneratedBy'] ?? {})).toHaveLength(1);
  expect(JSON.stringify(document)).not.toContain('wasEnded');
});
