import { expect, test } from 'vitest';
import { TokenNumbers } from './token-numbers.ts';

const numberAt = (numbers: TokenNumbers, bytes: Buffer) =>
  numbers.at(bytes, new DataView(bytes.buffer, bytes.byteOffset, bytes.length), 0, bytes.length);

/** Tokens that end alike, as somebody would make them who knows how they are looked up. */
const alike = (count: number) =>
  Array.from({ length: count }, (_, index) => {
    const digits = [...String(index).padStart(12, '0')].map((digit) => 'abcdefghij'[Number(digit)]);
    return Buffer.from(`ps1.k1.${digits.join('')}AAAAAAAAAA`);
  });

test('tokens that end alike have numbers of their own, and keep them', () => {
  const numbers = new TokenNumbers();
  const tokens = alike(50);
  const first = tokens.map((token) => numberAt(numbers, token));
  expect(first).toEqual(tokens.map((_, index) => index));
  expect(tokens.map((token) => numberAt(numbers, token))).toEqual(first);
  expect(numbers.tokens).toEqual(tokens.map(String));
});

test('a token has one number, whether it is found by its bytes or by its text', () => {
  const numbers = new TokenNumbers();
  const [token = Buffer.alloc(0)] = alike(1);
  const number = numbers.of(String(token));
  expect(numberAt(numbers, token)).toBe(number);
});

test('bytes that are no token have no number', () => {
  const numbers = new TokenNumbers();
  const bytes = Buffer.from('jane@example.com');
  expect(numberAt(numbers, bytes)).toBe(-1);
  expect(numbers.tokens).toEqual([]);
});
