import type { Call } from '../harness/http.ts';
import { type Filled, noticeOf, resultOf, SHARED_PARTY, SHARED_STORE } from './fill-tenant.ts';
import { personOf } from './spans.ts';
import type { Side } from './two-tenants.ts';

/** A valid call of one operation: its path parameters by name, its query, its body. */
interface Given {
  readonly params?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string>>;
  readonly json?: unknown;
  readonly body?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/**
 * How a stranger tries one route on a filled tenant.
 *
 * - `names`: it names something of the owner by its real id. For the stranger it does not exist: 404.
 * - `lists`: it names nothing. The stranger is shown own things only.
 * - `makes`: a creating call. It makes something of the stranger's own, whatever ids of the owner it mentions.
 */
export interface Attempt {
  readonly how: 'names' | 'lists' | 'makes';
  given(owner: Filled, caller: Side): Given;
}

/** @param operation `GET /v1/subjects/{subjectId}` */
export function callOf(operation: string, given: Given): Call {
  const [method = '', template = ''] = operation.split(' ');
  const { params = {}, query = {}, ...rest } = given;
  const path = template.replaceAll(/\{(\w+)\}/g, (_, name: string) => {
    const value = params[name];
    if (value === undefined) throw new Error(`${operation}: nothing is given for ${name}`);
    return encodeURIComponent(value);
  });
  const search = new URLSearchParams(query).toString();
  return { method, path: search === '' ? path : `${path}?${search}`, ...rest };
}

const names = (given: Attempt['given']): Attempt => ({ how: 'names', given });
const lists = (given: Attempt['given'] = () => ({})): Attempt => ({ how: 'lists', given });
const makes = (given: Attempt['given']): Attempt => ({ how: 'makes', given });

const ofSubject = (query?: (owner: Filled) => Record<string, string>) =>
  names((owner) => ({ params: { subjectId: owner.subjectId }, ...(query && { query: query(owner) }) }));
const ofRequest = (which: 'open' | 'access' | 'erased', json?: (owner: Filled) => unknown) =>
  names((owner) => ({ params: { id: owner.requests[which] }, ...(json && { json: json(owner) }) }));
const ofTask = (given: (owner: Filled) => Omit<Given, 'params'>) =>
  names((owner) => ({ params: { id: owner.task.id }, ...given(owner) }));

const ofRecipient = (json: unknown) =>
  names((owner) => ({ params: { id: owner.restriction, party: owner.recipient }, json }));

/** One entry per operation of the OpenAPI document, in its order. */
export const ATTEMPTS: Readonly<Record<string, Attempt>> = {
  'POST /v1/subjects/resolve': lists((owner) => ({ json: { tokens: [owner.person.token] } })),
  'GET /v1/subjects/{subjectId}': ofSubject(),
  'GET /v1/subjects/{subjectId}/views': ofSubject(),
  'POST /v1/aliases': makes((owner, caller) => ({
    json: {
      action: 'link',
      tokens: [owner.person.token, personOf(caller, 'nora.quist').token],
      kind: 'operator',
      evidence: 'a guess',
    },
  })),
  'GET /v1/subjects/{subjectId}/links': ofSubject(),
  // Not of the owner's person who is being erased: nobody knows that token any more.
  'PUT /v1/aliases/shared': makes((_owner, caller) => ({
    json: { token: personOf(caller, 'kim.sand').token, shared: false, evidence: 'looked into' },
  })),
  'POST /v1/subject-sets': makes((owner) => ({
    json: { tokens: [owner.person.token] },
    headers: { 'idempotency-key': owner.idempotencyKey },
  })),
  'GET /v1/subjects/{subjectId}/lineage': ofSubject(),
  'GET /v1/subjects/{subjectId}/timeline': ofSubject(),
  'GET /v1/subjects/{subjectId}/accumulation': ofSubject(),
  'GET /v1/subjects/{subjectId}/explain': ofSubject((owner) => ({ from: 'agent:zephyr/desk/zephyr', to: owner.crm })),
  'GET /v1/map': lists(() => ({ query: { from: '2020-01-01T00:00:00Z' } })),
  'GET /v1/coverage': lists(() => ({ query: { from: '2020-01-01T00:00:00Z' } })),
  'POST /v1/exposure': lists(() => ({
    json: {
      // What the stranger names itself it will find in its own audit trail.
      node: 'agent:*',
      from: new Date(Date.now() - 86_400_000).toISOString(),
      to: new Date().toISOString(),
    },
  })),
  'GET /v1/exposure': lists(),
  'GET /v1/exposure/{id}': names((owner) => ({ params: { id: owner.exposure } })),
  'POST /v1/exposure/{id}/approve': names((owner) => ({ params: { id: owner.exposure } })),
  'GET /v1/ingest/health': lists(),
  // One of them is under a restriction.
  'GET /v1/exposure/{id}/subjects': names((owner) => ({
    params: { id: owner.exposure },
    headers: { 'vestige-restricted-use': 'legal_claims' },
  })),
  'GET /v1/traces/{traceId}': names((owner) => ({ params: { traceId: owner.person.traceId } })),

  'POST /v1/requests': makes((owner) => ({
    json: { type: 'access', receivedAt: new Date().toISOString(), tokens: [owner.person.token] },
  })),
  'GET /v1/requests': lists(),
  'GET /v1/requests/{id}': ofRequest('open'),
  'GET /v1/requests/{id}/plan': ofRequest('open'),
  'POST /v1/requests/{id}/plan': ofRequest('open'),
  'GET /v1/requests/{id}/tasks': ofRequest('open'),
  'POST /v1/requests/{id}/identity': ofRequest('open', () => ({
    result: 'verified',
    method: 'account_login',
    assurance: 'high',
  })),
  'POST /v1/requests/{id}/identity-proofs': names((owner) => ({
    params: { id: owner.requests.undecided },
    query: { kind: 'knowledge', assurance: 'low' },
    body: 'the answer to the question',
    headers: { 'content-type': 'text/plain' },
  })),
  'GET /v1/requests/{id}/identity-proofs': names((owner) => ({ params: { id: owner.requests.undecided } })),
  'GET /v1/requests/{id}/identity-proofs/{proofId}': names((owner) => ({
    params: { id: owner.requests.undecided, proofId: owner.identityProof },
  })),
  'DELETE /v1/requests/{id}/identity-proofs/{proofId}': names((owner) => ({
    params: { id: owner.requests.undecided, proofId: owner.identityProof },
  })),
  'GET /v1/requests/{id}/exemptions': ofRequest('open'),
  'PUT /v1/requests/{id}/exemptions': ofRequest('open', () => ({ items: [] })),
  'POST /v1/requests/{id}/approve': ofRequest('open', (owner) => ({ planHash: owner.requests.openPlanHash })),
  'POST /v1/requests/{id}/refuse': ofRequest('open', () => ({
    code: 'eu-gdpr:JustificationA12ManifestlyUnfounded',
    complaintAuthority: 'the authority',
    judicialRemedyTold: true,
    evidence: 'the same request came every day',
  })),
  'POST /v1/requests/{id}/withdraw': ofRequest('open'),
  'POST /v1/requests/{id}/extend': ofRequest('open', () => ({ code: 'eu-gdpr:JustificationA12Complexity' })),
  'POST /v1/requests/{id}/pause': ofRequest('open', () => ({ reason: 'identity' })),
  'POST /v1/requests/{id}/resume': ofRequest('open'),
  'POST /v1/requests/{id}/hold': ofRequest('open', () => ({ matter: 'a case', reviewAt: '2031-01-01' })),
  'POST /v1/requests/{id}/release': ofRequest('open'),
  'POST /v1/requests/{id}/suspend': ofRequest('open'),
  'POST /v1/requests/{id}/unsuspend': ofRequest('open'),
  'POST /v1/requests/{id}/reopen': ofRequest('erased', (owner) => ({
    tokens: [owner.person.token],
    reason: 'residue',
  })),

  'POST /v1/requests/{id}/acknowledge': ofRequest('open'),
  'GET /v1/requests/{id}/next': ofRequest('open'),
  'GET /v1/requests/{id}/why': ofRequest('open'),
  'POST /v1/requests/{id}/dry-run': ofRequest('open'),
  'GET /v1/requests/{id}/dry-run': ofRequest('open'),

  'POST /v1/tasks/claim': lists(() => ({ json: { stores: ['*'], max: 100, leaseSeconds: 5, worker: 'w-1' } })),
  'POST /v1/tasks/{id}/heartbeat': ofTask(({ task }) => ({ json: { fence: task.fence, leaseSeconds: 600 } })),
  'POST /v1/tasks/{id}/announce': ofTask(({ task }) => ({ json: { fence: task.fence, found: 1 } })),
  'POST /v1/tasks/{id}/result': ofTask(({ task }) => ({ json: resultOf(task) })),
  'POST /v1/tasks/{id}/fail': ofTask(({ task }) => ({
    json: { fence: task.fence, class: 'permanent', code: 'unreachable', message: 'no route' },
  })),
  'PUT /v1/tasks/{id}/data': ofTask(({ task }) => ({
    query: { fence: String(task.fence) },
    body: '{"id":1}\n',
    headers: { 'content-type': 'application/x-ndjson' },
  })),
  'POST /v1/tasks/{id}/exempt': ofTask(() => ({
    json: { code: 'eu-gdpr:JustificationA17LegalClaims', basis: 'a case', reviewAt: '2031-01-01' },
  })),
  'POST /v1/tasks/{id}/retry': ofTask(() => ({})),

  'GET /v1/requests/{id}/recipients': names((owner) => ({ params: { id: owner.restriction } })),
  'POST /v1/requests/{id}/recipients/{party}/notice': ofRecipient({ channel: 'email', sentAt: '2026-01-03T00:00:00Z' }),
  'POST /v1/requests/{id}/recipients/{party}/acknowledgement': ofRecipient({
    acknowledgement: 'completed',
    at: '2026-01-04T00:00:00Z',
  }),
  'POST /v1/requests/{id}/recipients/{party}/excuse': ofRecipient({ code: 'impossible', basis: 'dissolved' }),
  'GET /v1/recipient-notices/again': lists(),
  'GET /v1/recipient-holds': lists(),
  'POST /v1/recipient-holds': makes(() => ({ json: { party: SHARED_PARTY, since: '2026-02-02', matter: 'case 7' } })),
  'POST /v1/recipient-holds/lift': names((owner) => ({ json: { party: owner.recipient, liftedOn: '2031-01-02' } })),
  'POST /v1/delegations/awaited': lists(() => ({ json: { stores: ['*'], max: 100 } })),
  'POST /v1/delegations/{id}/heard': names((owner) => ({
    params: { id: owner.handed },
    json: { heard: 'working', expectedAt: '2031-02-03T00:00:00.000Z' },
  })),
  'GET /v1/opendsr-settings': lists(),
  'PUT /v1/opendsr-settings': makes(() => ({
    json: { hashedIdentities: true, controllerIdentifies: true, callbackHosts: ['controller.example.com'] },
  })),

  'GET /v1/requests/{id}/package': ofRequest('access'),
  'GET /v1/requests/{id}/package/review': ofRequest('access'),
  'POST /v1/requests/{id}/package/sign-off': ofRequest('access', () => ({
    what: 'lineage',
    code: 'incomplete_accepted',
    basis: 'a guess',
  })),
  'POST /v1/requests/{id}/package/link': ofRequest('access', () => ({})),
  'GET /v1/requests/{id}/certificate/page': ofRequest('erased'),
  'GET /v1/requests/{id}/certificate/log-proof': ofRequest('erased'),
  'GET /v1/requests/{id}/certificate': ofRequest('erased'),
  'GET /v1/requests/{id}/rechecks': ofRequest('erased'),
  'GET /v1/requests/{id}/receipts': ofRequest('erased'),
  'POST /v1/requests/{id}/certificate/handover': ofRequest('erased'),
  'GET /v1/certificates/public-key': lists(),

  'GET /v1/request-policy': lists(),
  'PUT /v1/request-policy': makes(() => ({
    json: { singleKeyApproval: false, timeZone: 'Europe/Paris', holidays: null, packageDays: 30 },
  })),
  'GET /v1/request-work': lists(),
  'POST /v1/request-work/pause': makes(() => ({ json: { reason: 'the engine is being moved' } })),
  'POST /v1/request-work/resume': makes(() => ({})),
  'GET /v1/holds': lists(),
  'POST /v1/holds': makes(() => ({ json: { matter: 'a case', reviewAt: '2031-01-01', nodes: ['store:shared/*'] } })),
  'POST /v1/holds/{id}/release': names((owner) => ({ params: { id: owner.hold } })),
  'GET /v1/restrictions': lists(),
  'POST /v1/restrictions/check': lists((owner) => ({ json: { tokens: [owner.person.token], dataUse: 'marketing' } })),
  'POST /v1/restrictions/{requestId}/lift': names((owner) => ({
    params: { requestId: owner.restriction },
    json: { toldOn: new Date().toISOString().slice(0, 10), channel: 'letter', reason: 'settled' },
  })),
  'GET /v1/privacy-notice': lists(),
  'PUT /v1/privacy-notice': makes(() => ({ json: noticeOf('somebody else') })),
  'GET /v1/stores': lists(),
  'PUT /v1/stores': makes(() => ({ json: { id: SHARED_STORE, title: 'somebody else’s', connector: null } })),
  'DELETE /v1/stores': names((owner) => ({ query: { id: owner.spareStore } })),
  'GET /v1/parties': lists(),
  'PUT /v1/parties': makes(() => ({
    json: { id: SHARED_PARTY, legalName: 'Somebody else', role: 'third_party' },
  })),
  'DELETE /v1/parties': names((owner) => ({ query: { id: owner.spareParty } })),
  'GET /v1/node-aliases': lists(),
  'PUT /v1/node-aliases': makes(() => ({ json: { alias: 'store:shared-alias/people', canonical: SHARED_STORE } })),
  'DELETE /v1/node-aliases': names((owner) => ({ query: { alias: owner.alias } })),
  'GET /v1/findings': lists(),
  'POST /v1/findings/{id}/settle': names((owner) => ({ params: { id: owner.finding }, json: { why: 'looked at' } })),
  'GET /v1/retention': lists(),
  'GET /v1/internal-hosts': lists(),
  'PUT /v1/internal-hosts': makes(() => ({ json: { hosts: ['shared.internal'] } })),

  'GET /v1/api-keys': lists(),
  'POST /v1/api-keys': makes(() => ({ json: { name: 'another', role: 'ingest' } })),
  'GET /v1/api-keys/self': lists(),
  // The key of the call itself: what comes last in the test, because the old one ends an hour later.
  'POST /v1/api-keys/self/rotate': makes(() => ({ json: { overlapSeconds: 3_600 } })),
  'POST /v1/api-keys/{keyId}/rotate': names((owner) => ({
    params: { keyId: owner.keyId },
    json: { overlapSeconds: 3_600 },
  })),
  'DELETE /v1/api-keys/{keyId}': names((owner) => ({ params: { keyId: owner.keyId } })),
  'GET /v1/tenants': lists(),
  'GET /v1/tenants/{tenantId}': names((owner) => ({ params: { tenantId: String(owner.tenantId) } })),
  'GET /v1/audit/entries': lists((owner) => ({ query: { limit: '1000', requestId: owner.requests.open } })),
  'GET /v1/audit/checkpoint': lists(),
  'GET /v1/audit/keys': lists(),
  'GET /v1/audit/proof': lists(() => ({ query: { index: '0' } })),
  'GET /v1/audit/consistency': lists(() => ({ query: { from: '1', to: '1' } })),
  'GET /v1/audit/bundle': lists(),
  'GET /v1/audit/status': lists(),
};
