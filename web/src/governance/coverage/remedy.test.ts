import { expect, test } from 'vitest';
import { holesOf, remedyOf, snippetOf } from './remedy.ts';

const site = (name: string, peer: string, scope = 'pg') => ({ service: 'desk', scope, name, peer });

test.each([
  ['SELECT customers', 'store:postgres://db/shop.public.users', 'subject'],
  ['tickets process', 'queue:kafka://k/tickets', 'message'],
  ['INSERT batch', 'store:postgres://db/shop.public.users', 'bulk'],
  ['POST', 'recipient:mailhouse.example', 'recipient'],
  ['chat gpt', 'model:openai/gpt', 'subject'],
] as const)('%s on %s is closed by naming the %s', (name, peer, remedy) => {
  expect(remedyOf(site(name, peer))).toBe(remedy);
});

test('what hides the most is first, and what hides nothing is no hole', () => {
  const row = (name: string, touches: number, attributed: number) => ({
    ...site(name, 'store:x'),
    touches,
    attributed,
  });
  const holes = holesOf([row('small', 10, 9), row('whole', 90, 90), row('large', 100, 20)]);
  expect(holes.map(({ name }) => name)).toEqual(['large', 'small']);
});

test('a snippet names the place, and a name with a quote in it stays a name', () => {
  const text = snippetOf(site('POST', "recipient:o'reilly.example"), 'recipient');
  expect(text).toContain("defineRecipient('recipient:o\\'reilly.example')");
});
