/**
 * The two primitives that a proof rests on, from the browser itself. A page over plain HTTP, but for localhost, has no
 * `crypto.subtle`, and browsers before 2025 have no Ed25519: both are said, never passed over.
 */
export type Bytes = Uint8Array<ArrayBuffer>;

export const canHash = (): boolean => globalThis.crypto?.subtle !== undefined;

export async function sha256(...parts: readonly Uint8Array[]): Promise<Bytes> {
  const whole = new Uint8Array(parts.reduce((bytes, part) => bytes + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return new Uint8Array(await crypto.subtle.digest('SHA-256', whole));
}

/**
 * @param key `raw`: the 32 bytes of a public key; `spki`: DER, as a PEM file holds it
 * @returns null when this browser has no Ed25519, or the bytes are no key
 */
export async function ed25519Verifies(
  key: { readonly format: 'raw' | 'spki'; readonly bytes: Bytes },
  signature: Bytes,
  text: string,
): Promise<boolean | null> {
  try {
    const publicKey = await crypto.subtle.importKey(key.format, key.bytes, { name: 'Ed25519' }, false, ['verify']);
    return await crypto.subtle.verify({ name: 'Ed25519' }, publicKey, signature, new TextEncoder().encode(text));
  } catch {
    return null;
  }
}
