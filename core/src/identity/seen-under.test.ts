import { describe, expect, test } from 'vitest';
import { isTellingOf, keysByIdentifier } from './seen-under.ts';

const MAIL = { subjectId: 'mail', kid: 'k1' };
const MAIL_NEW = { subjectId: 'mail-new', kid: 'k2' };
const PHONE = { subjectId: 'phone', kid: 'k1' };

describe('what was made under a key', () => {
  test('tells of who is known under it', () => {
    const known = keysByIdentifier([MAIL], []);
    expect(isTellingOf(known, ['k1'])).toBe(true);
    expect(isTellingOf(known, ['k2'])).toBe(false);
    expect(isTellingOf(known, ['k1', 'k2'])).toBe(false);
  });

  test('tells of an identifier that is known under both keys', () => {
    const known = keysByIdentifier([MAIL, MAIL_NEW], [['mail-new', 'mail']]);
    expect(known).toEqual([new Set(['k1', 'k2'])]);
    expect(isTellingOf(known, ['k1', 'k2'])).toBe(true);
  });

  test('says nothing while one identifier of several is not known under it', () => {
    const known = keysByIdentifier([MAIL, MAIL_NEW, PHONE], [['mail', 'mail-new']]);
    expect(known).toEqual([new Set(['k1', 'k2']), new Set(['k1'])]);
    expect(isTellingOf(known, ['k1'])).toBe(true);
    expect(isTellingOf(known, ['k2'])).toBe(false);
  });

  test('joins over a third key', () => {
    const third = { subjectId: 'mail-third', kid: 'k3' };
    const pairs = [
      ['mail', 'mail-new'],
      ['mail-third', 'mail-new'],
    ] as const;
    expect(keysByIdentifier([MAIL, third, MAIL_NEW], pairs)).toEqual([new Set(['k1', 'k2', 'k3'])]);
  });
});
