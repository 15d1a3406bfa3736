import { aliasCommitment, buildPlan, type Plan, planHash } from '@vestige/core/request/plan';
import { givesCopy, restricts } from '@vestige/core/request/request-type';
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
  const [lineage, registered, parties, nonce, restriction] = await Promise.all([
    canonical === undefined ? null : readLineage(deps, tenant, canonical),
    deps.registry.stores(tenant.id),
    deps.registry.parties(tenant.id),
    deps.requests.aliasNonce(tenant.id, request.id),
    restricts(request.type) ? deps.restrictions.ofRequest(tenant.id, request.id) : null,
  ]);
  const aliases = { count: people.tokens.length, commitment: aliasCommitment(nonce, people.tokens) };
  const plan: Plan = buildPlan({
    type: request.type,
    lineage: lineage?.answer ?? null,
    registered,
    parties: new Set(parties.map((party) => party.id)),
    aliases,
    lifted: restriction?.lifted != null,
    exemptions: request.exemptions,
    counted: await countedFor(deps, tenant, request, aliases.commitment),
  });
  return {
    plan,
    subjectIds: people.subjectIds,
    aliasTokens: people.tokens,
    recipients: givesCopy(request.type) ? [] : (lineage?.answer.recipients ?? []),
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
  return deps.requests.putPlan(tenant.id, request.id, draft, by);
}

/** What the dry run of the current plan has counted, and those before it, as long as they counted the same person. */
async function countedFor(
  deps: ApiDeps,
  tenant: Tenant,
  request: StoredRequest,
  commitment: string,
): Promise<ReadonlyMap<string, number>> {
  const counted = new Map<string, number>();
  const current =
    request.planHash === null ? null : await deps.requests.plan(tenant.id, request.id, request.planVersion);
  if (current?.plan.aliases.commitment !== commitment) return counted;
  for (const target of current.plan.targets) if (target.counted !== null) counted.set(target.node, target.counted);
  for (const { node, state, counts } of await deps.requests.dryRun(tenant.id, request.id)) {
    if (state === 'executed' && counts !== null) counted.set(node, counts.found);
  }
  return counted;
}
