import { VestigeError } from '@vestige/core/errors';

/** @throws VestigeError `bad_request` for anything but a positive whole number */
export function wholeNumber(option: string, text: string | undefined, otherwise: number): number {
  if (text === undefined) return otherwise;
  if (!/^[1-9]\d{0,11}$/.test(text)) throw new VestigeError('bad_request', `${option} must be a positive whole number`);
  return Number(text);
}
