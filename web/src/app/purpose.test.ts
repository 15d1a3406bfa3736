import { describe, expect, test } from 'vitest';
import { encodePurpose, namesSomebody } from './purpose.ts';

describe('the purpose of a look', () => {
  test('plain text travels as it is', () => {
    expect(encodePurpose('access request 2026-0114')).toBe('access request 2026-0114');
  });

  test('what no header can hold is encoded as RFC 8187 says', () => {
    expect(encodePurpose('Auskunft für Łódź')).toBe("UTF-8''Auskunft%20f%C3%BCr%20%C5%81%C3%B3d%C5%BA");
  });

  test.each(['about jane@example.com', 'call +49 170 555 01 23', 'card 4111 1111 1111 1111'])(
    '%s names somebody, so it is refused before it is kept',
    (text) => expect(namesSomebody(text)).toBe(true),
  );

  test.each(['access request 2026-0114', 'incident 7 of 23 November 2026', 'Art. 15(1)(c)'])(
    '%s names nobody',
    (text) => expect(namesSomebody(text)).toBe(false),
  );
});
