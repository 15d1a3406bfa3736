import type { LineageAnswer } from '@vestige/core/lineage/answer';
import type { Tenant } from '@vestige/store/control/tenant-store';
import type { ApiDeps } from '../deps.ts';
import { lineageWithRefs } from '../lineage/answer.ts';

/** Where one person's data went, and under which record refs it lies where. */
export interface PersonLineage {
  readonly answer: LineageAnswer;
  /** Keyed hashes of the person's records, by store node. */
  readonly refsByStore: ReadonlyMap<string, readonly string[]>;
}

/** How the workflow asks for a person's lineage; handed in so that its tests can say what a person left behind. */
export type ReadLineage = (deps: ApiDeps, tenant: Tenant, subjectId: string) => Promise<PersonLineage>;

export const readPersonLineage: ReadLineage = (deps, tenant, subjectId) => lineageWithRefs(deps, tenant, subjectId);
