import { mask, type OnMask } from '../scrub/mask.ts';
import { UNKNOWN } from './kind.ts';

/** Longer names of agents, tools, tables … are cut. */
export const PART_CHARS_MAX = 160;

/**
 * One part of a node's name: masked (ruling 27), trimmed, without control characters and without `#`, which separates
 * a record from its node (ruling 25). `-` when nothing is left.
 */
export function part(text: string | undefined, onMask?: OnMask, charsMax = PART_CHARS_MAX): string {
  if (text === undefined || text === '') return UNKNOWN;
  // Masked before it is cut: half an address is still personal data.
  const clean = mask(text.length > 4096 ? text.slice(0, 4096) : text, onMask)
    .replace(/[\p{Cc}#]+/gu, ' ')
    .trim();
  return clean === '' ? UNKNOWN : clean.slice(0, charsMax).trimEnd();
}
