/** Reads protobuf just far enough for what a sender has to read: answers of the collector, and its own journal. */

export interface Field {
  /** Field number × 8 + wire type. */
  readonly tag: number;
  /** A number for wire type 0, the bytes for wire type 2. */
  readonly value: number | Uint8Array;
}

/** The leading fields of a message; it ends early, without an error, at the first defect or other wire type. */
export function* fields(bytes: Uint8Array): Generator<Field> {
  let at = 0;
  while (at < bytes.length) {
    const tag = varint(bytes, at);
    const number = tag && varint(bytes, tag.next);
    if (!number) return;
    at = number.next;
    const wireType = tag.value & 7;
    if (wireType === 0) {
      yield { tag: tag.value, value: number.value };
    } else if (wireType === 2 && at + number.value <= bytes.length) {
      yield { tag: tag.value, value: bytes.subarray(at, at + number.value) };
      at += number.value;
    } else {
      return;
    }
  }
}

/** @returns null when the bytes end inside it, or it exceeds 2^56 */
export function varint(bytes: Uint8Array, from: number): { value: number; next: number } | null {
  let value = 0;
  let scale = 1;
  for (let at = from; at < bytes.length && at < from + 8; at++) {
    const byte = bytes[at] ?? 0;
    value += (byte & 0x7f) * scale;
    if (byte < 0x80) return { value, next: at + 1 };
    scale *= 0x80;
  }
  return null;
}
