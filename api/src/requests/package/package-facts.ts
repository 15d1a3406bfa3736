import type { LineageAnswer } from '@vestige/core/lineage/answer';
import type { PrivacyNotice } from '@vestige/core/package/notice';
import { type OpenPoint, openPoints } from '@vestige/core/package/open-points';
import { noticeFor } from '@vestige/core/package/portability';
import { PROVEN_STATES } from '@vestige/core/request/task-state';
import type { AuditEntry } from '@vestige/store/audit/audit-store';
import type { Party, RegisteredStore } from '@vestige/store/control/registry-store';
import type { SignOff } from '@vestige/store/requests/package-store';
import type { StoredRequest, StoredTask } from '@vestige/store/requests/request-store';
import { looksAt } from '../../subjects/looks-at.ts';
import { type StepContext, workflowActor } from '../steps/context.ts';

/** Everything an answer is made from, read once, so that its parts cannot contradict each other. */
export interface PackageFacts {
  readonly request: StoredRequest;
  readonly answeredAt: Date;
  readonly identifierTypes: readonly string[];
  /** Null when no span ever named the person. */
  readonly lineage: LineageAnswer | null;
  readonly parties: readonly Party[];
  readonly stores: readonly RegisteredStore[];
  /** Null while the controller has declared nothing. */
  readonly notice: PrivacyNotice | null;
  readonly tasks: readonly StoredTask[];
  /** Looks at the person, from the audit trail, oldest first; at most {@link VIEWS_MAX}. */
  readonly views: readonly AuditEntry[];
  readonly signOffs: readonly SignOff[];
}

export const VIEWS_MAX = 1_000;

export async function readPackageFacts(
  context: Pick<StepContext, 'deps' | 'tenant' | 'readLineage'>,
  request: StoredRequest,
  tasks: readonly StoredTask[],
): Promise<PackageFacts> {
  const { deps, tenant, readLineage } = context;
  const [canonical] = request.subjectIds;
  const [lineage, parties, stores, notice, selectors, signOffs, views] = await Promise.all([
    canonical === undefined ? null : readLineage(deps, tenant, canonical),
    deps.registry.parties(tenant.id),
    deps.registry.stores(tenant.id),
    deps.registry.privacyNotice(tenant.id),
    deps.requests.selectors(tenant.id, request.id),
    deps.packages.signOffs(tenant.id, request.id),
    looksAt(deps, tenant.id, request.subjectIds).then((looks) =>
      deps.audit.entries(tenant.id, { afterIndex: -1, limit: VIEWS_MAX, ...looks }),
    ),
  ]);
  return {
    request,
    answeredAt: workflowActor(context).now,
    identifierTypes: selectors.identifiers.map(({ type }) => type),
    lineage: lineage?.answer ?? null,
    parties,
    stores,
    notice,
    tasks,
    views,
    signOffs,
  };
}

/** What keeps the copy from being sealed, signed off or not. */
export function openPointsOf(facts: PackageFacts): OpenPoint[] {
  const { request, lineage, parties, notice, tasks } = facts;
  const named = new Set(parties.map(({ id }) => id));
  return openPoints({
    profile: request.type === 'portability' ? 'portability' : 'access',
    recipients: (lineage?.recipients ?? []).map(({ node, party }) => ({ node, named: named.has(party) })),
    truncated: lineage?.completeness.truncated ?? false,
    stores: tasks
      .filter(({ action }) => action === 'export')
      .map(({ node }) => ({ node, declared: notice !== null && noticeFor(notice.stores, node) !== null })),
  });
}

/** Nothing was left open, and every place answered. */
export function isComplete(facts: PackageFacts): boolean {
  return openPointsOf(facts).length === 0 && facts.tasks.every(({ state }) => PROVEN_STATES.includes(state));
}
