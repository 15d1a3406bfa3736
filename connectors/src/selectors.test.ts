import { describe, expect, test } from 'vitest';
import { comparable, formsOf } from './selectors.ts';

const email = (value: string) => formsOf('email', [{ type: 'email', value }]);
/** As SQLite does it. */
const asciiLower = (text: string) => text.replaceAll(/[A-Z]/g, (letter) => letter.toLowerCase());

describe('an address with letters beyond ASCII', () => {
  test.each(['jörg@example.com', 'Jörg@Example.com', 'JÖRG@EXAMPLE.COM'])(
    'is found as %s in a store that lowers every letter, and in one that lowers ASCII alone',
    (stored) => {
      for (const given of ['jörg@example.com', 'JÖRG@example.com', 'jo\u0308rg@example.com']) {
        for (const spelt of [stored.normalize('NFC'), stored.normalize('NFD')]) {
          expect(email(given)).toContain(comparable('email', spelt));
          expect(email(given)).toContain(asciiLower(spelt));
        }
      }
    },
  );

  test('is not taken for another one that has the same capitals', () => {
    for (const [one, other] of [
      ['straße@example.com', 'strasse@example.com'],
      ['ılgaz@example.com', 'ilgaz@example.com'],
    ] as const) {
      expect(email(one)).not.toContain(other);
      expect(email(other)).not.toContain(one);
    }
  });

  test('of ASCII has one spelling', () => {
    expect(email('Jane@Example.com')).toEqual(['jane@example.com']);
  });
});
