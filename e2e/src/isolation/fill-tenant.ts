import type { ClaimedTask } from '@vestige/core/request/worker-protocol';
import { expect } from 'vitest';
import type { Call } from '../harness/http.ts';
import { personOf, sendTelemetry, type TestPerson } from './spans.ts';
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
  readonly requests: {
    /** An erasure that is being carried out; one of its tasks is leased. */
    readonly open: string;
    readonly openPlanHash: string;
    /** A finished access request with its sealed package. */
    readonly access: string;
    /** A finished erasure with its certificate. */
    readonly erased: string;
  };
  /** A question of who was affected, whose list another key has approved. */
  readonly exposure: string;
  /** A legal hold on a place of its own. */
  readonly hold: string;
  /** A request whose restriction of processing is in force. */
  readonly restriction: string;
  readonly task: Pick<ClaimedTask, 'id' | 'fence' | 'action'>;
  /** What two tenants may both write without knowing of each other. */
  readonly idempotencyKey: string;
}

export const SHARED_PARTY = 'postal-company';
export const SHARED_STORE = 'store:sqlite:shared.db/main.people';
const digest = `sha256:${'a'.repeat(64)}`;
const DONE_MS = 30_000;

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
  await put('/v1/node-aliases', { alias: `store:${word}-alias/people`, canonical: crm });
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
  await sendTelemetry(side, [person, copied, forgotten, restricted], crm);
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

  const planned = async (type: 'access' | 'erasure' | 'restriction', { email }: TestPerson): Promise<string> => {
    const { id } = await post('/v1/requests', {
      type,
      receivedAt: new Date().toISOString(),
      identifiers: [{ type: 'email', value: email }],
    });
    await post(`/v1/requests/${id}/identity`, { result: 'verified', method: 'account_login', assurance: 'high' });
    await post(`/v1/requests/${id}/plan`);
    return id;
  };
  const approved = async (type: 'access' | 'erasure', who: TestPerson) => {
    const id = await planned(type, who);
    const { hash } = await must(side, { method: 'GET', path: `/v1/requests/${id}/plan` });
    await post(`/v1/requests/${id}/approve`, { planHash: hash });
    return { id, planHash: hash as string };
  };
  const restriction = await planned('restriction', restricted);
  const hold = await post('/v1/holds', {
    matter: `${word} 7`,
    reviewAt: '2031-01-01',
    nodes: [`store:${word}-archive/*`],
  });
  const [open, access, erased] = [
    await approved('erasure', person),
    await approved('access', copied),
    await approved('erasure', forgotten),
  ];
  const task = await workUntilDone(side, [executor.key, verifier.key], open.id, [access.id, erased.id]);
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
    requests: { open: open.id, openPlanHash: open.planHash, access: access.id, erased: erased.id },
    hold: hold.id,
    restriction,
    task,
    idempotencyKey,
  };
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
): Promise<ClaimedTask> {
  let lease: ClaimedTask | undefined;
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
        if (task.requestId === held) lease ??= task;
        else await report(worker, task);
      }
    }
    const states = await Promise.all(
      wanted.map(async (id) => (await must(side, { method: 'GET', path: `/v1/requests/${id}` })).state as string),
    );
    if (lease && states.every((state) => state.startsWith('completed'))) return lease;
    if (Date.now() > deadline) {
      const tasks = await Promise.all(
        wanted.map((id) => must(side, { method: 'GET', path: `/v1/requests/${id}/tasks` })),
      );
      throw new Error(`requests are still ${states.join(', ')}: ${JSON.stringify(tasks)}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
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
