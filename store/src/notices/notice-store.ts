import type { TenantId } from '@vestige/core/ids';
import type {
  Acknowledgement,
  NoticeChannel,
  NoticeExcuse,
  RecipientNotice,
} from '@vestige/core/notice/recipient-notice';
import type { By } from '../requests/request-store.ts';

/**
 * Notices to recipients (Art. 19) and what recipients are ordered to keep. Postgres.
 *
 * Promises:
 * - Parties come from the lineage the plan was made from, in the transaction that stores the plan. One that a later plan
 *   no longer shows stays: it received the data all the same.
 * - A change and its audit entry are one transaction. Recording the same twice changes nothing.
 * - What was sent is never unsent: a notice that has to be repeated says since when, and keeps what went before it in the
 *   audit trail.
 * - Another tenant's request does not exist (`not_found`).
 */
export interface NoticeStore {
  /** By party. @throws VestigeError `not_found` for a request that does not exist */
  notices(tenant: TenantId, requestId: string): Promise<RecipientNotice[]>;
  /** Takes over what the request's tasks tell of its recipients, where nothing is recorded yet. @returns how many */
  takeFromTasks(tenant: TenantId, requestId: string, by: By): Promise<number>;
  /** A notice went out. Ends an excuse, and the need to tell again. @throws VestigeError `not_found` for another party */
  send(
    tenant: TenantId,
    requestId: string,
    party: string,
    sent: { readonly channel: NoticeChannel; readonly at: Date },
    by: By,
  ): Promise<RecipientNotice>;
  /** @throws VestigeError `conflict` when nothing was sent that could be acknowledged */
  acknowledge(
    tenant: TenantId,
    requestId: string,
    party: string,
    acknowledged: { readonly as: Acknowledgement; readonly at: Date },
    by: By,
  ): Promise<RecipientNotice>;
  /**
   * Why a party cannot be told.
   *
   * @throws VestigeError `forbidden` for the key that filed the request, unless the tenant allows a single key; `conflict`
   *   when the party was told
   */
  excuse(
    tenant: TenantId,
    requestId: string,
    party: string,
    excuse: { readonly code: NoticeExcuse; readonly basis: string },
    by: By,
  ): Promise<RecipientNotice>;

  /** Notices that have to be sent again, longest waiting first; at most `limit`. */
  dueAgain(tenant: TenantId, limit: number): Promise<(RecipientNotice & { readonly requestId: string })[]>;
  holds(tenant: TenantId): Promise<RecipientHold[]>;
  /** @throws VestigeError `conflict` when one is in force already, or was noted for that day */
  noteHold(tenant: TenantId, hold: Pick<RecipientHold, 'party' | 'since' | 'matter'>, by: By): Promise<void>;
  /** Every notice that met the hold has to be sent again from now. @throws VestigeError `not_found` when none is in force */
  liftHold(tenant: TenantId, party: string, liftedOn: string, by: By): Promise<{ readonly again: number }>;
}

export interface RecipientHold {
  readonly party: string;
  /** Days of the calendar, as the order names them. */
  readonly since: string;
  readonly matter: string;
  readonly liftedOn: string | null;
}
