/** Protobuf by hand, for messages that no encoder would write. */

/** A length-delimited field. */
export const len = (number: number, ...parts: readonly Uint8Array[]): Buffer => {
  const body = Buffer.concat(parts);
  return Buffer.concat([varint(number * 8 + 2), varint(body.length), body]);
};
export const int = (number: number, value: number): Buffer => Buffer.concat([varint(number * 8), varint(value)]);
export const text = (number: number, value: string): Buffer => len(number, Buffer.from(value));

export const fixed64 = (number: number, value: bigint): Buffer => {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(value);
  return Buffer.concat([varint(number * 8 + 1), bytes]);
};

/** A request of one span: its ids and times, and what else is given as further fields of the span. */
export function wireSpan(ids: { readonly traceId: string; readonly spanId: string }, ...more: Uint8Array[]): Buffer {
  const nowNs = BigInt(Date.now()) * 1_000_000n;
  const span = len(
    2,
    len(1, Buffer.from(ids.traceId, 'hex')),
    len(2, Buffer.from(ids.spanId, 'hex')),
    fixed64(7, nowNs - 1000n),
    fixed64(8, nowNs),
    ...more,
  );
  return len(1, len(2, span));
}

export function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) bytes.push((rest % 0x80) | 0x80);
  return Buffer.from([...bytes, rest]);
}
