import type { RevealedKeyring } from '@vestige/core/identity/keyring';
import type { PlainFacts } from '@vestige/core/recognise/read-context';
import type { Tenant } from '@vestige/store/control/tenant-store';
import type { EncodedRequests, RequestBody } from './request-encoder.ts';

/** What a thread is given when it starts. Stays in the memory of the process. */
export interface WorkerStart {
  readonly keyring: RevealedKeyring | null;
}

export interface EncodeOrder {
  readonly id: number;
  readonly tenant: Tenant;
  /** What to compile the tenant's context from; null: as before for this tenant. */
  readonly facts: PlainFacts | null;
  /** Whether the tenant's key is used. */
  readonly hasKey: boolean;
  readonly requests: readonly RequestBody[];
}

/** Everything a thread says. A failure is our own error, code and facts only; a fault is frames of a stack. */
export type WorkerMessage =
  | { readonly kind: 'encoded'; readonly id: number; readonly encoded: EncodedRequests }
  | {
      readonly kind: 'refused';
      readonly id: number;
      readonly code: string;
      readonly message: string;
      readonly facts: Readonly<Record<string, unknown>>;
    }
  | { readonly kind: 'fault'; readonly stack: string };
