import { MARA } from '@vestige/example-support-desk/people';

/** The person whose e-mail address and phone number are written wherever an application could write them. */
export const { email: EMAIL, phone: PHONE } = MARA;
const LOCAL_PART = EMAIL.split('@')[0] ?? '';
/** `701740605`: the part of the number that all of its spellings share. */
const NATIONAL = PHONE.replace(/^\+46/, '');

/** Her identifiers as people and programs spell them. */
export const SPELLINGS: readonly string[] = [
  EMAIL,
  EMAIL.toUpperCase(),
  encodeURIComponent(EMAIL),
  `Mara <${EMAIL}>`,
  `mailto:${EMAIL}`,
  PHONE,
  encodeURIComponent(PHONE),
  '+46 70 174 06 05',
  '+46 (0)70-174 06 05',
  '0046701740605',
  `tel:${PHONE}`,
];

/** Where contents belong and nothing else, she may be written without a country code as well. */
export const IN_CONTENT: readonly string[] = [...SPELLINGS, '070-174 06 05', '0701740605'];

/** A spelling of hers that is in a text, and what stands around it, itself blanked out. */
export interface Leak {
  readonly spelling: string;
  readonly around: string;
}

/** Every place of a text, or of bytes read as Latin-1, that holds her identifiers in the clear or merely encoded. */
export function leaksIn(text: string): Leak[] {
  return PATTERNS.flatMap(({ spelling, pattern }) =>
    [...text.matchAll(pattern)].slice(0, 5).map(({ index, 0: hit }) => ({
      spelling,
      around: `${text.slice(Math.max(0, index - 80), index)}<${spelling}>${text.slice(index + hit.length, index + hit.length + 40)}`,
    })),
  );
}

/** Digits of the number with what people write between them; not inside a longer number or a hexadecimal id. */
const DIGITS = [...NATIONAL].join('[\\s()./-]{0,2}');
const quote = (text: string) => text.replaceAll(/[.+*?^${}()|[\]\\]/g, '\\$&');

const PATTERNS: readonly { spelling: string; pattern: RegExp }[] = [
  { spelling: 'e-mail', pattern: new RegExp(quote(LOCAL_PART), 'gi') },
  {
    spelling: 'phone',
    pattern: new RegExp(`(?:(?<![0-9a-f])|(?<=%2B))(?:(?:\\+|00)?46[\\s()0./-]{0,4}|0)?${DIGITS}(?![0-9a-f])`, 'gi'),
  },
  { spelling: 'e-mail in hex', pattern: new RegExp(Buffer.from(LOCAL_PART).toString('hex'), 'gi') },
  { spelling: 'phone in hex', pattern: new RegExp(Buffer.from(NATIONAL).toString('hex'), 'gi') },
  ...base64Of(LOCAL_PART).map((form) => ({ spelling: 'e-mail in base64', pattern: new RegExp(quote(form), 'g') })),
  ...base64Of(NATIONAL).map((form) => ({ spelling: 'phone in base64', pattern: new RegExp(quote(form), 'g') })),
];

/** How a text looks inside a longer one that was encoded: at each of three alignments, without the edges. */
function base64Of(text: string): string[] {
  return [0, 1, 2].flatMap((shift) => {
    const whole = Buffer.from('\0'.repeat(shift) + text);
    const inner = whole.toString('base64').slice(shift === 0 ? 0 : shift + 1, Math.floor((whole.length * 8) / 6));
    return [inner, inner.replaceAll('+', '-').replaceAll('/', '_')];
  });
}
