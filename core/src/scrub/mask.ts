/**
 * The last line of defence (ruling 27): e-mail addresses, international phone numbers and payment card numbers in any
 * string that may be kept. Everything before it drops or reduces by meaning; this looks at the characters only.
 *
 * Linear in the text: each finder moves forward and looks back no further than an e-mail's local part may be long.
 */
export const MASKS = ['email', 'phone', 'card'] as const;
export type MaskKind = (typeof MASKS)[number];

/** Called for every value masked. */
export type OnMask = (kind: MaskKind) => void;

/**
 * Decides about one value instead of masking it: the text to put in its place. Not told about and not counted is what
 * comes back unchanged.
 */
export type Judge = (kind: MaskKind, value: string) => string;

const ignore: OnMask = () => {};
const always: Judge = (kind) => `[${kind}]`;

/**
 * Cheap test that lets almost every string through unread: an at sign, a plus or a double zero before digits, or a run
 * of at least 13 digits with separators.
 */
const SUSPECT = /[@\uFF20]|%(?:25)*40|(?:[+\uFF0B]|%(?:25)*2[bB])[\s(.-]*\d|00[1-9]|\d(?:[ -]?\d){12}/;

/** @returns the text with every hit replaced by `[email]`, `[phone]` or `[card]`; the same string when there is none */
export function mask(text: string, onMask: OnMask = ignore, judge: Judge = always): string {
  if (!SUSPECT.test(text)) return text;
  const decide: Judge = (kind, value) => {
    const instead = judge(kind, value);
    if (instead !== value) onMask(kind);
    return instead;
  };
  return maskCards(maskPhones(maskEmails(text, decide), decide), decide);
}

const AT = /[@\uFF20]|%(?:25)*40/g;
/** RFC 5321 allows 64; more is masked too, but a bound keeps `@@@@…` linear. */
const LOCAL_CHARS_MAX = 256;
const NO_LOCAL = /(?!\uFEFF)[\s<>()[\],;:"\\/?&=|@\uFF20]/;
/**
 * The domain ends in a label that is no number: `pkg@1.2.3` is a version, `a@b.co` an address. Characters that nobody sees
 * (soft hyphens, zero-width spaces, as copied from a page) are part of what they stand in.
 */
const DOMAIN =
  /(?:\p{Cf}{0,4}[\p{L}\p{N}][\p{L}\p{N}\p{Cf}_-]{0,62}\.){1,32}(?:xn--[a-z0-9-]{2,59}|\p{Cf}{0,4}\p{L}[\p{L}\p{N}\p{Cf}-]{1,62})|\[[0-9a-f.:]{7,45}\]/iuy;

function maskEmails(text: string, decide: Judge): string {
  let out = '';
  let done = 0;
  AT.lastIndex = 0;
  for (let at = AT.exec(text); at !== null; at = AT.exec(text)) {
    const start = localStart(text, at.index, done);
    if (start === at.index) continue;
    DOMAIN.lastIndex = at.index + at[0].length;
    const domain = DOMAIN.exec(text);
    if (domain === null || isContainer(text.slice(start, at.index), domain[0])) continue;
    const end = at.index + at[0].length + domain[0].length;
    out += text.slice(done, start) + decide('email', text.slice(start, end));
    done = end;
    AT.lastIndex = done;
  }
  return done === 0 ? text : out + text.slice(done);
}

/** `container@account.dfs.core.windows.net` names a place of Azure's; nobody has mail there. */
function isContainer(local: string, domain: string): boolean {
  return /^[a-z0-9]{3,24}\.(?:blob|dfs)\.core\.windows\.net$/.test(domain) && /^[a-z0-9$][a-z0-9-]{2,62}$/.test(local);
}

function localStart(text: string, at: number, floor: number): number {
  if (text[at - 1] === '"' && at - 2 >= floor) {
    const open = text.lastIndexOf('"', at - 2);
    if (open >= floor && at - open <= LOCAL_CHARS_MAX) return open;
  }
  let start = at;
  while (start > floor && at - start < LOCAL_CHARS_MAX && !NO_LOCAL.test(text[start - 1] ?? ' ')) start--;
  // `'` may stand inside a local part (o'brien@…), but in front it opens a literal.
  while (start < at - 1 && text[start] === "'") start++;
  return start;
}

/** `+` or `00` and 7 to 15 digits, as people write them; more digits after a plus are masked as well. */
const PHONE =
  /(?:[+\uFF0B]|%(?:25)*2[bB])[\s(]{0,2}[1-9](?:(?:[\s()./-]|%20){0,3}\d){6,18}|(?<![\p{L}\p{N}]|\p{N}\.)00[1-9](?:[\s()./-]{0,2}\d){7,13}(?![\p{L}\p{N}])/gu;

function maskPhones(text: string, decide: Judge): string {
  return text.replace(PHONE, (value) => decide('phone', value));
}

/** 13 to 19 digits, in groups or not, not part of a longer run of digits. */
const CARD = /(?<!\d)[2-6]\d(?:(?:[ -]|%20)?\d){11,17}(?!\d)/g;

/**
 * First digits 2 to 6 are those of payment networks (ISO/IEC 7812); nanosecond timestamps start with 1 and pass the
 * check digit one time in ten, so the first digit keeps them legible.
 */
function maskCards(text: string, decide: Judge): string {
  return text.replace(CARD, (run) => (luhn(run.replace(/%20|\D/g, '')) ? decide('card', run) : run));
}

/** Check digit of ISO/IEC 7812-1 annex B. */
function luhn(digits: string): boolean {
  let sum = 0;
  for (let i = digits.length - 1, double = false; i >= 0; i--, double = !double) {
    const digit = digits.charCodeAt(i) - 48;
    sum += double ? (digit > 4 ? digit * 2 - 9 : digit * 2) : digit;
  }
  return sum % 10 === 0;
}
