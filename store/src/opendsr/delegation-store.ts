import type { TenantId } from '@vestige/core/ids';
import type { Delegation } from '@vestige/core/opendsr/delegation';
import type { Heard } from '@vestige/core/opendsr/status';
import type { By } from '../requests/request-store.ts';

/**
 * Work handed to outside processors. Postgres.
 *
 * Promises:
 * - A delegation comes into being in the transaction in which its task becomes `delegated`.
 * - Callback and poll go through one transition; saying the same twice changes nothing and writes no audit entry.
 * - What a processor says never changes the state of a task: it is an attestation, and the recipient's notice says so.
 */
export interface DelegationStore {
  /** Those that are still awaited, for nodes a worker serves (`*` at the end matches a prefix); longest unheard first. */
  awaited(tenant: TenantId, nodes: readonly string[], limit: number): Promise<StoredDelegation[]>;
  find(tenant: TenantId, taskId: string): Promise<StoredDelegation | null>;
  /** @throws VestigeError `not_found` */
  hear(
    tenant: TenantId,
    taskId: string,
    said: { readonly heard: Heard; readonly expectedAt: Date; readonly by: 'callback' | 'poll' },
    by: By,
  ): Promise<StoredDelegation>;
  /**
   * What the passing of time does to the delegations of a request: an escalation becomes a finding `delegation.silent`.
   *
   * @returns how many are still awaited
   */
  elapse(tenant: TenantId, requestId: string, by: By): Promise<number>;
}

export interface StoredDelegation extends Delegation {
  readonly taskId: string;
  readonly requestId: string;
  readonly node: string;
  readonly channel: string;
  readonly processor: string;
  readonly baseUrl: string;
  readonly reference: string;
  /** What the processor was told to call; it has to repeat it. */
  readonly callbackUrl: string | null;
}
