import type { KeyObject } from 'node:crypto';
import { type NoteSigner, noteSigner } from '@vestige/core/audit/note-key';
import { VestigeError } from '@vestige/core/errors';
import type { Secret } from '@vestige/core/secret';
import type { Tenant } from '@vestige/store/control/tenant-store';

/** A schema-less URL, as C2SP asks for: no scheme, no spaces, no plus, no slash at the end. */
const ORIGIN_BASE = /^[A-Za-z0-9._-]+(?::\d{1,5})?(?:\/[A-Za-z0-9._~-]+)*$/;

/**
 * What audit logs are called, and the keys that sign them.
 *
 * Keys rotate by overlapping: with two keys every checkpoint carries both signatures, so that who trusts the old one can
 * come to trust the new one; then the old one is taken away. The first key is the one that stays.
 */
export class LogKeys {
  readonly #base: string;
  readonly #keys: readonly Secret<KeyObject>[];
  readonly #signers = new Map<string, readonly NoteSigner[]>();

  /**
   * @param base e.g. `vestige.example.com/audit`; the log of the tenant `acme` is `vestige.example.com/audit/acme`, for ever
   * @throws VestigeError `misconfigured`
   */
  constructor(base: string, keys: readonly Secret<KeyObject>[]) {
    if (!ORIGIN_BASE.test(base)) {
      throw new VestigeError(
        'misconfigured',
        'the origin of audit logs is a URL without scheme, e.g. example.com/audit',
      );
    }
    if (keys.length === 0) throw new VestigeError('misconfigured', 'audit logs need a key to be signed with');
    this.#base = base;
    this.#keys = keys;
  }

  origin({ name }: Pick<Tenant, 'name'>): string {
    return `${this.#base}/${name}`;
  }

  signers(tenant: Pick<Tenant, 'name'>): readonly NoteSigner[] {
    const origin = this.origin(tenant);
    const known = this.#signers.get(origin) ?? this.#keys.map((key) => noteSigner(origin, key));
    this.#signers.set(origin, known);
    return known;
  }
}
