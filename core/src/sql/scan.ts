/** Where runs of characters end. Each function looks at a character once, so that a text is read in linear time. */

export const isSpace = (code: number) => code <= 32 || code === 0xa0 || code === 0xfeff;
export const isDigit = (code: number) => code >= 48 && code <= 57;
/** Databases take any character beyond ASCII for a letter; the ellipsis is what instrumentations cut texts with. */
export const isWordStart = (code: number) =>
  (code >= 97 && code <= 122) || (code >= 65 && code <= 90) || code === 95 || (code > 127 && code !== 0x2026);
export const isWordPart = (code: number) => isWordStart(code) || isDigit(code) || code === 36;

export function wordEnd(text: string, at: number): number {
  let end = at;
  while (end < text.length && isWordPart(text.charCodeAt(end))) end++;
  return end;
}

export function lineEnd(text: string, at: number): number {
  const end = text.indexOf('\n', at);
  return end < 0 ? text.length : end + 1;
}

/** -1 when the comment never ends. */
export function commentEnd(text: string, at: number, nested: boolean): number {
  let depth = 1;
  let i = at + 2;
  let open = nested ? text.indexOf('/*', i) : -1;
  while (depth > 0) {
    const close = text.indexOf('*/', i);
    if (close < 0) return -1;
    if (open >= 0 && open < i) open = text.indexOf('/*', i);
    if (open >= 0 && open < close) {
      depth++;
      i = open + 2;
    } else {
      depth--;
      i = close + 2;
    }
  }
  return i;
}

/** How many backslashes stand right before `end`. */
export function trailingBackslashes(text: string, end: number, floor: number): number {
  let count = 0;
  while (end - count - 1 >= floor && text[end - count - 1] === '\\') count++;
  return count;
}

export function numberEnd(text: string, at: number): number {
  let end = at + 1;
  while (end < text.length) {
    const code = text.charCodeAt(end);
    if (isDigit(code) || isWordStart(code) || code === 46) end++;
    else if ((code === 43 || code === 45) && /[eE]/.test(text[end - 1] ?? '') && isDigit(text.charCodeAt(end + 1)))
      end++;
    else break;
  }
  return end;
}

/** `1FROM t` and the table `2024_orders`: more than a number, and nobody knows what. */
export const isMoreThanNumber = (text: string): boolean => /[A-Za-z_]{3}/.test(text) && !/^0[xX]/.test(text);

const UUID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/iy;
export const UUID_CHARS = 36;

/** CQL writes UUIDs without quotes; as a difference of columns nobody writes one. */
export function isUuid(text: string, at: number): boolean {
  if (text.charCodeAt(at + 8) !== 45 || text.charCodeAt(at + 13) !== 45) return false;
  UUID.lastIndex = at;
  return UUID.test(text);
}

/** End of a dollar-quoted string at `at`; 0 when it is a parameter (`$1`); -1 when its closing tag is missing. */
export function dollarEnd(text: string, at: number): number {
  if (isDigit(text.charCodeAt(at + 1))) return 0;
  let tagEnd = at + 1;
  while (tagEnd < text.length && tagEnd - at <= 64) {
    const code = text.charCodeAt(tagEnd);
    if (!isWordStart(code) && !isDigit(code)) break;
    tagEnd++;
  }
  if (text[tagEnd] !== '$') return 0;
  const tag = text.slice(at, tagEnd + 1);
  const close = text.indexOf(tag, tagEnd + 1);
  return close < 0 ? -1 : close + tag.length;
}

export function dollarBody(text: string, at: number, end: number): string {
  const tagLength = text.indexOf('$', at + 1) - at + 1;
  return text.slice(at + tagLength, end - tagLength);
}
