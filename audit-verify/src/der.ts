/** Just enough DER to read a time stamp. Every length is checked; what is odd is refused. */
export interface Der {
  readonly tag: number;
  /** Tag, length and content. */
  readonly whole: Buffer;
  readonly content: Buffer;
}

export class BadDer extends Error {}

export function readDer(bytes: Buffer): Der {
  const [only, ...rest] = children(bytes);
  if (only === undefined || rest.length > 0) throw new BadDer('one value expected');
  return only;
}

/** The values that lie one behind the other in these bytes. */
export function children(bytes: Buffer): Der[] {
  const found: Der[] = [];
  for (let at = 0; at < bytes.length; ) {
    const value = valueAt(bytes, at);
    found.push(value);
    at += value.whole.length;
  }
  return found;
}

function valueAt(bytes: Buffer, at: number): Der {
  const tag = bytes[at];
  let length = bytes[at + 1];
  if (tag === undefined || length === undefined || (tag & 0x1f) === 0x1f) throw new BadDer('no value');
  let header = 2;
  if (length >= 0x80) {
    const octets = length & 0x7f;
    if (octets === 0 || octets > 4 || at + 2 + octets > bytes.length) throw new BadDer('no definite length');
    length = bytes.readUIntBE(at + 2, octets);
    header += octets;
  }
  if (at + header + length > bytes.length) throw new BadDer('longer than what holds it');
  const whole = bytes.subarray(at, at + header + length);
  return { tag, whole, content: whole.subarray(header) };
}

export function oid({ tag, content }: Der): string {
  if (tag !== 0x06 || content.length === 0) throw new BadDer('no object identifier');
  const parts: number[] = [];
  let part = 0;
  for (const byte of content) {
    part = part * 128 + (byte & 0x7f);
    if (byte < 0x80) {
      parts.push(part);
      part = 0;
    }
  }
  const [first = 0, ...rest] = parts;
  const root = Math.min(2, Math.floor(first / 40));
  return [root, first - root * 40, ...rest].join('.');
}

/** `YYYYMMDDHHMMSS[.fff]Z`, which is all that RFC 3161 allows. */
export function generalizedTime({ tag, content }: Der): Date {
  const [, y, mo, d, h, mi, s, fraction = ''] =
    /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\.\d+)?Z$/.exec(content.toString('latin1')) ?? [];
  const at = new Date(`${y}-${mo}-${d}T${h}:${mi}:${s}${fraction.slice(0, 4)}Z`);
  if (tag !== 0x18 || Number.isNaN(at.getTime())) throw new BadDer('no time');
  return at;
}
