/** What the log tells whoever runs it. Names files and numbers, never content. */
export type LogReport =
  | { readonly kind: 'recovered'; readonly segments: number; readonly records: number; readonly spans: number }
  /** The end of a file that was being written when its process died: nothing of it was acknowledged. */
  | { readonly kind: 'torn'; readonly file: string; readonly bytes: number }
  /** Bytes that may have been acknowledged and cannot be read. `keptAs` is null when they could not be kept aside. */
  | { readonly kind: 'damaged'; readonly file: string; readonly bytes: number; readonly keptAs: string | null }
  | { readonly kind: 'failed'; readonly call: 'append' | 'seal' | 'unlink' | 'read'; readonly reason: string };

/** What the operating system calls a failure, e.g. `ENOSPC`. */
export function reasonOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : null;
  return typeof code === 'string' && /^[A-Z0-9_]{1,40}$/.test(code) ? code : 'unknown';
}
