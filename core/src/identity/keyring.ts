import { Secret } from '../secret.ts';
import { type NormaliseOptions, normalise } from './normalise.ts';
import { recordRef, subjectToken, type TenantKey } from './token.ts';

export interface RevealedKeyring {
  readonly keys: readonly { readonly tenant: string; readonly kid: string; readonly key: Uint8Array }[];
  readonly options: NormaliseOptions;
}

/**
 * The pseudonymisation keys an operator has chosen to give a server. Without a tenant's key the server can only be
 * asked by token, which is the safer way to run it (design 02, invariant 1).
 */
export class SubjectKeyring {
  readonly #keys: ReadonlyMap<string, readonly TenantKey[]>;
  readonly #options: NormaliseOptions;

  /** @param keys all live keys; of one tenant, the newest first */
  constructor(keys: readonly TenantKey[], options: NormaliseOptions = {}) {
    const byTenant = new Map<string, TenantKey[]>();
    for (const key of keys) {
      const own = byTenant.get(key.tenant);
      if (own) own.push(key);
      else byTenant.set(key.tenant, [key]);
    }
    this.#keys = byTenant;
    this.#options = options;
  }

  /**
   * What it was made of, in clear, for another thread of this process: a structured clone stays in its memory. For no
   * disk, no environment and no log.
   */
  reveal(): RevealedKeyring {
    const keys = [...this.#keys.values()].flat().map(({ tenant, kid, key }) => ({ tenant, kid, key: key.reveal() }));
    return { keys, options: this.#options };
  }

  static from({ keys, options }: RevealedKeyring): SubjectKeyring {
    return new SubjectKeyring(
      keys.map(({ tenant, kid, key }) => ({ tenant, kid, key: new Secret(key) })),
      options,
    );
  }

  /** Ids of the keys, newest first; [] when the server holds none of this tenant. */
  kids(tenant: string): string[] {
    return (this.#keys.get(tenant) ?? []).map(({ kid }) => kid);
  }

  has(tenant: string): boolean {
    return this.#keys.has(tenant);
  }

  /**
   * Tokens of one identifier under every live key, newest key first: after a rotation old spans still carry old tokens.
   *
   * @returns [] when the server holds no key of this tenant
   * @throws VestigeError `bad_request` for a value that is no identifier of its type
   */
  tokensFor(tenant: string, type: string, value: string): string[] {
    const normalised = normalise(type, value, this.#options);
    return (this.#keys.get(tenant) ?? []).map((key) => subjectToken(key, type, normalised));
  }

  /** Refs of one record under every live key; [] when the server holds no key of this tenant. */
  recordRefsFor(tenant: string, node: string, recordKey: string): string[] {
    return (this.#keys.get(tenant) ?? []).map((key) => recordRef(key, node, recordKey));
  }
}
