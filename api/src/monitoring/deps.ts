import type { ErasureWatchStore } from '@vestige/store/control/erasure-watch-store';
import type { Tenant } from '@vestige/store/control/tenant-store';
import type { ApiDeps } from '../deps.ts';

/** What looking for people who came back works with. */
export interface MonitorDeps
  extends Pick<ApiDeps, 'tenants' | 'aliases' | 'events' | 'eraser' | 'verifier' | 'requests' | 'now' | 'log'> {
  readonly watch: ErasureWatchStore;
}

export interface Monitored {
  readonly deps: MonitorDeps;
  readonly tenant: Tenant;
}

export const MONITOR = 'system:monitor';
