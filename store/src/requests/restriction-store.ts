import type { TenantId } from '@vestige/core/ids';
import type { By } from './request-store.ts';

/**
 * Restrictions of processing in force (GDPR Art. 18, 21). Postgres. They come from requests (`RequestStore.putPlan`), in
 * the transaction that knows the person, and end here alone.
 */
export interface RestrictionStore {
  /** In force, and lifted ones too when asked for; newest first, at most `limit`. */
  restrictions(tenant: TenantId, query: { readonly lifted: boolean; readonly limit: number }): Promise<Restriction[]>;
  /** Those in force about any of these subjects. */
  inForce(tenant: TenantId, subjectIds: readonly string[]): Promise<Restriction[]>;
  /** Of one request, in force or lifted; null where there never was one. */
  ofRequest(tenant: TenantId, requestId: string): Promise<Restriction | null>;
  /**
   * @throws VestigeError `not_found`; `conflict` when it was lifted before; `bad_request` when the person is not told
   *   before, or was told before the restriction began
   */
  lift(tenant: TenantId, requestId: string, notice: LiftNotice, by: By): Promise<Restriction>;
}

export interface Restriction {
  readonly requestId: string;
  readonly ground: string | null;
  /** Empty: all purposes. */
  readonly purposes: readonly string[];
  readonly since: Date;
  readonly lifted: { readonly by: string; readonly at: Date; readonly notice: LiftNotice } | null;
}

/** Art. 18(3). */
export interface LiftNotice {
  /** Day on which the person was told. */
  readonly toldOn: string;
  readonly channel: string;
  readonly reason: string;
}
