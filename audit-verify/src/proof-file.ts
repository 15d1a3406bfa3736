import { base64 } from './base64.ts';

/** A proof of one entry (C2SP tlog-proof@v1). The extra data is the entry, as Vestige hands it out. */
export interface ProofFile {
  readonly entry: Uint8Array<ArrayBuffer> | null;
  readonly index: number;
  readonly hashes: readonly Uint8Array<ArrayBuffer>[];
  readonly checkpoint: string;
}

/** @returns null for what is no proof */
export function proofOf(text: string): ProofFile | null {
  const end = text.indexOf('\n\n');
  if (end < 0) return null;
  const lines = text.slice(0, end).split('\n');
  if (lines.shift() !== 'c2sp.org/tlog-proof@v1') return null;
  const extra = lines[0]?.startsWith('extra ') ? lines.shift()?.slice('extra '.length) : undefined;
  const entry = extra === undefined ? null : base64(extra);
  const index = /^index (0|[1-9][0-9]{0,15})$/.exec(lines.shift() ?? '')?.[1];
  const hashes = lines.map(base64).filter((hash) => hash?.length === 32) as Uint8Array<ArrayBuffer>[];
  if ((extra !== undefined && entry === null) || index === undefined || hashes.length !== lines.length) return null;
  return { entry, index: Number(index), hashes, checkpoint: text.slice(end + 2) };
}
