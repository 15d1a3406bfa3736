/** A proof of one entry (C2SP tlog-proof@v1). The extra data is the entry, as Vestige hands it out. */
export interface ProofFile {
  readonly entry: Buffer | null;
  readonly index: number;
  readonly hashes: readonly Buffer[];
  readonly checkpoint: string;
}

/** @returns null for what is no proof */
export function proofOf(text: string): ProofFile | null {
  const end = text.indexOf('\n\n');
  if (end < 0) return null;
  const lines = text.slice(0, end).split('\n');
  if (lines.shift() !== 'c2sp.org/tlog-proof@v1') return null;
  const extra = lines[0]?.startsWith('extra ') ? (lines.shift() ?? '').slice('extra '.length) : null;
  const index = /^index (0|[1-9][0-9]{0,15})$/.exec(lines.shift() ?? '')?.[1];
  const hashes = lines.map((line) => Buffer.from(line, 'base64'));
  if (index === undefined || hashes.some((hash, n) => hash.length !== 32 || hash.toString('base64') !== lines[n]))
    return null;
  return {
    entry: extra === null ? null : Buffer.from(extra, 'base64'),
    index: Number(index),
    hashes,
    checkpoint: text.slice(end + 2),
  };
}
