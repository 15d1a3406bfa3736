import { VestigeError } from '@vestige/core/errors';

/**
 * The body is not what its content type says. The only error a reader of this folder throws, besides `too_large`.
 *
 * @param what position and kind of the fault; never a byte of the body, which may hold personal data
 */
export function malformed(what: string): VestigeError {
  return new VestigeError('bad_request', `malformed body: ${what}`);
}

/** The body is well formed but holds more than one request may cost. */
export function tooLarge(what: string): VestigeError {
  return new VestigeError('too_large', `request too large: ${what}`);
}
