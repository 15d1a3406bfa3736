import { VestigeError } from '@vestige/core/errors';

/**
 * Counts the rows of NDJSON, each of which must be a JSON object: what is sealed for a person must open on their side.
 *
 * @throws VestigeError `bad_request` with the number of the line, and never its text
 */
export function countRows(ndjson: Uint8Array): number {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(ndjson);
  } catch {
    throw new VestigeError('bad_request', 'the body is not UTF-8');
  }
  let rows = 0;
  for (const [index, line] of text.split('\n').entries()) {
    if (line.trim() === '') continue;
    if (!isObject(line)) throw new VestigeError('bad_request', `line ${index + 1} is no JSON object`);
    rows += 1;
  }
  return rows;
}

function isObject(line: string): boolean {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null && !Array.isArray(value);
  } catch {
    return false;
  }
}
