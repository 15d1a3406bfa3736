import type { Tenant } from '@vestige/store/control/tenant-store';
import type { By } from '@vestige/store/requests/request-store';
import type { ApiDeps } from '../../deps.ts';
import type { ReadLineage } from '../person-lineage.ts';

/** What every step of the workflow works with. */
export interface StepContext {
  readonly deps: ApiDeps;
  readonly readLineage: ReadLineage;
  readonly tenant: Tenant;
  /** How long a collector that has gone silent still counts as running. */
  readonly collectorAliveMs: number;
  /** Extra time for spans under way after every collector has confirmed. */
  readonly ingestTailMs: number;
}

/** What a step did: moved the request on (look again at once), or has to wait. */
export type Progress = { readonly moved: true } | { readonly moved: false; readonly againInMs: number };

export const moved: Progress = { moved: true };
export const waitFor = (againInMs: number): Progress => ({ moved: false, againInMs });

export function workflowActor({ deps }: Pick<StepContext, 'deps'>): By {
  return { actor: 'system:workflow', now: deps.now() };
}
