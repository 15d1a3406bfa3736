import { describe, expect, test } from 'vitest';
import { countryName, labelOfId, nodeLabel, phraseOfId } from './node-label.ts';

describe('what stands in a box', () => {
  test.each([
    ['store:postgres://db:5432/shop.public.users', 'users', 'shop.public · postgres db'],
    ['store:s3://bucket/refunds/2026/list.csv', 'list.csv', 'refunds/2026 · s3 bucket'],
    ['store:postgres://db:5432', 'db', 'postgres'],
    ['store:sqlite:crm.db/main.customers', 'customers', 'main · sqlite crm.db'],
    ['agent:support-desk/triage', 'triage', 'support-desk'],
    ['recipient:api.mail.example', 'api.mail.example', ''],
    ['client:*', 'All clients', ''],
  ])('%s is %s of "%s"', (id, label, detail) => {
    const kind = id.slice(0, id.indexOf(':')) as 'store';
    expect(nodeLabel({ id, kind, name: id, party: null })).toEqual({ label, detail });
  });

  test('a company is its legal name, its role and its country', () => {
    const party = { id: 'm', legalName: 'Mail GmbH', role: 'joint_controller', country: 'DE' };
    const node = { id: 'recipient:m', kind: 'recipient' as const, name: 'Mail GmbH', party };
    expect(nodeLabel(node)).toEqual({ label: 'Mail GmbH', detail: 'joint controller · Germany' });
  });

  test('an id that is none is shown as it is', () => {
    expect(labelOfId('what is this')).toBe('what is this');
    expect(phraseOfId('agent:desk/billing')).toBe('the agent billing');
    expect(countryName('Atlantis')).toBe('Atlantis');
    expect(countryName(null)).toBe('');
  });
});
