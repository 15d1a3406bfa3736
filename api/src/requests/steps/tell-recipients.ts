import { uncovered } from '@vestige/core/notice/recipient-notice';
import { givesCopy } from '@vestige/core/request/request-type';
import type { StoredRequest } from '@vestige/store/requests/request-store';
import { type StepContext, workflowActor } from './context.ts';

/**
 * Whether each party that received the data has been told, or a coded excuse says why not (Art. 19; check D9). What the
 * tasks at a party's nodes did is taken over first; the rest somebody records at `/v1/requests/{id}/recipients`.
 */
export async function recipientsAreTold(context: StepContext, request: StoredRequest): Promise<boolean> {
  if (givesCopy(request.type)) return true;
  const { deps, tenant } = context;
  await deps.notices.takeFromTasks(tenant.id, request.id, workflowActor(context));
  return uncovered(await deps.notices.notices(tenant.id, request.id)).length === 0;
}
