import { varint } from '../wire.ts';
import { mutateBytes } from './mutate-bytes.ts';
import type { SeededRandom } from './seeded-random.ts';

/**
 * Changes a protobuf message inside and writes the lengths around it anew, so that the change is read: flipped bits
 * alone nearly always end at the first length that no longer fits.
 */
export function mutateMessage(bytes: Buffer, random: SeededRandom, other: Buffer, depth = 0): Buffer {
  const fields = fieldsOf(bytes);
  if (fields === null || fields.length === 0 || depth > 12) return mutateBytes(bytes, random, other);
  const at = random.below(fields.length);
  const field = fields[at] as Field;
  switch (random.below(8)) {
    case 0:
      fields.splice(at, 1);
      break;
    case 1:
      fields.splice(random.below(fields.length + 1), 0, ...Array<Field>(1 + random.below(5)).fill(field));
      break;
    case 2:
      fields[at] = { ...field, number: random.chance(2) ? 1 + random.below(17) : 1 + random.below(1 << 28) };
      break;
    case 3:
      fields[at] = { ...field, type: random.below(8) };
      break;
    default:
      fields[at] =
        field.type === 2
          ? { ...field, value: mutateMessage(field.value, random, other, depth + 1) }
          : grown(field, random);
  }
  return Buffer.concat(fields.map(written));
}

interface Field {
  readonly number: number;
  readonly type: number;
  /** Without its length. */
  readonly value: Buffer;
}

const grown = (field: Field, random: SeededRandom): Field => ({
  ...field,
  value:
    field.type === 0
      ? Buffer.concat([random.bytes(random.below(9)).map((byte) => byte | 0x80), Buffer.from([random.below(128)])])
      : random.bytes(field.value.length),
});

function written({ number, type, value }: Field): Buffer {
  const tag = varint(number * 8 + type);
  return Buffer.concat(type === 2 ? [tag, varint(value.length), value] : [tag, value]);
}

/** Null when the bytes are no message. */
function fieldsOf(bytes: Buffer): Field[] | null {
  const fields: Field[] = [];
  let at = 0;
  const number = (): number => {
    let value = 0;
    for (let shift = 1; at < bytes.length && shift < 2 ** 35; shift *= 128) {
      const byte = bytes[at++] ?? 0;
      value += (byte & 0x7f) * shift;
      if (byte < 0x80) return value;
    }
    return -1;
  };
  while (at < bytes.length) {
    const tag = number();
    if (tag < 8) return null;
    const type = tag % 8;
    const start = at;
    if (type === 0) while ((bytes[at++] ?? 0) >= 0x80 && at < bytes.length);
    else if (type === 1) at += 8;
    else if (type === 5) at += 4;
    else if (type === 2) {
      const length = number();
      if (length < 0 || at + length > bytes.length) return null;
      fields.push({ number: Math.floor(tag / 8), type, value: bytes.subarray(at, at + length) });
      at += length;
      continue;
    } else return null;
    if (at > bytes.length) return null;
    fields.push({ number: Math.floor(tag / 8), type, value: bytes.subarray(start, at) });
  }
  return fields;
}
