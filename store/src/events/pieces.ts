/**
 * The server refuses a form field of more than 128 KiB. Twice as much text as bytes for quotes and escapes is the most
 * that is written here.
 */
export const FIELD_BYTES_MAX = 60_000;

export const textBytes = (texts: readonly string[]): number =>
  texts.reduce((sum, text) => sum + Buffer.byteLength(text) + 4, 0);

/** Cut so that no parameter is too long; in the same order, nothing left out. */
export function* pieces<T>(items: readonly T[], itemsMax: number, bytesOf: (item: T) => number): Generator<T[]> {
  let piece: T[] = [];
  let bytes = 0;
  for (const item of items) {
    const own = bytesOf(item);
    if (piece.length > 0 && (piece.length >= itemsMax || bytes + own > FIELD_BYTES_MAX)) {
      yield piece;
      piece = [];
      bytes = 0;
    }
    piece.push(item);
    bytes += own;
  }
  if (piece.length > 0) yield piece;
}
