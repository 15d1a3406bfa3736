import { expect, test } from 'vitest';
import { shortNode } from './node-name.tsx';

test.each([
  ['store:postgres://db:5432/shop.public.users', 'db:5432/shop.public.users'],
  ['store:sqlite:/var/lib/desk/data/crm.db/main.customers', '…/crm.db/main.customers'],
  ['recipient:mail.example.com', 'mail.example.com'],
  ['vestige:telemetry', 'Our own telemetry'],
  ['queue:jobs', 'jobs'],
])('%s is called %s', (node, name) => {
  expect(shortNode(node)).toBe(name);
});
