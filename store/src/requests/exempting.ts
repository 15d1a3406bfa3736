import { canonicalHash } from '@vestige/core/certificate/canonical-hash';
import { VestigeError } from '@vestige/core/errors';
import type { TenantId } from '@vestige/core/ids';
import { type ExemptionBody, exemptionsHash, isWhole, type PlanExemption } from '@vestige/core/request/exemption';
import { withExemptions } from '@vestige/core/request/plan';
import { isRefusal, NEXT_REQUEST_STATE } from '@vestige/core/request/request-state';
import { isHoldable } from '@vestige/core/request/request-type';
import { and, eq } from 'drizzle-orm';
import { insertAudit } from '../audit/insert-audit.ts';
import type { Transaction } from '../postgres.ts';
import { putPlanVersion, readPlan } from './planning.ts';
import { lockRequest, storedRequest } from './request-rows.ts';
import type { By, StoredRequest } from './request-store.ts';
import { requests } from './tables.ts';

/**
 * Replaces the exemptions of a request while it is assessed, and its plan with them, in one transaction: there is no
 * moment at which an approval could be given for a plan without them.
 */
export async function putExemptions(
  tx: Transaction,
  tenant: TenantId,
  id: string,
  given: readonly ExemptionBody[],
  { replaces, ...by }: By & { readonly replaces?: string | undefined },
): Promise<StoredRequest> {
  const request = storedRequest(await lockRequest(tx, tenant, id));
  if (isRefusal(NEXT_REQUEST_STATE[request.state].plan)) {
    const facts = { state: request.state, event: 'exempt', legal: [] };
    throw new VestigeError('illegal_transition', 'exemptions are entered before the plan is approved and begun', facts);
  }
  if (replaces !== undefined && replaces !== exemptionsHash(request.exemptions)) {
    throw new VestigeError('conflict', 'somebody has changed the exemptions meanwhile; read them again');
  }
  const stored = request.planHash === null ? null : await readPlan(tx, tenant, id, request.planVersion);
  for (const each of given) {
    // What was taken before may have lost its place since; whoever changes another one need not know.
    const isNew = before(request.exemptions, each) === undefined;
    if (isNew) refuseImpossible(request, each, stored?.plan.targets ?? null);
  }
  const exemptions = given.map((each) => attributed(each, request.exemptions, by));
  const [row] = await tx
    .update(requests)
    .set({ exemptions })
    .where(and(eq(requests.tenant, tenant), eq(requests.id, id)))
    .returning();
  if (!row) throw new VestigeError('not_found', 'there is no such request');
  await insertAudit(tx, tenant, {
    type: 'request.exempt',
    actor: by.actor,
    object: { kind: 'request', id },
    requestId: id,
    payload: { exemptions },
  });
  if (stored === null) return storedRequest(row);
  return putPlanVersion(tx, tenant, id, withExemptions(stored.plan, exemptions), by);
}

function refuseImpossible(
  request: StoredRequest,
  { node, ...rest }: ExemptionBody,
  targets: readonly { node: string; origin: string }[] | null,
): void {
  if (!isWhole(rest) && !isHoldable(request.type)) {
    throw new VestigeError('bad_request', 'only what would be destroyed or overwritten can be kept in parts');
  }
  if (node.startsWith('vestige:')) {
    throw new VestigeError('forbidden', 'our own telemetry and aliases cannot be exempted');
  }
  if (targets !== null && !targets.some((target) => target.node === node)) {
    throw new VestigeError('bad_request', 'the plan has no such place');
  }
}

/** Who entered an exemption stays its author, whoever sends the list again. */
function attributed(given: ExemptionBody, stored: readonly PlanExemption[], by: By): PlanExemption {
  return { ...given, by: before(stored, given)?.by ?? by.actor };
}

function before(stored: readonly PlanExemption[], given: ExemptionBody): PlanExemption | undefined {
  const hash = canonicalHash(given);
  return stored.find(({ by: _, ...each }) => canonicalHash(each) === hash);
}
