import fc from 'fast-check';
import { expect, test } from 'vitest';
import { keyTemplate } from './key-template.ts';

test('a name says whose it is, and a name of another family says nothing', () => {
  const session = keyTemplate('session:{customer_id}:*', ':');
  expect(session.read('session:C-1:web')).toEqual({ customer_id: 'C-1' });
  expect(session.read('session:C-1')).toBeNull();
  expect(session.read('sessions:C-1:web')).toBeNull();
  expect(session.prefix).toBe('session:');
  expect(keyTemplate('carts', ':').prefix).toBe('carts');
});

test('an identifier does not reach over the separator', () => {
  expect(keyTemplate('exports/{email}', '/').read('exports/jane@example.com/old')).toBeNull();
});

test('signs that mean something in a pattern are only text in a template', () => {
  const odd = keyTemplate('a.b[c]?:{email}', ':');
  expect(odd.read('a.b[c]?:jane@example.com')).toEqual({ email: 'jane@example.com' });
  expect(odd.read('axb[c]?:jane@example.com')).toBeNull();
});

test('what is written into a template is read out of it', () => {
  fc.assert(
    fc.property(fc.string({ minLength: 1 }), fc.string(), (id, rest) => {
      fc.pre(!id.includes(':'));
      expect(keyTemplate('user:{customer_id}:*', ':').read(`user:${id}:${rest}`)).toEqual({ customer_id: id });
    }),
  );
});
