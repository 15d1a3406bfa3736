import { VestigeError } from '@vestige/core/errors';

/** The two encodings of OTLP/HTTP; an answer has the type of its request, errors included. */
export type BodyType = 'protobuf' | 'json';
export const MEDIA_TYPE: Record<BodyType, string> = {
  protobuf: 'application/x-protobuf',
  json: 'application/json',
};

export type BodyEncoding = 'identity' | 'gzip' | 'zstd';

/** Null when it is neither. Parameters (`charset=utf-8`) do not matter: both types have one encoding. */
export function bodyTypeOf(contentType: string | undefined): BodyType | null {
  const type = contentType?.split(';', 1)[0]?.trim().toLowerCase();
  if (type === MEDIA_TYPE.protobuf) return 'protobuf';
  return type === MEDIA_TYPE.json ? 'json' : null;
}

/** @throws VestigeError `unsupported_media_type` for another encoding, or several on top of each other */
export function bodyEncodingOf(contentEncoding: string | undefined): BodyEncoding {
  switch (contentEncoding?.trim().toLowerCase() ?? '') {
    case '':
    case 'identity':
      return 'identity';
    case 'gzip':
    case 'x-gzip':
      return 'gzip';
    case 'zstd':
      return 'zstd';
    default:
      throw new VestigeError('unsupported_media_type', 'content-encoding must be gzip, zstd or identity');
  }
}
