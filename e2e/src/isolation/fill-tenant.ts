import type { ClaimedTask } from '@vestige/core/request/worker-protocol';
import { expect } from 'vitest';
import type { Call } from '../harness/http.ts';
import { personOf, recipientOf, sendTelemetry, type TestPerson } from './spans.ts';
import type { Side } from './two-tenants.ts';

/** Everything a tenant can have, by the ids that a route can name. */
export interface Filled {
  readonly tenantId: number;
  readonly person: TestPerson;
  readonly subjectId: string;
  readonly setId: string;
  readonly keyId: string;
  readonly crm: string;
  /** Registered by this tenant alone, and named by nothing else, so that it could be deleted. */
  readonly spareStore: string;
  readonly spareParty: string;
  /** Another name of the store, told by this tenant. */
  readonly alias: string;
  /** That two datasets claim one name. */
  readonly finding: string;
  readonly requests: {
    /** An erasure that is being carried out; one of its tasks is leased. */
    readonly open: string;
    readonly openPlanHash: string;
    /** A finished access request with its sealed package. */
    readonly access: string;
    /** A finished erasure with its certificate. */
    readonly erased: string;
    /** A request of which nobody has decided yet whose it is. */
    readonly undecided: string;
  };
  /** What was shown for that request. */
  readonly identityProof: string;
  /** A question of who was affected, whose list another key has approved. */
  readonly exposure: string;
  /** A legal hold on a place of its own. */
  readonly hold: string;
  /** A request whose restriction of processing is in force. */
  readonly restriction: string;
  /** Whom that request has to be told to. */
  readonly recipient: string;
  /** A task of the open erasure that the same company has been handed. */
  readonly handed: string;
  readonly task: Pick<ClaimedTask, 'id' | 'fence' | 'action'>;
  /** What two tenants may both write without knowing of each other. */
  readonly idempotencyKey: string;
}

export const SHARED_PARTY = 'postal-company';
export const SHARED_STORE = 'store:sqlite:shared.db/main.people';
const digest = `sha256:${'a'.repeat(64)}`;
const DONE_MS = 240_000;

const must = async (side: Side, call: Call) => {
  const answer = await side.call(call);
  expect(answer.status, `${call.method} ${call.path}: ${answer.text}`).toBeLessThan(300);
  return answer.json;
};

/** What both tenants have: telemetry about a person, and registry entries whose ids the other one uses too. */
export async function register(side: Side): Promise<void> {
  const { word } = side;
  await must(side, {
    method: 'PUT',
    path: '/v1/parties',
    json: { id: SHARED_PARTY, legalName: `Post of ${word}`, role: 'processor', country: 'DE', hosts: ['post.example'] },
  });
  await must(side, { method: 'PUT', path: '/v1/privacy-notice', json: noticeOf(word) });
  for (const [id, partyId] of [
    [SHARED_STORE, SHARED_PARTY],
    [`store:sqlite:${word}.db/main.people`, null],
    [`store:duckdb:${word}.duckdb/main.people`, null],
  ]) {
    await must(side, {
      method: 'PUT',
      path: '/v1/stores',
      json: { id, title: `CRM of ${word}`, partyId, connector: 'sqlite', identifierTypes: ['email'] },
    });
  }
}

/** A controller's notice that declares none of its stores. */
export const noticeOf = (word: string) => ({
  controller: { legalName: `${word} Ltd`, contact: 'by post' },
  authority: { name: 'the authority', url: 'https://authority.example/' },
  purposes: [],
  automatedDecisions: [],
});

