import { ATTR } from '../convention/attributes.ts';
import type { Touch } from '../model/span.ts';
import { canonicalNode } from '../node/canonical.ts';
import { NODE_ID_CHARS_MAX } from '../node/kind.ts';
import { mask } from '../scrub/mask.ts';
import type { SpanView } from './span-view.ts';

/** As the SDK sends at most; more on one span are cut and counted. */
export const RECORD_REFS_MAX = 256;
/** No store call moves more; keeps a number that somebody typed into the wrong attribute out of the tables. */
const RECORD_COUNT_MAX = 1_000_000_000;

const HASH = /^[A-Za-z0-9_-]{22}$/;

/**
 * `vestige.record.refs` of this span, each `{node}#{22 characters}` (ruling 25), with the node in canonical spelling.
 * Where a ref contradicts what the span touched, the peer wins: the ref moves to it, or goes when there are several.
 */
export function recordRefsOf(span: SpanView, touches: readonly Touch[], recognised: readonly string[]): string[] {
  const peers = [...new Set(touches.map(({ peer }) => peer))];
  const refs = new Set<string>();
  for (const { node, hash } of parsedRefs(span, ATTR.recordRefs)) {
    if (peers.length === 0 || peers.some((peer) => agree(peer, node))) refs.add(`${node}#${hash}`);
    else {
      span.log.odd(ATTR.recordRefs);
      if (peers.length === 1) refs.add(`${peers[0]}#${hash}`);
    }
  }
  for (const ref of recognised) if (refs.size < RECORD_REFS_MAX) refs.add(ref);
  return [...refs];
}

/**
 * A delete of records that the span names so that none of them can be read is of some, and nobody knows of which: without
 * refs it would pass for a delete of all that the store holds of the person (ruling 12).
 *
 * @param refs those of the span that could be read
 */
export function ofNamedRecords(span: SpanView, touches: readonly Touch[], refs: readonly string[]): readonly Touch[] {
  if (refs.length > 0 || !span.has(ATTR.recordRefs)) return touches;
  const isUnclear = (peer: string) => touches.some((one) => one.peer === peer && one.action === 'unknown');
  return touches.flatMap((one): Touch[] => {
    if (one.action !== 'delete') return [one];
    return isUnclear(one.peer) ? [] : [{ ...one, action: 'unknown' }];
  });
}

/** `vestige.derived_from`: refs this span's output was made from. */
export function derivedFromOf(span: SpanView): string[] {
  return [...new Set(parsedRefs(span, ATTR.derivedFrom).map(({ node, hash }) => `${node}#${hash}`))];
}

/** -1 when the span does not say. */
export function recordCountOf(span: SpanView, recognised: number): number {
  const declared = span.count(ATTR.recordCount);
  const count = declared >= 0 ? declared : recognised;
  if (count <= RECORD_COUNT_MAX) return count;
  span.log.odd(ATTR.recordCount);
  return -1;
}

function parsedRefs(span: SpanView, key: string): { node: string; hash: string }[] {
  const texts = span.list(key);
  const refs: { node: string; hash: string }[] = [];
  for (const text of texts.slice(0, RECORD_REFS_MAX)) {
    const split = text.lastIndexOf('#');
    const hash = text.slice(split + 1);
    const isRef = split > 0 && split <= NODE_ID_CHARS_MAX && HASH.test(hash) && mask(hash) === hash;
    const node = isRef ? canonicalNode(text.slice(0, split), span.log.onMask) : null;
    if (node === null) span.log.odd(key);
    else refs.push({ node: span.context.aliases(node), hash });
  }
  span.log.odd(key, texts.length - Math.min(texts.length, RECORD_REFS_MAX));
  return refs;
}

/** One is the other, or a part of it: a table of the database, a folder of the bucket. */
function agree(a: string, b: string): boolean {
  return a === b || isPart(a, b) || isPart(b, a);
}

const isPart = (whole: string, inner: string) => inner.startsWith(whole) && /^[./]/.test(inner.slice(whole.length));
