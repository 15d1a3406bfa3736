import { createHash } from 'node:crypto';
import canonicalize from 'canonicalize';

/** `sha256:` and the hash of the canonical JSON (RFC 8785) of a value: equal facts, equal text. */
export function canonicalHash(value: unknown): string {
  return `sha256:${createHash('sha256')
    .update(canonicalize(value) ?? '')
    .digest('hex')}`;
}
