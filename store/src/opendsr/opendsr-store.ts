import type { TenantId } from '@vestige/core/ids';
import type { AuditDraft } from '../audit/audit-store.ts';

/**
 * Requests that a controller files and follows over OpenDSR. Postgres.
 *
 * Promises:
 * - A controller's id stands for one request of ours, however often and however much at once it is sent.
 * - A change of status and the callbacks it owes are one transaction: a callback is sent at least once, also when the
 *   process ends in between.
 * - Nothing here names a person.
 */
export interface OpendsrStore {
  settings(tenant: TenantId): Promise<OpendsrSettings>;
  putSettings(tenant: TenantId, settings: OpendsrSettings, audit: AuditDraft): Promise<void>;

  /**
   * Takes the id for one caller, who files the request and then calls {@link file}. `taken`: another call is at it, or was
   * within the last minute and died.
   */
  take(tenant: TenantId, request: NewOpendsrRequest): Promise<'mine' | 'taken' | OpendsrRequestRow>;
  file(tenant: TenantId, subjectRequestId: string, requestId: string): Promise<void>;
  /** The call failed before anything was filed: the id is free again. */
  release(tenant: TenantId, subjectRequestId: string): Promise<void>;
  /** Null for one that is unknown, or taken and not filed yet. */
  find(tenant: TenantId, subjectRequestId: string): Promise<OpendsrRequestRow | null>;
  /** Filed and owing callbacks on change, in the order of their ids; at most `limit` after `after`. */
  followed(tenant: TenantId, after: string | null, limit: number): Promise<OpendsrRequestRow[]>;

  /**
   * Notes what is told now, if it is still `from` that was told last, and owes these callbacks.
   *
   * @returns false when another process told it first
   */
  report(
    tenant: TenantId,
    subjectRequestId: string,
    change: { readonly from: string | null; readonly to: string },
    callbacks: readonly { readonly url: string; readonly body: string }[],
    now: Date,
  ): Promise<boolean>;
  /** Callbacks that are due, each for one caller until `now + leaseMs`. */
  claimCallbacks(
    tenant: TenantId,
    claim: { readonly now: Date; readonly leaseMs: number; readonly limit: number },
  ): Promise<OwedCallback[]>;
  delivered(tenant: TenantId, id: string, now: Date): Promise<void>;
  /** @param againAt null gives the callback up, which becomes a finding `opendsr.callback_failed` */
  notDelivered(tenant: TenantId, id: string, failure: string, againAt: Date | null, now: Date): Promise<void>;
}

export interface OpendsrSettings {
  readonly hashedIdentities: boolean;
  readonly controllerIdentifies: boolean;
  readonly callbackHosts: readonly string[];
}

export const DEFAULT_OPENDSR_SETTINGS: OpendsrSettings = {
  hashedIdentities: false,
  controllerIdentifies: false,
  callbackHosts: [],
};

export interface NewOpendsrRequest {
  readonly subjectRequestId: string;
  readonly controllerId: string;
  readonly regulation: 'gdpr' | 'ccpa';
  readonly subjectRequestType: 'access' | 'portability' | 'erasure';
  readonly submittedTime: Date;
  readonly receivedTime: Date;
  readonly callbackUrls: readonly string[];
}

export interface OpendsrRequestRow extends NewOpendsrRequest {
  readonly requestId: string;
  readonly reported: string | null;
}

export interface OwedCallback {
  readonly id: string;
  readonly subjectRequestId: string;
  readonly url: string;
  readonly body: string;
  /** This one included. */
  readonly attempts: number;
}
