import { expect, test } from 'vitest';
import { countRows } from './ndjson.ts';

const bytes = (text: string) => new TextEncoder().encode(text);

test('rows are counted with and without a last line break, and blank lines are none', () => {
  expect(countRows(bytes(''))).toBe(0);
  expect(countRows(bytes('{"a":1}\n{"a":2}'))).toBe(2);
  expect(countRows(bytes('{"a":1}\n\n{"a":2}\n'))).toBe(2);
});

test('what is no JSON object is refused by its line number, without its text', () => {
  for (const bad of ['{"a":1}\njane@example.com', '{"a":1}\n[1]', '{"a":1}\n"x"', '{"a":1}\nnull']) {
    expect(() => countRows(bytes(bad))).toThrow('line 2 is no JSON object');
  }
  expect(() => countRows(Uint8Array.of(0xff, 0xfe))).toThrow('not UTF-8');
});