/** Fills the tenant through the front doors alone: collector, API and worker protocol. */
export async function fillTenant(side: Side): Promise<Filled> {
  const { word } = side;
  const crm = `store:sqlite:${word}.db/main.people`;
  const spareStore = `store:sqlite:${word}.db/main.spare`;
  const spareParty = `${word}-mail`;
  await register(side);
  const put = (path: string, json: unknown) => must(side, { method: 'PUT', path, json });
  const post = (path: string, json: unknown = {}, headers = {}) => must(side, { method: 'POST', path, json, headers });
  await put('/v1/parties', { id: spareParty, legalName: `${word} Mail`, role: 'processor', country: 'DE' });
  const alias = `store:${word}-alias/people`;
  await put('/v1/node-aliases', { alias, canonical: crm });
  await put('/v1/internal-hosts', { hosts: [`${word}.internal`] });
  await put('/v1/request-policy', {
    singleKeyApproval: true,
    timeZone: 'Pacific/Chatham',
    holidays: ['2031-12-24'],
    packageDays: 17,
  });
  const executor = await post('/v1/api-keys', { name: `${word} worker`, role: 'worker' });
  const verifier = await post('/v1/api-keys', { name: `${word} verifier`, role: 'verifier' });

  const [person, copied, forgotten, restricted] = [
    personOf(side, 'nora.quist'),
    personOf(side, 'ivo.brand'),
    personOf(side, 'lea.stern'),
    personOf(side, 'kim.sand'),
  ];
  await sendTelemetry(side, [person, copied, forgotten, restricted], crm, [person, restricted]);
  // Spans are acknowledged when they are in the collector's log; the store has them a moment later.
  for (const { token } of [person, copied, forgotten, restricted]) await stored(side, token);
  const { subjectId } = await post('/v1/subjects/resolve', { tokens: [person.token] });
  const other = personOf(side, 'nora.q');
  await post('/v1/aliases', {
    action: 'link',
    tokens: [person.token, other.token],
    kind: 'operator',
    evidence: `${word} 9`,
  });
  const exposure = await post('/v1/exposure', {
    node: crm,
    from: new Date(Date.now() - 86_400_000).toISOString(),
    to: new Date().toISOString(),
  });
  const approver = await post('/v1/api-keys', {
    name: `${word} approver`,
    role: 'approver',
    person: `${word}-dpo`,
  });
  await post(`/v1/exposure/${exposure.id}/approve`, {}, { authorization: `Bearer ${approver.key}` });
  const idempotencyKey = 'monthly-mailing';
  const set = await post('/v1/subject-sets', { tokens: [person.token] }, { 'idempotency-key': idempotencyKey });

  const planned = async (
    type: 'access' | 'portability' | 'erasure' | 'restriction',
    { email }: TestPerson,
  ): Promise<string> => {
    const { id } = await post('/v1/requests', {
      type,
      receivedAt: new Date().toISOString(),
      identifiers: [{ type: 'email', value: email }],
    });
    await post(`/v1/requests/${id}/identity`, { result: 'verified', method: 'account_login', assurance: 'high' });
    await post(`/v1/requests/${id}/plan`);
    return id;
  };
  const approved = async (type: 'access' | 'portability' | 'erasure', who: TestPerson) => {
    const id = await planned(type, who);
    const { hash } = await must(side, { method: 'GET', path: `/v1/requests/${id}/plan` });
    await post(`/v1/requests/${id}/approve`, { planHash: hash });
    return { id, planHash: hash as string };
  };
  const recipient = recipientOf(side);
  await put('/v1/stores', {
    id: `recipient:${recipient}`,
    title: `Post of ${word}`,
    connector: 'opendsr',
    identifierTypes: ['email'],
  });
  const restriction = await planned('restriction', restricted);
  const told = `/v1/requests/${restriction}/recipients/${recipient}`;
  await post('/v1/recipient-holds', { party: recipient, since: '2026-01-02', matter: `${word} 8` });
  await post(`${told}/notice`, { channel: 'email', sentAt: '2026-01-03T00:00:00Z' });
  await post('/v1/recipient-holds/lift', { party: recipient, liftedOn: '2026-01-04' });
  // Told before, so it has to be told again; and under another order now.
  await post('/v1/recipient-holds', { party: recipient, since: '2026-01-05', matter: `${word} 9` });
  await put('/v1/opendsr-settings', {
    hashedIdentities: false,
    controllerIdentifies: false,
    callbackHosts: [`controller.${word}.example`],
  });
  const hold = await post('/v1/holds', {
    matter: `${word} 7`,
    reviewAt: '2031-01-01',
    nodes: [`store:${word}-archive/*`],
  });
  const [open, access, taken, erased] = [
    await approved('erasure', person),
    await approved('access', copied),
    await approved('portability', copied),
    await approved('erasure', forgotten),
  ];
  const { task, handed } = await workUntilDone(side, [executor.key, verifier.key], open.id, [
    access.id,
    taken.id,
    erased.id,
  ]);
  await post(`/v1/requests/${access.id}/package/link`);
  const undecided = await post('/v1/requests', {
    type: 'access',
    receivedAt: new Date().toISOString(),
    identifiers: [{ type: 'email', value: personOf(side, 'uma.lind').email }],
  });
  const shown = await must(side, {
    method: 'POST',
    path: `/v1/requests/${undecided.id}/identity-proofs?kind=knowledge&assurance=low`,
    body: `what ${word} asked`,
    headers: { 'content-type': 'text/plain' },
  });
  // Registered last: a store without a connector or a mapping would be one more target of the requests above.
  await put('/v1/stores', { id: spareStore, title: `${word} spare`, partyId: null });
  return {
    tenantId: side.tenant.id,
    person,
    subjectId,
    setId: set.id,
    keyId: executor.id,
    crm,
    exposure: exposure.id,
    spareStore,
    spareParty,
    alias,
    finding: await found(side),
    requests: {
      open: open.id,
      openPlanHash: open.planHash,
      access: access.id,
      erased: erased.id,
      undecided: undecided.id,
    },
    identityProof: shown.id,
    hold: hold.id,
    restriction,
    recipient,
    handed,
    task,
    idempotencyKey,
  };
}

