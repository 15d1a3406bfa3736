import { expect, test } from 'vitest';
import type { MapNode } from '../map/map-filter.ts';
import { listOf, partyOf, storeOf } from './forms.ts';
import { noticeOf } from './notice-form.ts';
import { unregisteredNodes } from './unregistered-nodes.ts';

const formOf = (fields: Readonly<Record<string, string>>): FormData => {
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) form.set(name, value);
  return form;
};

test('what was left empty is not said, and a day count of zero is', () => {
  const store = storeOf(
    formOf({ id: ' store:crm ', title: 'CRM', retentionDays: '0', identifierTypes: 'email, email' }),
  );
  expect(store).toEqual({
    id: 'store:crm',
    title: 'CRM',
    partyId: null,
    connector: null,
    retentionDays: 0,
    backupRetentionDays: null,
    identifierTypes: ['email'],
  });
});

test('a country is upper case, and hosts come one a line', () => {
  const party = partyOf(
    formOf({ id: 'm', legalName: 'M', role: 'third_party', country: 'de', hosts: 'a.example\n\nb.example' }),
  );
  expect(party).toMatchObject({ role: 'third_party', country: 'DE', hosts: ['a.example', 'b.example'], contact: null });
  expect(listOf(' a ,a\n b')).toEqual(['a', 'b']);
});

test('a notice keeps what its form does not show, and drops purposes that nobody filled in', () => {
  const known = {
    controller: { legalName: 'Old', contact: 'x', country: null, representative: null, dataProtectionOfficer: null },
    authority: { name: 'A', url: 'https://a.example' },
    purposes: [],
    stores: [
      {
        store: 'store:crm',
        legalBasis: 'eu-gdpr:A6-1-b' as const,
        provenance: 'provided' as const,
        source: null,
        retentionCriteria: null,
        fields: [],
      },
    ],
    automatedDecisions: [],
  };
  const purpose = { dataUse: 'essential', title: 'Support', legalBasis: 'eu-gdpr:A6-1-b' as const, interests: null };
  const typed = formOf({ legalName: 'New', contact: 'y', authority: 'A', authorityUrl: 'https://a.example' });
  const notice = noticeOf(typed, [purpose, { ...purpose, title: ' ' }], known);
  expect(notice.stores).toEqual(known.stores);
  expect(notice.purposes).toEqual([purpose]);
  expect(notice.controller).toMatchObject({ legalName: 'New', country: null });
});

test('a place counts as registered by its own id, by a prefix, or by the company it belongs to', () => {
  const node = (id: string, kind: MapNode['kind'], people: number, party = false): MapNode => ({
    id,
    kind,
    name: id,
    party: party ? { id: 'p', legalName: 'P', role: 'processor', country: null } : null,
    people: { count: people, exact: true },
    firstSeen: '',
    lastSeen: '',
    categories: [],
    purposes: [],
  });
  const seen = [
    node('store:few', 'store', 1),
    node('store:many', 'store', 9),
    node('store:known', 'store', 5),
    node('queue:k/topic', 'queue', 5),
    node('recipient:theirs', 'recipient', 5, true),
    node('recipient:unknown', 'recipient', 2),
    node('agent:a', 'agent', 99),
  ];
  expect(unregisteredNodes(seen, ['store:known', 'queue:k/*']).map(({ id }) => id)).toEqual([
    'store:many',
    'recipient:unknown',
    'store:few',
  ]);
});
