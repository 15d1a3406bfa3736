import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isContent, MASK, mask, maskOwn, proofIn } from './content.ts';

describe('masking', () => {
  test.each([
    ['mail jane.doe+x@example.com now', `mail ${MASK} now`],
    ['?email=jane%40example.com&x=1', `?email=${MASK}&x=1`],
    ['Jürgen@Exämple.com', MASK],
    ['call +33 6 12 34 56 78 or (+44) 20 7946 0958', `call ${MASK} or (${MASK}`],
    ['tel=%2B33612345678', `tel=${MASK}`],
    ['orders_+33612345678 inbox.0033612345678', `orders_${MASK} inbox.${MASK}`],
    ["where email = 'a@example.com' and b = 'c@example.org'", `where email = '${MASK}' and b = '${MASK}'`],
  ])('%s', (text, masked) => expect(mask(text)).toBe(masked));

  test.each([
    'postgres://db:5432/shop.public.users',
    'chat gpt-4o',
    'a+b = c',
    '2026-11-23T09:00:00+02:00',
    'npm:openai@7.57.0',
    'SELECT a @> b',
    'C++ 17',
  ])('%s is left as it is', (text) => expect(mask(text)).toBe(text));

  test('a model’s node id is no address, and a name that holds one is', () => {
    expect(maskOwn('model:openai/gpt-4o@api.openai.com')).toBe('model:openai/gpt-4o@api.openai.com');
    expect(maskOwn('agent:desk/jane@example.com')).toBe(`agent:desk/${MASK}`);
    expect(maskOwn('model:jane@example.com')).toBe(`model:${MASK}`);
  });

  test('credentials in an address go and the host stays', () => {
    expect(mask('amqp://user:secret@broker.example.com:5672/v')).toBe('amqp://broker.example.com:5672/v');
  });

  test('an e-mail address survives in no text, and masking twice is masking once', () => {
    const email = fc.stringMatching(/^[a-z0-9._]{1,20}@[a-z0-9]{1,20}\.[a-z]{2,6}$/);
    fc.assert(
      fc.property(fc.string({ maxLength: 40 }), email, fc.string({ maxLength: 40 }), (before, address, after) => {
        const masked = mask(`${before} ${address} ${after}`);
        expect(masked).not.toContain(address);
        expect(mask(masked)).toBe(masked);
      }),
    );
  });
});

test.each([
  'gen_ai.input.messages',
  'gen_ai.prompt.0.content',
  'ai.prompt.messages',
  'llm.input_messages.0.message.content',
  'db.query.parameter.0',
  'http.request.header.authorization',
  'exception.message',
  'retrieval.documents.0.document.content',
  'note.of.jane@example.com',
])('%s is content', (key) => expect(isContent(key)).toBe(true));

test.each([
  'gen_ai.request.model',
  'gen_ai.tool.name',
  'ai.model.id',
  'db.query.text',
  'url.full',
  'exception.type',
  'retrieval.documents.0.document.id',
])('%s is not', (key) => expect(isContent(key)).toBe(false));

test.each([
  ['connect ECONNREFUSED 10.0.0.1:5432', 'ECONNREFUSED'],
  ['duplicate key value (jane@example.com) violates unique constraint "users_email"', 'violates unique constraint'],
  ['relation "jane_s_table" does not exist', 'relation "-" does not exist'],
  ['SQLITE_CONSTRAINT: UNIQUE constraint failed: users.email', 'constraint failed'],
  ['READONLY You can not write against a read only replica', 'READONLY'],
  ['timeout of 3000ms exceeded for jane@example.com', ''],
])('of the failure %j only its proof is told', (message, told) => expect(proofIn(message)).toBe(told));
