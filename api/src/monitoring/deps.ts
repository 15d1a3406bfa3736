import type { Tenant } from '@vestige/store/control/tenant-store';
import type { ApiDeps } from '../deps.ts';

/** What looking for people who came back works with. */
export type MonitorDeps = Pick<
  ApiDeps,
  | 'tenants'
  | 'aliases'
  | 'events'
  | 'eraser'
  | 'verifier'
  | 'requests'
  | 'erasureWatch'
  | 'retention'
  | 'subjectKeys'
  | 'now'
  | 'log'
> &
  Partial<Pick<ApiDeps, 'keyring'>>;

export interface Monitored {
  readonly deps: MonitorDeps;
  readonly tenant: Tenant;
}

export const MONITOR = 'system:monitor';
