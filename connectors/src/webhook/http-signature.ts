import { createHash, createHmac, timingSafeEqual } from 'node:crypto';

/**
 * HTTP Message Signatures (RFC 9421) with HMAC-SHA-256 and Content-Digest (RFC 9530): the part of both that a webhook
 * needs, for either side of it. A receiver in another language finds a library for the whole.
 *
 * What is signed: what is asked (`@method`, `@target-uri`), of what (`content-digest`), which work it belongs to
 * (`idempotency-key`); and in the parameters since when, until when, and a nonce, so that a captured call is worth nothing
 * later and nothing twice.
 */
export interface SignatureParams {
  /** Seconds since 1970. */
  readonly created: number;
  readonly expires?: number;
  readonly nonce?: string;
  readonly keyid: string;
  readonly tag?: string;
}

/** Name of a covered component (`@method`, `content-digest` …) → its value. In the order they are signed. */
export type Components = readonly (readonly [string, string])[];

/** The signature base of RFC 9421 §2.5. */
export function signatureBase(components: Components, params: string): string {
  return [...components.map(([name, value]) => `"${name}": ${value}`), `"@signature-params": ${params}`].join('\n');
}

/** Components and parameters as `Signature-Input` carries them, without the label. */
export function signatureParams(components: Components, params: SignatureParams, alg: boolean): string {
  const { created, expires, nonce, keyid, tag } = params;
  return [
    `(${components.map(([name]) => `"${name}"`).join(' ')})`,
    `created=${created}`,
    ...(expires === undefined ? [] : [`expires=${expires}`]),
    ...(nonce === undefined ? [] : [`nonce="${nonce}"`]),
    ...(alg ? ['alg="hmac-sha256"'] : []),
    `keyid="${keyid}"`,
    ...(tag === undefined ? [] : [`tag="${tag}"`]),
  ].join(';');
}

export function hmac(secret: Uint8Array | string, base: string): string {
  return createHmac('sha256', secret).update(base).digest('base64');
}

export function contentDigest(body: Uint8Array | string): string {
  return `sha-256=:${createHash('sha256').update(body).digest('base64')}:`;
}

const LABEL = 'vestige';

export function signatureHeaders(secret: string, components: Components, params: SignatureParams) {
  const input = signatureParams(components, params, true);
  return {
    'signature-input': `${LABEL}=${input}`,
    signature: `${LABEL}=:${hmac(secret, signatureBase(components, input))}:`,
  };
}

export type SignatureFault = 'unsigned' | 'not_covered' | 'not_in_time' | 'bad_signature' | 'bad_digest';

/** Clocks differ; a signature from further ahead than this is not believed. */
const SKEW_S = 60;

/**
 * Checks what {@link signatureHeaders} makes. The caller looks up nonces it has seen: here is no memory.
 *
 * @param expected every component that has to be covered, with the value it really has
 * @returns the parameters, or what is wrong
 */
export function checkSignature(
  secret: string,
  header: (name: string) => string | undefined,
  expected: Components,
  body: Uint8Array | string,
  nowS: number,
): { readonly nonce: string; readonly keyid: string } | SignatureFault {
  const input = new RegExp(`^${LABEL}=(.+)$`).exec(header('signature-input') ?? '')?.[1];
  const signature = new RegExp(`^${LABEL}=:([A-Za-z0-9+/]+={0,2}):$`).exec(header('signature') ?? '')?.[1];
  if (input === undefined || signature === undefined || input.length > 2_000) return 'unsigned';
  const covered = [...(/^\(([^)]*)\)/.exec(input)?.[1] ?? '').matchAll(/"([^"]+)"/g)].map(([, name]) => name);
  if (covered.join(' ') !== expected.map(([name]) => name).join(' ')) return 'not_covered';
  const digest = expected.find(([name]) => name === 'content-digest')?.[1];
  if (digest !== contentDigest(body)) return 'bad_digest';
  const made = Buffer.from(hmac(secret, signatureBase(expected, input)), 'base64');
  const given = Buffer.from(signature, 'base64');
  if (made.length !== given.length || !timingSafeEqual(made, given)) return 'bad_signature';
  // Read only now: until the signature holds, these are anybody's words.
  const number = (name: string) => Number(new RegExp(`;${name}=(\\d{1,12})(;|$)`).exec(input)?.[1] ?? Number.NaN);
  const text = (name: string) => new RegExp(`;${name}="([^"]{1,200})"`).exec(input)?.[1];
  const nonce = text('nonce');
  const keyid = text('keyid');
  if (nonce === undefined || keyid === undefined) return 'not_covered';
  return number('created') <= nowS + SKEW_S && nowS <= number('expires') ? { nonce, keyid } : 'not_in_time';
}
