import type { LineageAnswer } from '@vestige/core/lineage/answer';
import { AccessAnswer, isNone, itemsOf } from '@vestige/core/package/answer';
import { PrivacyNotice } from '@vestige/core/package/notice';
import type { StoredRequest, StoredTask } from '@vestige/store/requests/request-store';
import { describe, expect, test } from 'vitest';
import { accessAnswer, type Copy } from './access-answer.ts';
import { answerPage } from './answer-page.ts';
import type { PackageFacts } from './package-facts.ts';
import { provJson } from './prov.ts';

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
const notice = PrivacyNotice.parse({
  controller: { legalName: 'Acme SAS', contact: 'privacy@acme.example', country: 'FR' },
  authority: { name: 'CNIL', url: 'https://www.cnil.fr/' },
  purposes: [{ dataUse: 'essential.service', title: 'To serve you', legalBasis: 'eu-gdpr:A6-1-b' }],
  stores: [{ store: crm, legalBasis: 'eu-gdpr:A6-1-b', provenance: 'provided', retentionCriteria: 'while a customer' }],
  automatedDecisions: [
    {
      name: 'Credit limit',
      nodes: ['agent:desk/triage'],
      logic: 'Points for age of account and payments.',
      significance: 'Decides what you may order on account.',
      consequences: 'You may have to pay in advance.',
    },
  ],
});
const copy: Copy = {
  store: crm,
  file: 'data/001-crm.jsonl',
  csv: 'data/001-crm.csv',
  sha256: `sha256:${'0'.repeat(64)}`,
  rows: 2,
  redactions: [],
};
const facts = (more: Partial<PackageFacts> = {}): PackageFacts => ({
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
  notice,
  tasks: [task()],
  views: [],
  signOffs: [],
  ...more,
});

describe('the answer', () => {
  test('names recipients as legal entities, with country and safeguard', () => {
    const answer = accessAnswer(facts(), [copy]);
    expect(answer.recipients).toMatchObject([{ legal_name: 'Mailer Inc', role: 'processor', country: 'US' }]);
    expect(answer.transfers).toEqual([{ party: 'mailer', country: 'US', mechanism: 'eu-gdpr:A46-2-c' }]);
    expect(answer.retention).toMatchObject([{ store: crm, period: 'P90D', expires_at: at }]);
    expect(answer.sources).toMatchObject([
      { party: 'client:desk', name: 'You, using our service' },
      { party: crm, name: 'You gave it to us' },
    ]);
    expect(answer.purposes).toMatchObject([{ title: 'To serve you', legal_basis: 'eu-gdpr:A6-1-b' }]);
    expect(answer.automated_decisions).toMatchObject([{ name: 'Credit limit', touched: true }]);
    expect(answer.complete).toBe(true);
    expect(() => AccessAnswer.parse(answer)).not.toThrow();
  });

  test('says for every part of Art. 15 what there is, or why there is nothing', () => {
    const nothing = accessAnswer(facts({ lineage: null, parties: [], tasks: [], notice: null }), []);
    expect(() => AccessAnswer.parse(nothing)).not.toThrow();
    expect(nothing.processing_confirmed).toBe(false);
    for (const part of [
      'controller',
      'purposes',
      'categories',
      'recipients',
      'retention',
      'complaint_authority',
      'sources',
      'automated_decisions',
      'transfers',
      'consultations',
      'copy',
    ] as const) {
      expect(isNone(nothing[part]), part).toBe(true);
      expect(nothing.not_provided.map(({ what }) => what)).toContain(part);
    }
  });

  test('an empty list is no answer: the schema refuses it', () => {
    const answer = accessAnswer(facts(), [copy]);
    for (const part of ['purposes', 'recipients', 'retention', 'rights', 'copy', 'transfers']) {
      expect(AccessAnswer.safeParse({ ...answer, [part]: [] }).success, part).toBe(false);
    }
  });

  test('an unregistered recipient and an unreachable store make it incomplete, and are said to be so', () => {
    const lost = task({
      state: 'exempt',
      failure: { class: 'permanent', code: 'unreachable' },
      exemption: { code: 'vestige:unreachable-signed-off', basis: '', reviewAt: '', by: '' },
    });
    const signed = {
      what: 'recipient:mail.example.com',
      code: 'recipient_cannot_be_identified' as const,
      basis: 'asked twice',
      by: 'key:officer',
      at: new Date(at),
    };
    const answer = accessAnswer(facts({ parties: [], tasks: [lost], signOffs: [signed] }), []);
    expect(answer.complete).toBe(false);
    expect(answer.not_provided).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ what: signed.what, reason_code: signed.code }),
        expect.objectContaining({ what: crm, reason_code: 'vestige:unreachable-signed-off' }),
      ]),
    );
    expect(JSON.stringify(answer)).not.toContain('asked twice');
    expect(answer.request.searched.stores).toMatchObject([{ status: 'unreachable', searched_at: null }]);
  });

  test('tells of looks at the person by kind of actor, never by key', () => {
    const view = { at, purpose: 'ticket 12', actor: 'key:0f1e', type: 'subject.read' } as PackageFacts['views'][number];
    const answer = accessAnswer(facts({ views: [view] }), []);
    expect(itemsOf(answer.consultations)).toEqual([
      { at, purpose: 'ticket 12', actor_category: 'staff or a service of the controller' },
    ]);
    expect(JSON.stringify(answer)).not.toContain('0f1e');
  });
});

