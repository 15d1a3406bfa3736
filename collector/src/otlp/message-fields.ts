import type { WireReader } from './wire-reader.ts';

/**
 * Walks the fields of the message that ends at `end`. `take` reads a value it knows and returns true; what it leaves
 * is skipped, so unknown fields never fail a batch.
 */
export function eachField(reader: WireReader, end: number, take: (tag: number) => boolean): void {
  while (reader.pos < end) {
    const tag = reader.tag(end);
    if (!take(tag)) reader.skip(tag, end);
  }
}
