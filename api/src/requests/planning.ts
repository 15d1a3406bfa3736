import { aliasCommitment, buildPlan, type Plan, planHash } from '@vestige/core/request/plan';
import type { Tenant } from '@vestige/store/control/tenant-store';
import { type By, type PlanDraft, RECORD_REFS_MAX, type StoredRequest } from '@vestige/store/requests/request-store';
import type { ApiDeps } from '../deps.ts';
import { allTokens, findPeople } from './people.ts';
import type { ReadLineage } from './person-lineage.ts';

/**
 * A plan from what is known now: lineage, registry and aliases.
 *
 * Once suppression was sent the person is no longer looked up: their tokens may lead to a new subject by then, who has
 * nothing to do with this request.
 *
 * @returns null when the selectors lead to more than one person
 */
export async function draftPlan(
  deps: ApiDeps,
  readLineage: ReadLineage,
  tenant: Tenant,
  request: StoredRequest,
): Promise<PlanDraft | null> {
  const selectors = await deps.requests.selectors(tenant.id, request.id);
  const settled = request.suppression !== null;
  const people = settled
    ? {
        subjectIds: request.subjectIds,
        tokens: await allTokens(deps, tenant, request.subjectIds, selectors.tokens),
        ambiguous: false,
      }
    : await findPeople(deps, tenant, selectors);
  if (people.ambiguous) return null;

  const [canonical] = people.subjectIds;
  const [lineage, registered, parties, nonce] = await Promise.all([
    canonical === undefined ? null : readLineage(deps, tenant, canonical),
    deps.registry.stores(tenant.id),
    deps.registry.parties(tenant.id),
    deps.requests.aliasNonce(tenant.id, request.id),
  ]);
  const plan: Plan = buildPlan({
    type: request.type,
    lineage: lineage?.answer ?? null,
    registered,
    parties: new Set(parties.map((party) => party.id)),
    aliases: { count: people.tokens.length, commitment: aliasCommitment(nonce, people.tokens) },
  });
  return {
    plan,
    subjectIds: people.subjectIds,
    aliasTokens: people.tokens,
    recordRefs: new Map(
      [...(lineage?.refsByStore ?? [])].map(([store, refs]) => [store, refs.slice(0, RECORD_REFS_MAX)]),
    ),
  };
}

/**
 * Plans a request, or plans it again. A plan equal to the current one changes nothing; any other voids an approval.
 *
 * @throws VestigeError `illegal_transition` where a plan is not possible; `conflict` when another erasure of the same
 *   person is being worked on
 */
export async function planRequest(
  deps: ApiDeps,
  readLineage: ReadLineage,
  tenant: Tenant,
  request: StoredRequest,
  by: By,
): Promise<StoredRequest> {
  const draft = await draftPlan(deps, readLineage, tenant, request);
  if (draft === null) {
    await deps.requests.noteAttention(tenant.id, request.id, 'ambiguous_identifiers');
    return { ...request, attention: 'ambiguous_identifiers' };
  }
  if (request.planHash === planHash(draft.plan)) return request;
  const earlier = await olderTwin(deps, tenant, request, draft.subjectIds);
  if (earlier) return deps.requests.markDuplicate(tenant.id, request.id, earlier.id, by);
  return deps.requests.putPlan(tenant.id, request.id, draft, by);
}

/** An open, verified request of the same kind about the same person that came first (FM4: linked, not dropped). */
async function olderTwin(
  deps: ApiDeps,
  tenant: Tenant,
  request: StoredRequest,
  subjectIds: readonly string[],
): Promise<StoredRequest | undefined> {
  if (request.state !== 'assessing') return undefined;
  const open = await deps.requests.openRequestsOf(tenant.id, subjectIds);
  return open.find(
    (other) =>
      other.id !== request.id &&
      other.type === request.type &&
      other.identity !== null &&
      (other.planHash !== null || other.filedAt < request.filedAt),
  );
}
