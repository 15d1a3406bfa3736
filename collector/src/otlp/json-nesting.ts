import type { DecodeLimits } from './limits.ts';
import { malformed, tooLarge } from './malformed.ts';

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN_ARRAY = 0x5b;
const CLOSE_ARRAY = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;

/**
 * Counts objects and arrays of a JSON text before it is parsed: `JSON.parse` has no limits of its own, and three bytes
 * of text make an object of about fifty.
 *
 * @throws VestigeError `bad_request` when nested too deep, `too_large` when there are too many
 */
export function checkJsonNesting(body: Uint8Array, limits: DecodeLimits): void {
  let depth = 0;
  let containers = 0;
  for (let at = 0; at < body.length; at += 1) {
    const byte = body[at];
    if (byte === QUOTE) at = endOfString(body, at + 1);
    else if (byte === OPEN_OBJECT || byte === OPEN_ARRAY) {
      depth += 1;
      containers += 1;
      if (depth > limits.jsonDepthMax) throw malformed(`nested deeper than ${limits.jsonDepthMax} at byte ${at}`);
      if (containers > limits.jsonContainersMax) throw tooLarge(`more than ${limits.jsonContainersMax} JSON objects`);
    } else if (byte === CLOSE_OBJECT || byte === CLOSE_ARRAY) depth -= 1;
  }
}

/** Where the quote that closes a string is; the end of the body when there is none. */
function endOfString(body: Uint8Array, start: number): number {
  let at = start;
  while (at < body.length && body[at] !== QUOTE) at += body[at] === BACKSLASH ? 2 : 1;
  return at;
}
