import { describe, expect, test } from 'vitest';
import { InternalHosts, Party, RegisteredStore } from './schemas.ts';

const party = { id: 'post', legalName: 'Post', role: 'processor' };
const store = { id: 'store:sqlite:crm.db/t', title: 'CRM' };

// All of these go into the audit trail, which promises to hold no identifier.
describe.each(['jane@example.com', '+33612345678', '0033612345678'])('%s', (said) => {
  test.each([
    ['the title of a store', RegisteredStore, { ...store, title: `mailbox of ${said}` }],
    ['a connector', RegisteredStore, { ...store, connector: said }],
    ['the name of a party', Party, { ...party, legalName: `${said} Ltd` }],
    ['a transfer mechanism', Party, { ...party, transferMechanism: said }],
    ['a host of a party', Party, { ...party, hosts: [said] }],
    ['an internal host', InternalHosts, { hosts: [said] }],
  ])('is refused as %s', (_what, schema, body) => expect(schema.safeParse(body).success).toBe(false));
});

test('hosts, node ids and a contact person are taken', () => {
  const hosts = ['post.example', '*.post.example', 'model:openai/gpt-4o@api.openai.com'];
  expect(Party.safeParse({ ...party, contact: 'dpo@post.example', hosts }).success).toBe(true);
});
