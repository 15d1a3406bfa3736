/** Questions about text that are asked of its bytes, so that a value that is only passed on never becomes a string. */

const ORDINARY = 0;
const DIGIT = 1;
const SEPARATOR = 2;
const COLON = 3;
const SUSPECT = 4;

const CLASS_OF = new Uint8Array(256);
CLASS_OF.fill(SUSPECT, 0x80);
for (const digit of '0123456789') CLASS_OF[digit.charCodeAt(0)] = DIGIT;
for (const separator of ' -') CLASS_OF[separator.charCodeAt(0)] = SEPARATOR;
for (const suspect of '@%+') CLASS_OF[suspect.charCodeAt(0)] = SUSPECT;
CLASS_OF[0x3a] = COLON;

const IS_ALNUM = new Uint8Array(256);
const IS_HEX = new Uint8Array(256);
const IS_LETTER = new Uint8Array(256);
for (const letter of '0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ')
  IS_ALNUM[letter.charCodeAt(0)] = 1;
for (const letter of '0123456789abcdefABCDEF') IS_HEX[letter.charCodeAt(0)] = 1;

for (const letter of 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ') IS_LETTER[letter.charCodeAt(0)] = 1;

const SPACE = 0x20;
const HASH = 0x23;
const SLASH = 0x2f;
const ZERO = 0x30;
const QUESTION = 0x3f;
/** As many digits may be a payment card (`mask.ts`). */
const CARD_DIGITS_MIN = 13;

/**
 * Is this ASCII in which `mask` provably finds nothing, and no URL? What it says no to is not yet suspect: `mask`
 * must be asked. Says no to everything that `mask` would look at twice, but for `00` and a digit inside a word,
 * which every other hexadecimal id holds: no telephone number begins there.
 */
export function isCleanText(bytes: Uint8Array, start: number, end: number): boolean {
  let digits = 0;
  for (let at = start; at < end; at++) {
    const byte = bytes[at] as number;
    switch (CLASS_OF[byte]) {
      case ORDINARY:
        digits = 0;
        break;
      case DIGIT:
        if (++digits >= CARD_DIGITS_MIN) return false;
        if (byte !== ZERO && at - 2 >= start && bytes[at - 1] === ZERO && bytes[at - 2] === ZERO) {
          if (at - 3 < start || IS_ALNUM[bytes[at - 3] as number] === 0) return false;
        }
        break;
      case SEPARATOR:
        // A run goes on over one separator, not over two.
        if (at === start || CLASS_OF[bytes[at - 1] as number] !== DIGIT) digits = 0;
        break;
      case COLON:
        if (bytes[at + 1] === SLASH && bytes[at + 2] === SLASH) return false;
        digits = 0;
        break;
      default:
        return false;
    }
  }
  return true;
}

const LONG_SEGMENT = 25;
const HEX_SEGMENT_MIN = 8;
/** Stands for any variable segment; a text that holds it itself is not normalised. */
const VARIABLE = 0x01;
const UNDERSCORE = 0x5f;
/** Longer ones are cut somewhere by what reads them. */
const ADDRESS_BYTES_MAX = 1_024;

/**
 * Is every text with these bytes as a segment reduced in the same way (`isVariable` of core/src/node/reduce.ts)? Numbers,
 * hexadecimal of eight and more, and 25 bytes of anything.
 */
function isVariableSegment(bytes: Uint8Array, start: number, end: number): boolean {
  const length = end - start;
  // Elasticsearch's endpoints are looked for by their underscore.
  if (length === 0 || bytes[start] === UNDERSCORE) return false;
  if (length >= LONG_SEGMENT) return true;
  let isNumber = true;
  for (let at = start; at < end; at++) {
    const byte = bytes[at] as number;
    if (IS_HEX[byte] === 0) return false;
    if (byte > 0x39) isNumber = false;
  }
  return isNumber || length >= HEX_SEGMENT_MIN;
}

/**
 * Writes what recognition and scrubbing can tell of a URL or path into `into`: variable segments as one mark, a query as
 * the fact that there is one. Two texts of the same result read and scrub the same: by everything after the authority
 * only `isVariable`, the query's being there and a leading underscore are asked for, and nothing of it is masked.
 *
 * @returns where the result ends, or -1 for a text that must be taken byte for byte
 */
export function reduceAddress(bytes: Uint8Array, start: number, end: number, into: Uint8Array): number {
  if (end - start > ADDRESS_BYTES_MAX || end === start) return -1;
  let path = start;
  let at = 0;
  if (bytes[start] !== SLASH) {
    const authority = authorityStart(bytes, start, end);
    path = authority < 0 ? -1 : authorityEnd(bytes, authority, end);
    if (path < 0 || !isCleanText(bytes, authority, path)) return -1;
    for (let index = start; index < path; index++) into[at++] = bytes[index] as number;
  }
  let stop = path;
  while (stop < end && bytes[stop] !== QUESTION) stop++;
  if (!isCleanText(bytes, path, stop)) return -1;
  let segment = path;
  for (let index = path; index <= stop; index++) {
    const byte = index === stop ? SLASH : (bytes[index] as number);
    // A backslash is a slash to those who parse URLs.
    if (byte < SPACE || byte === HASH || byte === 0x5c) return -1;
    if (byte !== SLASH) continue;
    at = copySegment(bytes, segment, index, into, at);
    if (index < stop) into[at++] = SLASH;
    segment = index + 1;
  }
  if (stop < end) {
    into[at++] = QUESTION;
    if (stop + 1 < end) into[at++] = VARIABLE;
  }
  return at;
}

function copySegment(bytes: Uint8Array, start: number, end: number, into: Uint8Array, to: number): number {
  let at = to;
  if (isVariableSegment(bytes, start, end)) into[at++] = VARIABLE;
  else for (let index = start; index < end; index++) into[at++] = bytes[index] as number;
  return at;
}

/** Behind `letters://`; -1 when the text does not begin so. */
function authorityStart(bytes: Uint8Array, start: number, end: number): number {
  let at = start;
  while (at < end && IS_LETTER[bytes[at] as number] === 1) at++;
  const isScheme =
    at > start && at + 3 <= end && bytes[at] === 0x3a && bytes[at + 1] === SLASH && bytes[at + 2] === SLASH;
  return isScheme ? at + 3 : -1;
}

/** The first slash, or the end; -1 when a query or fragment begins before. */
function authorityEnd(bytes: Uint8Array, start: number, end: number): number {
  for (let at = start; at < end; at++) {
    const byte = bytes[at];
    if (byte === SLASH) return at;
    if (byte === QUESTION || byte === HASH) return -1;
  }
  return end;
}

const COMMAND_BYTES_MAX = 512;
/** Longer keys are cut by what reads them. */
const KEY_BYTES_MAX = 128;

/**
 * The same for a Redis command: the variable segments of its first key as marks (`reduceKey`), all else byte for byte.
 *
 * @returns where the result ends, or -1 for a text that must be taken byte for byte
 */
export function reduceCommand(bytes: Uint8Array, start: number, end: number, into: Uint8Array): number {
  if (end - start > COMMAND_BYTES_MAX || !isCleanText(bytes, start, end)) return -1;
  let key = start;
  while (key < end && bytes[key] !== SPACE) key++;
  key++;
  let keyEnd = key;
  while (keyEnd < end && bytes[keyEnd] !== SPACE) keyEnd++;
  if (keyEnd <= key || keyEnd - key > KEY_BYTES_MAX) return -1;
  let at = 0;
  for (let index = start; index < key; index++) into[at++] = bytes[index] as number;
  let segment = key;
  for (let index = key; index <= keyEnd; index++) {
    const byte = index === keyEnd ? SLASH : (bytes[index] as number);
    // Brackets mark what an instrumentation left out, a hash sign is taken out of names.
    if (byte < SPACE || byte === 0x5b || byte === 0x5d || byte === HASH) return -1;
    if (byte !== SLASH && byte !== 0x3a) continue;
    at = copySegment(bytes, segment, index, into, at);
    if (index < keyEnd) into[at++] = byte;
    segment = index + 1;
  }
  for (let index = keyEnd; index < end; index++) {
    const byte = bytes[index] as number;
    if (byte < SPACE) return -1;
    into[at++] = byte;
  }
  return at;
}

const HASH_BYTES = 22;

/** Is this `{node}#{22 characters}`, the characters clean? @returns where the hash begins, or -1 */
export function hashStart(bytes: Uint8Array, start: number, end: number): number {
  const hash = end - HASH_BYTES;
  if (hash - 1 <= start || bytes[hash - 1] !== HASH) return -1;
  for (let at = hash; at < end; at++) {
    const byte = bytes[at] as number;
    if (IS_ALNUM[byte] === 0 && byte !== 0x2d && byte !== UNDERSCORE) return -1;
  }
  return isCleanText(bytes, hash, end) ? hash : -1;
}
