/**
 * A tape archive (POSIX ustar), written file by file while it is sent: an auditor unpacks it with what every system has,
 * and neither side needs the whole of it in memory.
 */
const BLOCK_BYTES = 512;
const NAME_CHARS_MAX = 100;

export interface ArchivedFile {
  /** Relative, ASCII, at most 100 characters. */
  readonly name: string;
  readonly content: Uint8Array | string;
}

export async function* tarOf(files: AsyncIterable<ArchivedFile>, at: Date): AsyncGenerator<Uint8Array> {
  for await (const { name, content } of files) {
    const bytes = typeof content === 'string' ? Buffer.from(content, 'utf8') : content;
    yield header(name, bytes.length, at);
    yield bytes;
    const over = bytes.length % BLOCK_BYTES;
    if (over > 0) yield Buffer.alloc(BLOCK_BYTES - over);
  }
  yield Buffer.alloc(2 * BLOCK_BYTES);
}

function header(name: string, size: number, at: Date): Uint8Array {
  if (name.length > NAME_CHARS_MAX) throw new RangeError('the name is too long for a ustar header');
  const block = Buffer.alloc(BLOCK_BYTES);
  const octal = (value: number, digits: number) => `${value.toString(8).padStart(digits, '0')}\0`;
  block.write(name, 0, 'ascii');
  block.write(octal(0o644, 7), 100, 'ascii');
  block.write(octal(0, 7), 108, 'ascii');
  block.write(octal(0, 7), 116, 'ascii');
  block.write(octal(size, 11), 124, 'ascii');
  block.write(octal(Math.floor(at.getTime() / 1000), 11), 136, 'ascii');
  // The checksum counts its own eight bytes as spaces.
  block.write('        ', 148, 'ascii');
  block.write('0', 156, 'ascii');
  block.write('ustar\0', 257, 'ascii');
  block.write('00', 263, 'ascii');
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'ascii');
  return block;
}
