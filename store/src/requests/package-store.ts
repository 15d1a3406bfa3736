import type { TenantId } from '@vestige/core/ids';
import type { SignOffBody } from '@vestige/core/package/open-points';
import type { By } from './request-store.ts';

/**
 * Copies of their data on the way to people: what export tasks delivered, the sealed package, the link under which a
 * person fetches it, and the sign-offs without which an incomplete one is not sealed. Postgres.
 *
 * Promises:
 * - A sealed package never changes. It is encrypted in pieces under a key of its own; expiry deletes pieces and key, and
 *   keeps the fact that there was one, with its hash.
 * - With the sealing, in one transaction, the delivered rows are deleted: they exist in the package or outside it.
 * - Nothing is handed out without an audit entry: the download is written down before the first byte leaves.
 * - A link and its code are known here by their hashes only. After too many wrong codes a link opens nothing.
 */
export interface PackageStore {
  /** What export tasks of the current plan delivered, by node, one task at a time. */
  deliveredData(tenant: TenantId, requestId: string): AsyncIterable<DeliveredData>;
  /**
   * Reads the content to its end and seals it. Sealed already for this plan: answers that package and keeps it.
   *
   * @throws VestigeError `conflict` when another process sealed at the same time: look again
   */
  seal(tenant: TenantId, requestId: string, given: NewPackage, by: By): Promise<PackageInfo>;
  /** Null before the first sealing. Stays after expiry. */
  info(tenant: TenantId, requestId: string): Promise<PackageInfo | null>;
  /** Whose copy it is, as far as the audit trail still knows; null once they are erased, and for no package. */
  personOf(tenant: TenantId, requestId: string): Promise<string | null>;
  /** One more download in the count and in the audit trail. Null once expired. */
  download(tenant: TenantId, requestId: string, purpose: string, by: By): Promise<OpenedPackage | null>;

  /** Replaces the link there was. Null without a package that can be downloaded. @returns when it ends */
  putLink(tenant: TenantId, requestId: string, link: NewLink, by: By): Promise<{ expiresAt: Date } | null>;
  /** The package, for whoever has both parts. */
  openLink(tenant: TenantId, given: LinkAttempt, now: Date): Promise<OpenedLink>;

  /**
   * Lets the copy go out with this point open, and wakes the workflow.
   *
   * @throws VestigeError `forbidden` for whoever filed the request (INV9), unless the tenant allows one key;
   *   `conflict` when this point was signed off before
   */
  signOff(tenant: TenantId, requestId: string, signOff: SignOffBody, by: By): Promise<SignOff>;
  /** Of the current plan. */
  signOffs(tenant: TenantId, requestId: string): Promise<SignOff[]>;

  /** Destroys packages whose time is over, a bounded number per call. Returns how many. */
  expire(tenant: TenantId, by: By): Promise<number>;
}

/** Wrong codes after which a link opens nothing any more. */
export const WRONG_CODES_MAX = 5;

export interface DeliveredData {
  readonly node: string;
  readonly rows: number;
  readonly ndjson: Uint8Array;
}

export interface NewPackage {
  readonly content: AsyncIterable<Uint8Array>;
  /** Every place of the plan answered, and nothing was signed off. */
  readonly complete: boolean;
}

export interface PackageInfo {
  /** The plan whose tasks delivered it; a reopened request seals another one. */
  readonly planVersion: number;
  /** `sha256:` and the hash of the ZIP. */
  readonly sha256: string;
  readonly complete: boolean;
  readonly bytes: number;
  readonly sealedAt: Date;
  readonly expiresAt: Date;
  readonly downloads: number;
}

export interface OpenedPackage {
  readonly info: PackageInfo;
  /** The ZIP. Ends with an error when what is stored is not what was sealed. */
  readonly content: AsyncIterable<Uint8Array>;
}

export interface NewLink {
  readonly id: string;
  /** SHA-256 of the secret part of the address. */
  readonly tokenHash: Uint8Array;
  /** SHA-256 of that part and the code. */
  readonly codeHash: Uint8Array;
  readonly downloadsMax: number;
  /** At most as long as the package lives. */
  readonly expiresAt: Date;
}

export type LinkAttempt = Pick<NewLink, 'tokenHash' | 'codeHash'>;

export type OpenedLink =
  | ({ readonly result: 'opened'; readonly requestId: string } & OpenedPackage)
  /** Unknown, expired, used up or locked: the caller is not told which. */
  | { readonly result: 'gone' }
  | { readonly result: 'wrong_code' };

export interface SignOff extends SignOffBody {
  readonly by: string;
  readonly at: Date;
}
