import { isVestigeError } from '@vestige/core/errors';
import { type IdentityRefusal, identifierOf, OpendsrRequest } from '@vestige/core/opendsr/messages';
import type { IdentifierBody } from '@vestige/core/request/request-bodies';
import { mask } from '@vestige/core/scrub/mask';
import { judgeUrl } from '@vestige/outbound/guarded-call';
import type { Tenant } from '@vestige/store/control/tenant-store';
import type { NewOpendsrRequest, OpendsrRequestRow, OpendsrSettings } from '@vestige/store/opendsr/opendsr-store';
import type { By } from '@vestige/store/requests/request-store';
import type { ApiDeps } from '../deps.ts';
import { findPeople } from '../requests/people.ts';
import { malformed, OpendsrRefusal, refusal } from './errors.ts';

const WHY: Readonly<Record<IdentityRefusal, string>> = {
  hashed_identity: 'hashed identities are not taken; send identity_format raw',
  malformed_digest: 'is no digest of the identity_format it names',
  malformed_identity: 'is no value of the identity_type it names',
};

/**
 * Files what a controller asks for, once: the same id again answers what was filed, a contradiction under the same id is
 * refused. The controller's word stands for the person's; whether it also stands for their identity is a setting.
 *
 * @throws OpendsrRefusal
 */
export async function takeRequest(
  deps: ApiDeps,
  tenant: Tenant,
  controllerId: string,
  raw: Uint8Array,
  by: By,
): Promise<OpendsrRequestRow> {
  const asked = readRequest(raw);
  const settings = await deps.opendsr.settings(tenant.id);
  const identifiers = identifiersOf(asked, settings);
  const submitted = new Date(asked.submitted_time);
  if (submitted > by.now) throw refusal(400, 'submitted_time', 'submitted_time: lies in the future');
  const given: NewOpendsrRequest = {
    subjectRequestId: asked.subject_request_id,
    controllerId,
    regulation: asked.regulation,
    subjectRequestType: asked.subject_request_type,
    submittedTime: submitted,
    receivedTime: by.now,
    callbackUrls: callbacksOf(asked, settings),
  };
  const taken = await deps.opendsr.take(tenant.id, given);
  if (taken === 'taken') throw refusal(503, 'in_progress', 'the same subject_request_id is being taken; try again');
  if (taken !== 'mine') return repeated(deps, tenant, taken, given, identifiers);
  try {
    const requestId = await file(deps, tenant, given, identifiers, settings, by);
    await deps.opendsr.file(tenant.id, given.subjectRequestId, requestId);
    return { ...given, requestId, reported: null };
  } catch (error) {
    // Of an outage nobody knows whether it was filed: the id stays taken for a minute, then the next attempt files.
    if (error instanceof OpendsrRefusal || isVestigeError(error, 'bad_request')) {
      await deps.opendsr.release(tenant.id, given.subjectRequestId);
    }
    throw error;
  }
}

function readRequest(raw: Uint8Array): OpendsrRequest {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(raw));
  } catch {
    throw refusal(400, 'malformed_json', 'the body is no JSON; mind a comma before a closing brace');
  }
  const read = OpendsrRequest.safeParse(value);
  if (!read.success) throw malformed(read.error);
  return read.data;
}

function identifiersOf(asked: OpendsrRequest, settings: OpendsrSettings): IdentifierBody[] {
  const reasons: { reason: string; message: string }[] = [];
  const identifiers = asked.subject_identities.flatMap((identity, at) => {
    const read = identifierOf(identity, settings.hashedIdentities);
    if (typeof read !== 'string') return [read];
    reasons.push({ reason: read, message: `subject_identities.${at}: ${WHY[read]}` });
    return [];
  });
  if (reasons.length > 0) throw new OpendsrRefusal(400, reasons[0]?.message ?? '', reasons);
  return identifiers;
}

/** An address that may not be called is refused now: a controller must not wait for callbacks that never come. */
function callbacksOf(asked: OpendsrRequest, settings: OpendsrSettings): string[] {
  const reasons = asked.status_callback_urls.flatMap((url, at) => {
    const judged = judgeUrl({ hosts: settings.callbackHosts }, url);
    // It is kept beyond the request, so it must not name the person.
    const why = typeof judged === 'string' ? judged : mask(decoded(url)) === decoded(url) ? null : 'names_a_person';
    return why === null ? [] : [{ reason: why, message: `status_callback_urls.${at}: is not called (${why})` }];
  });
  if (reasons.length > 0) throw new OpendsrRefusal(400, reasons[0]?.message ?? '', reasons);
  return [...new Set(asked.status_callback_urls)];
}

function decoded(url: string): string {
  try {
    return decodeURIComponent(url);
  } catch {
    return url;
  }
}

async function file(
  deps: ApiDeps,
  tenant: Tenant,
  given: NewOpendsrRequest,
  identifiers: readonly IdentifierBody[],
  settings: OpendsrSettings,
  by: By,
): Promise<string> {
  const selectors = { identifiers, tokens: [] };
  const people = await findPeople(deps, tenant, selectors);
  const request = await deps.requests.file(
    tenant.id,
    {
      type: given.subjectRequestType,
      regime: given.regulation,
      receivedAt: given.submittedTime,
      ground: null,
      ...selectors,
      subjectIds: people.ambiguous ? [] : people.subjectIds,
    },
    by,
  );
  if (settings.controllerIdentifies) {
    const identified = { event: 'verify_identity', method: 'signed_call', assurance: 'substantial' } as const;
    await deps.requests.decide(tenant.id, request.id, identified, by).catch((error: unknown) => {
      // A tenant that asks for more identifies the person itself. The request is filed: refused now, it would be filed
      // once more with every repetition.
      if (!isVestigeError(error, 'illegal_transition') || error.facts['reason'] !== 'assurance_too_low') throw error;
    });
  }
  return request.id;
}

/** @throws OpendsrRefusal when the same id stands for something else, or for what nobody can compare any more */
async function repeated(
  deps: ApiDeps,
  tenant: Tenant,
  known: OpendsrRequestRow,
  given: NewOpendsrRequest,
  identifiers: readonly IdentifierBody[],
): Promise<OpendsrRequestRow> {
  const same = (['controllerId', 'regulation', 'subjectRequestType'] as const).every(
    (key) => known[key] === given[key],
  );
  const kept = await deps.requests.selectors(tenant.id, known.requestId);
  const text = (all: readonly { type: string; value: string }[]) =>
    JSON.stringify(all.map(({ type, value }) => [type, value]).sort());
  const comparable = kept.identifiers.length > 0;
  if (
    !same ||
    known.submittedTime.getTime() !== given.submittedTime.getTime() ||
    !comparable ||
    text(kept.identifiers) !== text(identifiers)
  ) {
    throw refusal(400, 'subject_request_id', 'subject_request_id: stands for another request');
  }
  return known;
}
