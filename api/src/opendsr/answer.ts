import type { StatusAnswer } from '@vestige/core/opendsr/messages';
import { API_VERSION } from '@vestige/core/opendsr/messages';
import { signedHeaders } from '@vestige/core/opendsr/signature';
import { expectedCompletion, reportedStatus } from '@vestige/core/opendsr/status';
import type { OpendsrRequestRow } from '@vestige/store/opendsr/opendsr-store';
import type { StoredRequest } from '@vestige/store/requests/request-store';
import type { ApiDeps } from '../deps.ts';
import type { OpendsrIdentity } from './identity.ts';

/** An answer in the protocol's own shape, signed over the bytes that are sent. */
export function signedAnswer(identity: OpendsrIdentity, status: number, body: object): Response {
  const bytes = Buffer.from(JSON.stringify(body));
  return new Response(bytes, {
    status,
    headers: {
      'content-type': 'application/json',
      'cache-control': 'no-store',
      ...signedHeaders(bytes, identity.domain, identity.key.reveal()),
    },
  });
}

/** Requests that repeat one another, at most; a longer row of them is a mistake of ours. */
const DUPLICATES_MAX = 8;

/** Where the controller's request stands. A duplicate stands where the request it repeats does. */
export async function standing(
  deps: Pick<ApiDeps, 'requests' | 'now'>,
  tenantId: Parameters<ApiDeps['requests']['request']>[0],
  row: OpendsrRequestRow,
  identity: OpendsrIdentity,
): Promise<{ readonly answer: StatusAnswer; readonly fingerprint: string } | null> {
  let request = await deps.requests.request(tenantId, row.requestId);
  for (let hops = 0; request?.duplicateOf && hops < DUPLICATES_MAX; hops += 1) {
    request = await deps.requests.request(tenantId, request.duplicateOf);
  }
  const reported = request && reportedStatus(request.state);
  if (!request || !reported) return null;
  const extension =
    reported.outcome === null ? null : await extensionOf(deps, tenantId, request, reported.outcome, identity);
  const answer: StatusAnswer = {
    controller_id: row.controllerId,
    expected_completion_time: expectedCompletion(request.dueOn, request.endedAt, deps.now()).toISOString(),
    subject_request_id: row.subjectRequestId,
    request_status: reported.status,
    api_version: API_VERSION,
    ...(reported.status === 'completed' && reported.outcome !== 'refused' && row.subjectRequestType !== 'erasure'
      ? { results_url: `https://${identity.domain}/v1/requests/${request.id}/package` }
      : {}),
    ...(extension && { extensions: { [identity.domain]: extension } }),
  };
  return { answer, fingerprint: `${reported.status} ${reported.outcome ?? '-'}` };
}

/** What the four words of the protocol cannot say. Codes and addresses; nothing of the person. */
async function extensionOf(
  deps: Pick<ApiDeps, 'requests'>,
  tenantId: Parameters<ApiDeps['requests']['request']>[0],
  request: StoredRequest,
  outcome: string,
  identity: OpendsrIdentity,
): Promise<Record<string, unknown>> {
  if (request.refusal) {
    return { outcome, reason: request.refusal.code, complaint_authority: request.refusal.complaintAuthority };
  }
  const tasks = outcome === 'expired' ? [] : await deps.requests.tasks(tenantId, request.id);
  const exceptions = tasks.flatMap(({ state, exemption }) =>
    exemption ? [exemption.code] : state === 'delegated' ? ['vestige:delegated'] : [],
  );
  return {
    outcome,
    ...(exceptions.length > 0 && { exceptions: [...new Set(exceptions)].sort() }),
    ...(outcome !== 'expired' && {
      certificate_url: `https://${identity.domain}/v1/requests/${request.id}/certificate`,
    }),
  };
}
