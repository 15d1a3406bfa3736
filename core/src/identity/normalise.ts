import { domainToASCII } from 'node:url';
import { type CountryCode, isSupportedCountry, parsePhoneNumberFromString } from 'libphonenumber-js/max';
import { VestigeError } from '../errors.ts';

/**
 * One text for one identifier, so that the same person gets the same token everywhere. Version `n1`: a change of any
 * rule is a new version beside this one, never an edit, or one person silently becomes two.
 *
 * Rules (research on re-identification and merging): e-mail dots and `+tags` stay, because stripping them merges
 * different people at most providers; opaque ids are not trimmed or folded, because `U-1` and `u-1` may be two people;
 * `toLowerCase`, never the locale form, because Turkish would split `İ` and `i`.
 */
export const NORM_VERSION = 'n1';

/** Longer than any e-mail (RFC 5321: 254) and any id we have met; bounds the work a client can cause. */
export const IDENTIFIER_CHARS_MAX = 512;

const TYPE = /^[a-z][a-z0-9_]{0,31}$/;

export interface NormaliseOptions {
  /** ISO 3166-1 alpha-2 for phone numbers without a country code; without it such numbers are refused. */
  readonly defaultRegion?: string;
}

/**
 * @param type identifier type (ruling 26): `email`, `phone`, or any `[a-z][a-z0-9_]{0,31}` opaque id
 * @param value as a person typed it
 * @returns the canonical text of version {@link NORM_VERSION}
 * @throws VestigeError `bad_request`; the message never holds the value
 */
export function normalise(type: string, value: string, options: NormaliseOptions = {}): string {
  if (!TYPE.test(type)) throw new VestigeError('bad_request', 'An identifier type is [a-z][a-z0-9_]{0,31}.');
  if (value.length > IDENTIFIER_CHARS_MAX) {
    throw new VestigeError(
      'bad_request',
      `An identifier of type ${type} is longer than ${IDENTIFIER_CHARS_MAX} characters.`,
    );
  }
  switch (type) {
    case 'email':
      return normaliseEmail(value);
    case 'phone':
      return normalisePhone(value, options.defaultRegion);
    default:
      return normaliseOpaque(type, value);
  }
}

function normaliseEmail(value: string): string {
  const text = value.normalize('NFC').trim();
  const at = text.lastIndexOf('@');
  if (at < 1 || at === text.length - 1) throw invalid('email');
  const domain = domainToASCII(
    text
      .slice(at + 1)
      .replace(/\.$/, '')
      .toLowerCase(),
  );
  if (!domain) throw invalid('email');
  return `${text.slice(0, at).toLowerCase()}@${domain}`;
}

function normalisePhone(value: string, region: string | undefined): string {
  const country: CountryCode | undefined = region !== undefined && isSupportedCountry(region) ? region : undefined;
  const phone = parsePhoneNumberFromString(value, country);
  if (!phone?.isValid()) throw invalid('phone');
  return phone.number;
}

function normaliseOpaque(type: string, value: string): string {
  const text = value.normalize('NFC');
  if (text === '') throw invalid(type);
  return text;
}

function invalid(type: string): VestigeError {
  return new VestigeError('bad_request', `This is not a valid identifier of type ${type}.`);
}
