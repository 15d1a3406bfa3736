import type { TenantId } from '@vestige/core/ids';
import type { AuditDraft } from '../audit/audit-store.ts';

/**
 * Questions of who was affected by something, and the approvals without which nobody sees the list. Postgres. The answer
 * itself is never kept. A question and its audit entry, an approval and its audit entry, are one transaction.
 */
export interface ExposureStore {
  ask(tenant: TenantId, exposure: AskedExposure, audit: AuditDraft): Promise<void>;
  /** Null for an unknown one, also for another tenant's. */
  exposure(tenant: TenantId, id: string): Promise<StoredExposure | null>;
  /** Newest first. @param before exclusive; null begins at the newest */
  asked(
    tenant: TenantId,
    page: { readonly before: { readonly at: Date; readonly id: string } | null; readonly limit: number },
  ): Promise<StoredExposure[]>;
  /**
   * Another person says that the list may be seen. The first approval stands; a later one changes nothing.
   *
   * @throws VestigeError `not_found`; `forbidden` with `reason: 'four_eyes'` for the person who asked, under any of their keys
   */
  approve(
    tenant: TenantId,
    id: string,
    by: { readonly actor: string; readonly at: Date },
    audit: AuditDraft,
  ): Promise<StoredExposure>;
}

export interface AskedExposure {
  readonly id: string;
  /** As the API took it; nodes, instants and categories, never a person. */
  readonly question: Readonly<Record<string, unknown>>;
  /** `key:<key id>` */
  readonly askedBy: string;
  readonly askedAt: Date;
  readonly purpose: string;
}

export interface StoredExposure extends AskedExposure {
  readonly approval: { readonly by: string; readonly at: Date } | null;
}
