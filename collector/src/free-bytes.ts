/**
 * Gives large memory back at once, instead of when V8 next looks through the whole heap. V8 does that whenever 64 MB of
 * buffers have outlived two scavenges, which is every fifty thousand spans, and it costs by what lives: a tenth of all CPU
 * of a collector with a warm cache (bench/README.md).
 *
 * Bytes that share their memory with others are left alone. Whoever still looks at freed ones sees none: they are
 * detached, not reused.
 */
export function freeBytes(bytes: Uint8Array): void {
  const { buffer } = bytes;
  if (bytes.byteLength < BYTES_MIN || bytes.byteLength !== buffer.byteLength) return;
  if (buffer instanceof ArrayBuffer) buffer.transfer(0);
}

/** Below it the collector of garbage is as cheap. */
const BYTES_MIN = 16_384;
