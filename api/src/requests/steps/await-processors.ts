import type { StoredRequest } from '@vestige/store/requests/request-store';
import { type StepContext, workflowActor } from './context.ts';

/**
 * Whether every outside processor has answered, or its time is over. A silent one is told about as its deadline comes
 * near, and is listed as unconfirmed once it has passed: waiting longer would break the deadline towards the person.
 */
export async function processorsHaveAnswered(context: StepContext, request: StoredRequest): Promise<boolean> {
  const { deps, tenant } = context;
  return (await deps.delegations.elapse(tenant.id, request.id, workflowActor(context))) === 0;
}
