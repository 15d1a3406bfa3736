import { expect, test } from 'vitest';
import type { Attrs } from '../model/span.ts';
import { readContext } from './read-context.ts';
import { readSpan } from './read-span.ts';
import { decodedSpan } from './testing/decoded-span.ts';

/** A tenant that has called an adapter after the host that it speaks to, and another one by the host that is its own. */
const TENANT = readContext({ hosts: ['shop.acme.org'], services: ['api.models.example', 'shop.acme.org', 'billing'] });

function reached(attributes: Attrs): [peer: string | undefined, recipientHost: string] {
  const answer = readSpan(decodedSpan(attributes, { kind: 'client' }), TENANT);
  if ('rejected' in answer) throw new Error(answer.rejected);
  return [answer.span.touches[0]?.peer, answer.span.recipientHost];
}

const post = (host: string): Attrs => ({
  'http.request.method': 'POST',
  'server.address': host,
  'url.full': `https://${host}/v1/send`,
});

test.each([
  ['api.models.example', 'service:api.models.example', 'api.models.example'],
  ['shop.acme.org', 'service:shop.acme.org', ''],
  ['billing', 'service:billing', ''],
  ['api.mail.example', 'recipient:mail.example', 'api.mail.example'],
])('a call to %s goes to %s, and to the outside host %j', (host, peer, recipientHost) => {
  expect(reached(post(host))).toEqual([peer, recipientHost]);
});

test('a model is not inside because some service of ours is called by the name of its host', () => {
  const chat = {
    'gen_ai.operation.name': 'chat',
    'gen_ai.provider.name': 'openai',
    'gen_ai.request.model': 'gpt',
    'server.address': 'api.models.example',
  };
  expect(reached(chat)).toEqual(['model:openai/gpt@api.models.example', 'api.models.example']);
});
