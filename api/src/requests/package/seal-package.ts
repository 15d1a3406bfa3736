import type { StoredRequest, StoredTask } from '@vestige/store/requests/request-store';
import { type StepContext, workflowActor } from '../steps/context.ts';
import { isComplete, openPointsOf, readPackageFacts } from './package-facts.ts';
import { packageFiles } from './package-files.ts';
import { zipStream } from './zip.ts';

/**
 * Makes the copy a person receives and seals it. Done once per plan: with the sealing the delivered rows are deleted, so
 * a repeated step finds the package and leaves it alone.
 *
 * @returns false while something is open that nobody signed off: a recipient without a name (CJEU C-154/21), a path that
 *   was cut, a place of which nobody said whether it is portable. The request then waits with the attention
 *   `package_needs_sign_off`.
 */
export async function sealPackage(
  context: StepContext,
  request: StoredRequest,
  tasks: readonly StoredTask[],
): Promise<boolean> {
  const { deps, tenant } = context;
  const by = workflowActor(context);
  const sealed = await deps.packages.info(tenant.id, request.id);
  if (sealed?.planVersion === request.planVersion) return true;

  const facts = await readPackageFacts(context, request, tasks);
  const signed = new Set(facts.signOffs.map(({ what }) => what));
  if (openPointsOf(facts).some(({ what }) => !signed.has(what))) {
    if (request.attention !== 'package_needs_sign_off') {
      await deps.requests.noteAttention(tenant.id, request.id, 'package_needs_sign_off');
    }
    return false;
  }
  const content = zipStream(packageFiles(context, facts), by.now);
  await deps.packages.seal(tenant.id, request.id, { content, complete: isComplete(facts) }, by);
  return true;
}
