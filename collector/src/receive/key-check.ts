import { createHash } from 'node:crypto';
import { VestigeError } from '@vestige/core/errors';
import type { Caller, Scope, TenantStore } from '@vestige/store/control/tenant-store';

/** Shape of a key; anything else is refused without asking the database. */
const KEY = /^vst_[A-Za-z0-9_-]{1,200}$/;
/** Remembered keys of each kind; the longest unused one makes room. Live ones are asked about in one question. */
const KEYS_MAX = 10_000;
/** Keys that nobody knows yet and that are being looked up: a flood of them must not fill the memory or the database. */
const LOOK_UPS_MAX = 64;
/** A database that takes longer to answer counts as away. */
const ANSWER_MS = 1000;

export interface KeyCheckOptions {
  readonly tenants: Pick<TenantStore, 'authenticate' | 'liveKeys'>;
  /** The longest a revoked key is still taken while Postgres answers, and a wrong one still refused. */
  readonly freshMs: number;
  /** The longest a key is taken that Postgres last vouched for before it went away. */
  readonly graceMs: number;
  /** Monotonic. */
  readonly nowMs: () => number;
  /** Postgres went away or came back. */
  readonly onAway: (away: boolean, error?: unknown) => void;
}

interface Known {
  readonly caller: Caller;
  /** The key was good at this moment, as Postgres says. */
  provenAtMs: number;
}

/**
 * Authenticates by API key, from memory.
 *
 * A key is looked up once. From then on Postgres is asked, for all remembered keys in one question a second, which of
 * them are still good; so a revoked one is gone within `freshMs`, and the way of a request never leads through Postgres.
 * While Postgres is away a key it vouched for is taken for `graceMs` more: acknowledging spans must not depend on it. When
 * it answers again, whatever was revoked meanwhile is gone before anything else is taken.
 */
export class KeyCheck {
  readonly #options: KeyCheckOptions;
  // Keyed by hash: a heap dump of the collector is no list of credentials. In order of last use.
  readonly #live = new Map<string, Known>();
  readonly #wrong = new Map<string, number>();
  readonly #lookUps = new Map<string, Promise<Caller | null>>();
  #refreshing: Promise<void> | null = null;
  #away = false;

  constructor(options: KeyCheckOptions) {
    this.#options = options;
  }

  /**
   * @param authorization value of the header `authorization`
   * @param vestigeKey value of the header `x-vestige-key`; used when there is no bearer
   * @throws VestigeError `unauthenticated`, `forbidden` without the scope, `store_unavailable` when nobody can tell
   */
  async caller(authorization: string | undefined, vestigeKey: string | undefined, scope: Scope): Promise<Caller> {
    const key = bearerOf(authorization) ?? vestigeKey?.trim() ?? '';
    const caller = KEY.test(key) ? await this.#callerOf(key) : null;
    if (caller === null) throw new VestigeError('unauthenticated', 'no valid API key was given');
    if (!caller.scopes.includes(scope)) throw new VestigeError('forbidden', `the API key lacks the scope ${scope}`);
    return caller;
  }

  /** Asks Postgres about every remembered key. Never rejects; several calls at once are one question. */
  refresh(): Promise<void> {
    this.#refreshing ??= this.#ask().finally(() => {
      this.#refreshing = null;
    });
    return this.#refreshing;
  }

  async #callerOf(key: string): Promise<Caller | null> {
    const digest = createHash('sha256').update(key).digest('base64url');
    if (this.#live.has(digest)) return this.#remembered(digest);
    const refusedAtMs = this.#wrong.get(digest);
    if (refusedAtMs !== undefined && this.#options.nowMs() - refusedAtMs < this.#options.freshMs) return null;
    return this.#lookUp(digest, key);
  }

  async #remembered(digest: string): Promise<Caller | null> {
    const { freshMs, graceMs } = this.#options;
    if (this.#age(digest) > freshMs && !this.#away) await this.#refreshSoon();
    const known = this.#live.get(digest);
    if (known === undefined) return null;
    if (this.#away && this.#age(digest) > Math.max(freshMs, graceMs)) throw unchecked();
    this.#live.delete(digest);
    this.#live.set(digest, known);
    return known.caller;
  }

  #age(digest: string): number {
    const known = this.#live.get(digest);
    return known === undefined ? Number.POSITIVE_INFINITY : this.#options.nowMs() - known.provenAtMs;
  }

  #lookUp(digest: string, key: string): Promise<Caller | null> {
    const underWay = this.#lookUps.get(digest);
    if (underWay !== undefined) return underWay;
    if (this.#lookUps.size >= LOOK_UPS_MAX) throw unchecked();
    const lookUp = this.#authenticate(digest, key).finally(() => this.#lookUps.delete(digest));
    this.#lookUps.set(digest, lookUp);
    return lookUp;
  }

  async #authenticate(digest: string, key: string): Promise<Caller | null> {
    const askedAtMs = this.#options.nowMs();
    let caller: Caller | null;
    try {
      caller = await this.#options.tenants.authenticate(key);
    } catch {
      // A key that could not be looked up is not a wrong key: 401 would make the client throw its spans away.
      throw unchecked();
    }
    if (caller === null) remember(this.#wrong, digest, askedAtMs);
    else remember(this.#live, digest, { caller, provenAtMs: askedAtMs });
    return caller;
  }

  /** Waits for an answer, but no longer than a request may be held up; then Postgres counts as away. */
  async #refreshSoon(): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(() => {
        this.#setAway(true);
        resolve();
      }, ANSWER_MS);
    });
    await Promise.race([this.refresh(), late]);
    clearTimeout(timer);
  }

  async #ask(): Promise<void> {
    const askedAtMs = this.#options.nowMs();
    const asked = new Set(this.#live.values());
    try {
      const live = await this.#options.tenants.liveKeys([...asked].map(({ caller }) => caller.keyId));
      for (const [digest, known] of this.#live) {
        if (!asked.has(known)) continue;
        if (live.has(known.caller.keyId)) known.provenAtMs = askedAtMs;
        else this.#live.delete(digest);
      }
      this.#setAway(false);
    } catch (error) {
      this.#setAway(true, error);
    }
  }

  #setAway(away: boolean, error?: unknown): void {
    if (this.#away === away) return;
    this.#away = away;
    this.#options.onAway(away, error);
  }
}

function bearerOf(authorization: string | undefined): string | null {
  return /^bearer +(\S+) *$/i.exec(authorization ?? '')?.[1] ?? null;
}

function remember<Value>(map: Map<string, Value>, digest: string, value: Value): void {
  map.delete(digest);
  const oldest = map.size >= KEYS_MAX ? map.keys().next().value : undefined;
  if (oldest !== undefined) map.delete(oldest);
  map.set(digest, value);
}

function unchecked(): VestigeError {
  return new VestigeError('store_unavailable', 'API keys cannot be checked now');
}
