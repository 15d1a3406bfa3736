/**
 * Which rows of a `touches` block belong to whom, as a run of words for each span that names somebody:
 *
 *   span number · start, low ms word · start, high ms word · rows of one tag
 *   · own tokens · linked tokens · own ones that are linked again · a pattern for a set (0 or 1)
 *   · then the numbers of all these tokens, in this order
 *
 * Its rows follow each other in the block: `rows of one tag` for each own token, then for each linked one, then, when the
 * span names a set, once more as a pattern for the members, of whom nothing is known yet.
 */
export const TAGGED_HEAD_WORDS = 8;

export interface TaggedSpan {
  span: number;
  startMs: number;
  rowsOfTag: number;
  own: number;
  linked: number;
  /** Own tokens that came on a link as well: the span's own tag is the one that counts. */
  again: number;
  hasSet: boolean;
  /** Where the token numbers are. */
  at: number;
  /** First row in the block. */
  row: number;
}

const TWO_32 = 4_294_967_296;

/** Walks the spans of a block; the same object is handed out each time. */
export function* taggedSpans(words: Uint32Array): Generator<TaggedSpan> {
  const tagged: TaggedSpan = {
    span: 0,
    startMs: 0,
    rowsOfTag: 0,
    own: 0,
    linked: 0,
    again: 0,
    hasSet: false,
    at: 0,
    row: 0,
  };
  let row = 0;
  for (let at = 0; at < words.length; ) {
    tagged.span = words[at] as number;
    tagged.startMs = (words[at + 2] as number) * TWO_32 + (words[at + 1] as number);
    tagged.rowsOfTag = words[at + 3] as number;
    tagged.own = words[at + 4] as number;
    tagged.linked = words[at + 5] as number;
    tagged.again = words[at + 6] as number;
    tagged.hasSet = words[at + 7] === 1;
    tagged.at = at + TAGGED_HEAD_WORDS;
    tagged.row = row;
    const tags = tagged.own + tagged.linked;
    row += (tags + (tagged.hasSet ? 1 : 0)) * tagged.rowsOfTag;
    at = tagged.at + tags + tagged.again;
    yield tagged;
  }
}