/** The contradiction among what was sent; it is written down once its span is stored. */
async function found(side: Side): Promise<string> {
  const deadline = Date.now() + DONE_MS;
  for (;;) {
    const { items } = await must(side, { method: 'GET', path: '/v1/findings?type=node_alias.conflict' });
    if (items.length > 0) return items[0].id;
    if (Date.now() > deadline) throw new Error('nobody found that two datasets claim one name');
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

async function stored(side: Side, token: string): Promise<void> {
  const deadline = Date.now() + DONE_MS;
  for (;;) {
    const found = await must(side, { method: 'POST', path: '/v1/subjects/resolve', json: { tokens: [token] } });
    const person =
      found.subjectId && (await must(side, { method: 'GET', path: `/v1/subjects/${found.subjectId}/lineage` }));
    if (person?.residency.length > 0) return;
    if (Date.now() > deadline) throw new Error('the spans never reached the store');
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** Does what deletion jobs do for all requests but one, and takes a lease on a task of that one. */
async function workUntilDone(
  side: Side,
  keys: readonly [executor: string, verifier: string],
  held: string,
  wanted: readonly string[],
): Promise<{ task: ClaimedTask; handed: string }> {
  let lease: ClaimedTask | undefined;
  let handed: string | undefined;
  const deadline = Date.now() + DONE_MS;
  for (;;) {
    for (const key of keys) {
      const worker = (call: Call) =>
        side.call({ ...call, headers: { authorization: `Bearer ${key}`, ...call.headers } });
      const claimed = await worker({
        method: 'POST',
        path: '/v1/tasks/claim',
        json: { stores: ['*'], max: 50, leaseSeconds: 600, worker: `${side.word}-1` },
      });
      for (const task of claimed.json.tasks as ClaimedTask[]) {
        if (task.requestId !== held) await report(worker, task);
        else if (task.node.startsWith('recipient:')) handed = await handOver(side, worker, task);
        else lease ??= task;
      }
    }
    const states = await Promise.all(
      wanted.map(async (id) => {
        const request = await must(side, { method: 'GET', path: `/v1/requests/${id}` });
        if (request.attention === 'package_needs_sign_off') await signOff(side, id);
        return request.state as string;
      }),
    );
    if (lease && handed && states.every((state) => state.startsWith('completed'))) return { task: lease, handed };
    if (Date.now() > deadline) {
      const tasks = await Promise.all(
        wanted.map((id) => must(side, { method: 'GET', path: `/v1/requests/${id}/tasks` })),
      );
      throw new Error(`requests are still ${states.join(', ')}: ${JSON.stringify(tasks)}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** Lets a copy go out although the notice says nothing of its stores. */
async function signOff(side: Side, id: string): Promise<void> {
  const { openPoints } = await must(side, { method: 'GET', path: `/v1/requests/${id}/package/review` });
  for (const { what, signedOff } of openPoints as { what: string; signedOff: object | null }[]) {
    if (signedOff !== null) continue;
    const json = { what, code: 'incomplete_accepted', basis: `${side.word} has no notice yet` };
    await must(side, { method: 'POST', path: `/v1/requests/${id}/package/sign-off`, json });
  }
}

/** The outside company has the work now, and says nothing yet. */
async function handOver(side: Side, worker: Side['call'], { id, fence }: ClaimedTask): Promise<string> {
  const result = await worker({
    method: 'POST',
    path: `/v1/tasks/${id}/result`,
    json: {
      ...resultOf({ fence, action: 'notify' }),
      method: 'opendsr',
      searched: false,
      handed: {
        channel: 'opendsr',
        processor: recipientOf(side),
        baseUrl: `https://${recipientOf(side)}/v2`,
        reference: id,
        expectedAt: '2031-01-02T00:00:00.000Z',
        callbackUrl: null,
      },
    },
  });
  expect(result.status, result.text).toBe(200);
  return id;
}

async function report(worker: Side['call'], task: ClaimedTask): Promise<void> {
  if (task.action === 'export') {
    const data = await worker({
      method: 'PUT',
      path: `/v1/tasks/${task.id}/data?fence=${task.fence}`,
      body: '{"id":1}\n',
      headers: { 'content-type': 'application/x-ndjson' },
    });
    expect(data.status, data.text).toBe(200);
  }
  const result = await worker({ method: 'POST', path: `/v1/tasks/${task.id}/result`, json: resultOf(task) });
  expect(result.status, result.text).toBe(200);
}

/** A valid report, for the worker that holds the task and for the stranger who does not. */
export function resultOf({ fence, action }: Pick<ClaimedTask, 'fence' | 'action'>): Record<string, unknown> {
  return {
    fence,
    found: action === 'verify' ? 0 : 1,
    erased: action === 'erase' ? 1 : 0,
    residual: 0,
    method: action === 'erase' ? 'delete' : 'count',
    evidenceDigest: digest,
    searched: true,
    cannotErase: [],
  };
}