describe('the page', () => {
  const shown = { ...copy, columns: [], preview: [] };

  test('shows hostile content as text and loads nothing', async () => {
    const given = facts({ tasks: [task({ node: `store:${hostile}` })] });
    const page = await answerPage(accessAnswer(given, [{ ...copy, store: hostile }]), given, [
      {
        ...shown,
        store: hostile,
        columns: [{ name: hostile, title: null, category: null, provenance: null, types: ['string'] }],
        preview: [{ [hostile]: `${hostile}\u202e` }],
      },
    ]);
    expect(page).not.toContain('<script');
    expect(page).toContain('&lt;script&gt;');
    expect(page).toContain('⟨U+202E⟩');
    expect(page).toMatch(/content="default-src 'none'; style-src 'sha256-[^']+'; base-uri 'none'; form-action 'none'"/);
    expect(
      [...page.matchAll(/ (?:src|href)="([^"]*)"/g)].map(([, url]) => url).filter((url) => /:/.test(url ?? '')),
    ).toEqual(['https://www.cnil.fr/']);
  });

  test('says at its top when the answer is incomplete, and only then', async () => {
    const incomplete = facts({ parties: [] });
    expect(await answerPage(accessAnswer(incomplete, []), incomplete, [])).toContain('This answer is incomplete.');
    expect(await answerPage(accessAnswer(facts(), []), facts(), [])).not.toContain('This answer is incomplete.');
  });

  test('has an anchor for every entry of its contents', async () => {
    const page = await answerPage(accessAnswer(facts(), [copy]), facts(), [shown]);
    const ids = new Set([...page.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id));
    const anchors = [...page.matchAll(/href="#([^"]+)"/g)].map(([, id]) => id);
    expect(anchors.length).toBeGreaterThan(10);
    expect(anchors.filter((id) => !ids.has(id))).toEqual([]);
  });
});

test('PROV-JSON holds every edge once, with agents apart from places', () => {
  const document = provJson(lineage) as Record<string, Record<string, object>>;
  expect(Object.keys(document['activity'] ?? {})).toHaveLength(2);
  expect(Object.keys(document['entity'] ?? {})).toHaveLength(2);
  expect(Object.keys(document['wasGeneratedBy'] ?? {})).toHaveLength(1);
  expect(JSON.stringify(document)).not.toContain('wasEnded');
});

test('every relation of PROV-JSON joins two things that it describes, under names its grammar knows', () => {
  const document = provJson(lineage) as Record<string, Record<string, Record<string, unknown>>>;
  const described = new Set(['entity', 'agent', 'activity'].flatMap((kind) => Object.keys(document[kind] ?? {})));
  const ends = ['used', 'wasGeneratedBy', 'wasAssociatedWith', 'wasAttributedTo', 'actedOnBehalfOf'].flatMap(
    (relation) => Object.values(document[relation] ?? {}).flatMap((facts) => Object.values(facts)),
  );
  expect(ends.length).toBeGreaterThan(4);
  // The client is no node of this fixture; an edge names it all the same.
  expect(described).toContain('v:node/client%3Adesk');
  expect(ends.filter((end) => !described.has(String(end)))).toEqual([]);
});
