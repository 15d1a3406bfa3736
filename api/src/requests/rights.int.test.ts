import { inMemory } from '@vestige/audit-verify/testing/made-log';
import { verifyBundle } from '@vestige/audit-verify/verify-bundle';
import type { ClaimedTask, TaskResult } from '@vestige/core/request/worker-protocol';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { bundleFiles } from '../audit/bundle.ts';
import { keepLog } from '../audit/keep-log.ts';
import { openTestApi, type TestApi } from '../testing/open-test-api.ts';
import { lookOnce, type WorkflowOptions } from './workflow.ts';

/** Rights beside access and erasure, and what stands in the way of work: holds, pauses, deadlines, missing workers. */
const crm = 'store:sqlite:/data/rights.db/main.customers';
const archive = 'store:sqlite:/data/rights.db/main.archive';
const digest = `sha256:${'a'.repeat(64)}`;
const options: WorkflowOptions = { intervalMs: 20 };
const DAY_MS = 86_400_000;

let api: TestApi;
let filer: string;
let officer: string;
let counsel: string;
let worker: string;
let verifier: string;
let people = 0;
/** Time that has passed beside the real one. */
let aheadMs = 0;

beforeAll(async () => {
  api = await openTestApi({ now: () => new Date(Date.now() + aheadMs) });
  filer = await api.bearer(api.acme, 'requests:read', 'requests:write', 'governance:write', 'governance:read');
  officer = await api.bearer(api.acme, 'requests:read', 'requests:approve', 'lineage:read', 'audit:read');
  counsel = await api.bearer(api.acme, 'requests:read', 'requests:approve', 'identify');
  worker = await api.bearer(api.acme, 'tasks:work');
  verifier = await api.bearer(api.acme, 'tasks:verify');
  for (const id of [crm, archive]) {
    expect((await call('PUT', '/v1/stores', { id, title: id, connector: 'sqlite' })).status).toBe(200);
  }
});
afterAll(() => api.close());

async function call(method: string, path: string, json?: unknown, bearer = filer, headers: object = {}) {
  const response = await api.app.request(path, {
    method,
    headers: {
      authorization: `Bearer ${bearer}`,
      'vestige-purpose': 'request of a person',
      ...(json === undefined ? {} : { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(json === undefined ? {} : { body: JSON.stringify(json) }),
  });
  const text = await response.text();
  return { status: response.status, text, body: text.startsWith('{') ? JSON.parse(text) : null };
}

async function newPerson() {
  people += 1;
  const email = `right${people}@example.com`;
  const [token = ''] = api.deps.keyring.tokensFor('acme', 'email', email);
  const [subjectId = ''] = await api.deps.aliases.resolve(api.acme.id, [{ token, atMs: Date.now() - 60_000 }]);
  return { email, token, subjectId };
}

async function identified(type: string, email: string, more: object = {}): Promise<string> {
  const answer = await call('POST', '/v1/requests', {
    type,
    receivedAt: new Date(Date.now() + aheadMs - 1_000).toISOString(),
    identifiers: [{ type: 'email', value: email }],
    ...more,
  });
  expect(answer.status, answer.text).toBe(201);
  const identity = { result: 'verified', method: 'account_login', assurance: 'high' };
  expect((await call('POST', `/v1/requests/${answer.body.id}/identity`, identity)).status).toBe(200);
  return answer.body.id;
}
const planned = async (type: string, email: string, more: object = {}): Promise<string> => {
  const id = await identified(type, email, more);
  expect((await call('POST', `/v1/requests/${id}/plan`)).status).toBe(200);
  return id;
};
const requestOf = async (id: string) => (await call('GET', `/v1/requests/${id}`)).body;
const approve = async (id: string) =>
  call('POST', `/v1/requests/${id}/approve`, { planHash: (await requestOf(id)).planHash }, officer);
const why = async (id: string): Promise<string[]> =>
  (await call('GET', `/v1/requests/${id}/why`)).body.waits.map((wait: { code: string }) => wait.code);
const look = async () => {
  for (let round = 0; round < 50; round += 1) if ((await lookOnce(api.deps, options, 'test')) === 0) return;
};
const claim = async (bearer: string, id: string, actions?: string[]): Promise<ClaimedTask[]> => {
  const given = { stores: ['store:*'], max: 100, leaseSeconds: 60, worker: 'w', ...(actions && { actions }) };
  const { body } = await call('POST', '/v1/tasks/claim', given, bearer);
  return body.tasks.filter((task: ClaimedTask) => task.requestId === id);
};
const report = async (bearer: string, task: ClaimedTask, more: Partial<TaskResult> = {}) => {
  const done = task.action === 'verify' ? 0 : 1;
  const counts = { found: done, erased: task.action === 'erase' ? done : 0, residual: 0 };
  const rest = { method: 'mark', evidenceDigest: digest, searched: true, cannotErase: [] };
  const answer = await call(
    'POST',
    `/v1/tasks/${task.id}/result`,
    { fence: task.fence, ...counts, ...rest, ...more },
    bearer,
  );
  expect(answer.status, answer.text).toBe(200);
};

describe('restriction', () => {
  test('holds from the moment the person is found, for reads, for agents, and until the person was told', async () => {
    const { email, token, subjectId } = await newPerson();
    const id = await planned('restriction', email, { ground: 'vestige:accuracy-contested' });
    const path = `/v1/subjects/${subjectId}`;

    const refused = await call('GET', path, undefined, officer);
    expect(refused).toMatchObject({ status: 403, body: { facts: { reason: 'restricted' } } });
    const use = { 'vestige-restricted-use': 'legal_claims' };
    expect((await call('GET', path, undefined, officer, use)).status).toBe(200);
    const reader = await api.bearer(api.acme, 'lineage:read');
    expect((await call('GET', path, undefined, reader, use)).status).toBe(403);
    expect(JSON.stringify(await api.deps.audit.entries(api.acme.id, { afterIndex: -1, limit: 1_000 }))).toContain(
      'subject.read_refused',
    );
    const check = { tokens: [token], dataUse: 'essential.service' };
    expect((await call('POST', '/v1/restrictions/check', check, counsel)).body).toEqual({
      allowed: false,
      grounds: ['vestige:accuracy-contested'],
    });

    const lift = (toldOn: string) =>
      call('POST', `/v1/restrictions/${id}/lift`, { toldOn, channel: 'letter', reason: 'corrected' }, officer);
    expect((await lift('2020-01-01')).status).toBe(400);
    expect((await lift('2999-01-01')).status).toBe(400);
    expect((await call('GET', path, undefined, reader)).status).toBe(403);
    expect((await lift(new Date(Date.now() + aheadMs).toISOString().slice(0, 10))).status).toBe(200);
    expect((await call('GET', path, undefined, reader)).status).toBe(200);
    expect((await call('POST', '/v1/restrictions/check', check, counsel)).body.allowed).toBe(true);
  });

  test('is carried out by workers that know it, and its verification goes to no other', async () => {
    const { email } = await newPerson();
    const id = await planned('restriction', email);
    await approve(id);
    await look();
    expect(await claim(worker, id, ['erase', 'export', 'search', 'notify'])).toEqual([]);
    const tasks = await claim(worker, id, ['restrict']);
    expect(tasks.map(({ action }) => action)).toEqual(['restrict', 'restrict']);
    for (const task of tasks) await report(worker, task);
    await look();
    expect(await claim(verifier, id, ['verify'])).toEqual([]);
    for (const task of await claim(verifier, id, ['verify', 'restrict'])) {
      expect(task).toMatchObject({ action: 'verify', verifies: 'restrict' });
      await report(verifier, task);
    }
    await look();
    expect((await requestOf(id)).state).toBe('completed');
    // The request has ended; the restriction has not.
    const { items } = (await call('GET', '/v1/restrictions')).body;
    expect(items.map((each: { requestId: string }) => each.requestId)).toContain(id);
  });

  test('once lifted is taken off the rows too: identified anew, planned, approved, carried out and verified', async () => {
    const { email } = await newPerson();
    const id = await planned('restriction', email);
    await approve(id);
    const work = async (action: string) => {
      await look();
      const tasks = await claim(worker, id, [action]);
      expect(tasks.map((task) => task.action)).toEqual([action, action]);
      for (const task of tasks) await report(worker, task);
      await look();
      for (const task of await claim(verifier, id, ['verify', action])) await report(verifier, task);
      await look();
    };
    await work('restrict');
    const reopen = () =>
      call('POST', `/v1/requests/${id}/reopen`, { identifiers: [{ type: 'email', value: email }], reason: 'lifted' });
    expect((await reopen()).status).toBe(409);
    const toldOn = new Date(Date.now() + aheadMs).toISOString().slice(0, 10);
    await call('POST', `/v1/restrictions/${id}/lift`, { toldOn, channel: 'letter', reason: 'corrected' }, officer);
    expect((await reopen()).body).toMatchObject({ state: 'reopened', identity: null });
    await look();
    expect((await requestOf(id)).state).toBe('reopened');
    const identity = { result: 'verified', method: 'account_login', assurance: 'high' };
    await call('POST', `/v1/requests/${id}/identity`, identity);
    await call('POST', `/v1/requests/${id}/plan`);
    expect((await approve(id)).status).toBe(200);
    await work('unrestrict');
    expect((await requestOf(id)).state).toBe('completed');
    const { items } = (await call('GET', '/v1/restrictions')).body;
    expect(items.map((each: { requestId: string }) => each.requestId)).not.toContain(id);
  });

  test('with rows that do not carry the mark afterwards is not done: they are left over, and it is tried again', async () => {
    const { email } = await newPerson();
    const id = await planned('restriction', email);
    await approve(id);
    await look();
    const [task] = await claim(worker, id, ['restrict']);
    if (!task) throw new Error('no task');
    await report(worker, task, { found: 3, residual: 1 });
    await look();
    const stateOf = async () =>
      (await call('GET', `/v1/requests/${id}/tasks`)).body.items.find((each: { id: string }) => each.id === task.id);
    expect(await stateOf()).toMatchObject({ state: 'ready', counts: { found: 3, residual: 1 } });
  });

  test('an objection forbids its purposes and what lies below them, and leaves the rest', async () => {
    const { email, token, subjectId } = await newPerson();
    await planned('objection', email, { ground: 'vestige:direct-marketing', purposes: ['marketing'] });
    const allowed = async (dataUse: string) =>
      (await call('POST', '/v1/restrictions/check', { tokens: [token], dataUse }, counsel)).body.allowed;

    expect(await allowed('marketing.advertising')).toBe(false);
    expect(await allowed('marketingless')).toBe(true);
    expect((await call('GET', `/v1/subjects/${subjectId}`, undefined, officer)).status).toBe(200);
  });
});

test('a rectification hands what is right to the worker, and to nobody else', async () => {
  const { email } = await newPerson();
  const corrections = [{ type: 'user.name', value: 'Ada Example-Lovelace' }];
  const id = await planned('rectification', email, { corrections });
  await approve(id);
  await look();
  const [task] = await claim(worker, id, ['rectify']);
  expect(task).toMatchObject({ action: 'rectify', corrections });
  for (const path of [`/v1/requests/${id}`, `/v1/requests/${id}/plan`, `/v1/requests/${id}/tasks`]) {
    expect((await call('GET', path)).text).not.toContain('Lovelace');
  }
  const trail = await api.deps.audit.entries(api.acme.id, { afterIndex: -1, limit: 1_000, requestId: id });
  expect(JSON.stringify(trail)).not.toContain('Lovelace');
});

test('a rectification that is reopened says anew what is right, because the old words are destroyed', async () => {
  const { email } = await newPerson();
  const corrections = [{ type: 'user.name', value: 'Ada Example-Lovelace' }];
  const id = await planned('rectification', email, { corrections });
  await approve(id);
  await look();
  for (const task of await claim(worker, id, ['rectify'])) await report(worker, task);
  await look();
  for (const task of await claim(verifier, id, ['verify', 'rectify'])) await report(verifier, task);
  await look();
  expect((await requestOf(id)).state).toBe('completed');
  const reopen = (more: object) =>
    call('POST', `/v1/requests/${id}/reopen`, {
      identifiers: [{ type: 'email', value: email }],
      reason: 'residue',
      ...more,
    });
  expect((await reopen({})).status).toBe(400);
  expect((await reopen({ corrections })).status).toBe(200);
});

test('what a type does not know is refused: purposes, corrections, another right’s ground', async () => {
  const { email } = await newPerson();
  const given = {
    receivedAt: new Date(Date.now() - 1_000).toISOString(),
    identifiers: [{ type: 'email', value: email }],
  };
  for (const wrong of [
    { type: 'erasure', purposes: ['marketing'] },
    { type: 'rectification' },
    { type: 'access', corrections: [{ type: 'user.name', value: 'x' }] },
    { type: 'erasure', ground: 'vestige:direct-marketing' },
  ]) {
    expect((await call('POST', '/v1/requests', { ...given, ...wrong })).status, JSON.stringify(wrong)).toBe(400);
  }
});

describe('before the approval', () => {
  test('a dry run counts without erasing, its counts are part of the hash, and an older approval is void', async () => {
    const { email } = await newPerson();
    const id = await planned('erasure', email);
    const { planHash: before } = await requestOf(id);
    expect((await call('POST', `/v1/requests/${id}/dry-run`)).body).toMatchObject({ done: false, irreversible: true });
    const tasks = await claim(worker, id);
    expect(tasks.map(({ action }) => action)).toEqual(['search', 'search']);
    const [first, second] = tasks;
    if (!first || !second) throw new Error('no tasks');
    await report(worker, first, { found: 7 });
    const failure = { fence: second.fence, class: 'retryable', code: 'unreachable', message: 'no route' };
    await call('POST', `/v1/tasks/${second.id}/fail`, failure, worker);
    const half = (await call('GET', `/v1/requests/${id}/dry-run`)).body;
    expect(half).toMatchObject({ done: true });
    expect(half.items).toContainEqual({ node: second.node, state: 'failed', found: null, failure: 'unreachable' });

    await call('POST', `/v1/requests/${id}/dry-run`);
    const again = await claim(worker, id);
    expect(again.map(({ node }) => node)).toEqual([second.node]);
    for (const task of again) await report(worker, task, { found: 2 });
    await call('POST', `/v1/requests/${id}/plan`);
    const plan = (await call('GET', `/v1/requests/${id}/plan`)).body;
    const counted = Object.fromEntries(
      plan.targets.map((target: { node: string; counted: number | null }) => [target.node, target.counted]),
    );
    expect(counted).toMatchObject({ [first.node]: 7, [second.node]: 2 });
    expect(plan.hash).not.toBe(before);
    expect((await call('POST', `/v1/requests/${id}/approve`, { planHash: before }, officer)).status).toBe(409);
    // Counting is no execution: the request can still be taken back, and nothing was handed out to be erased.
    expect((await requestOf(id)).progress).toEqual({});
    expect((await call('POST', `/v1/requests/${id}/withdraw`)).status).toBe(200);
  });

  test('to call a request excessive takes what shows it, and somebody else than filed it', async () => {
    const { email } = await newPerson();
    const both = await api.bearer(api.acme, 'requests:read', 'requests:write', 'requests:approve');
    const { body } = await call(
      'POST',
      '/v1/requests',
      {
        type: 'access',
        receivedAt: new Date(Date.now() - 1_000).toISOString(),
        identifiers: [{ type: 'email', value: email }],
      },
      both,
    );
    const refusal = {
      code: 'eu-gdpr:JustificationA12ManifestlyExcessive',
      complaintAuthority: 'State commissioner',
      judicialRemedyTold: true,
    };
    const path = `/v1/requests/${body.id}/refuse`;
    expect((await call('POST', path, refusal, both)).status).toBe(400);
    const shown = { ...refusal, evidence: 'the fifth of its kind this month' };
    expect((await call('POST', path, shown, both)).body.facts).toMatchObject({ reason: 'four_eyes' });
    expect((await call('POST', path, shown, officer)).body).toMatchObject({
      state: 'refused',
      refusal: { evidence: 'the fifth of its kind this month' },
    });
  });
});

describe('what stands in the way', () => {
  test('a hold on a place stops the tasks there and no others; its release lets them go on', async () => {
    const { email } = await newPerson();
    const id = await planned('erasure', email);
    const placed = { matter: 'case 9', reviewAt: '2031-01-01', nodes: [`${archive.slice(0, -7)}arch*`] };
    const hold = await call('POST', '/v1/holds', placed, officer);
    expect(hold.status, hold.text).toBe(201);
    await approve(id);
    await look();
    expect((await claim(worker, id)).map(({ node }) => node)).toEqual([crm]);
    expect(await why(id)).toContain('held');
    const elsewhere = await call('POST', '/v1/holds', { ...placed, matter: 'x', nodes: ['store:none'] }, officer);
    const { waits } = (await call('GET', `/v1/requests/${id}/why`)).body;
    expect(waits.filter(({ code }: { code: string }) => code === 'held')).toHaveLength(1);
    await call('POST', `/v1/holds/${elsewhere.body.id}/release`, undefined, counsel);
    const release = (bearer: string) => call('POST', `/v1/holds/${hold.body.id}/release`, undefined, bearer);
    expect((await release(officer)).status).toBe(403);
    expect((await release(counsel)).status).toBe(200);
    expect((await claim(worker, id)).map(({ node }) => node)).toEqual([archive]);
    expect((await release(counsel)).status).toBe(409);
  });

  test('a hold on a person stops their erasure before it begins, and nobody else’s', async () => {
    const [held, free] = [await newPerson(), await newPerson()];
    const [heldId, freeId] = [await planned('erasure', held.email), await planned('erasure', free.email)];
    const placed = { matter: 'case 10', reviewAt: '2031-01-01', tokens: [held.token] };
    const hold = await call('POST', '/v1/holds', placed, officer);
    for (const id of [heldId, freeId]) await approve(id);
    await look();
    expect(await requestOf(heldId)).toMatchObject({ state: 'approved', attention: 'held', suppression: null });
    expect(await why(heldId)).toEqual(['held', 'starting']);
    expect((await requestOf(freeId)).state).toBe('executing');
    const access = await planned('access', held.email);
    expect((await requestOf(access)).state).toBe('awaiting_approval');
    await call('POST', `/v1/requests/${access}/withdraw`);
    await call('POST', `/v1/holds/${hold.body.id}/release`, undefined, counsel);
    await look();
    expect((await requestOf(heldId)).state).toBe('executing');
    const nobody = { ...placed, tokens: undefined, identifiers: [{ type: 'email', value: 'nobody@example.com' }] };
    expect((await call('POST', '/v1/holds', nobody, officer)).status).toBe(404);
  });

  test('the brake stops every task, every request says so, and the clock runs on', async () => {
    const { email } = await newPerson();
    const id = await planned('access', email);
    await approve(id);
    await look();
    const { clock } = await requestOf(id);
    await call('POST', '/v1/request-work/pause', { reason: 'the CRM is being restored' }, officer);
    expect(await claim(worker, id)).toEqual([]);
    const stopped = await requestOf(id);
    expect(stopped.overlays.workPaused).toMatchObject({ reason: 'the CRM is being restored' });
    expect(stopped.clock).toEqual(clock);
    expect((await why(id))[0]).toBe('work_paused');
    await call('POST', '/v1/request-work/resume', undefined, officer);
    expect(await claim(worker, id)).toHaveLength(2);
  });

  test('why tells of a place nobody serves, of workers that do not come, and of what was given up', async () => {
    const { email } = await newPerson();
    const id = await planned('erasure', email);
    expect(await why(id)).toEqual(['approval']);
    await approve(id);
    await look();
    expect(await why(id)).toEqual(['upstream']);
    aheadMs += 61_000;
    expect(await why(id)).toEqual(['unclaimed_task', 'upstream']);
    const [task] = await claim(worker, id);
    if (!task) throw new Error('no task');
    expect(await why(id)).toContain('leased_task');
    const failure = { fence: task.fence, class: 'permanent', code: 'missing_table', message: 'no such table' };
    await call('POST', `/v1/tasks/${task.id}/fail`, failure, worker);
    const [first] = (await call('GET', `/v1/requests/${id}/why`)).body.waits;
    expect(first).toMatchObject({ code: 'failed_task', says: 'Given up: missing_table.', nodes: [task.node] });
  });

  test('deadlines that come near are told once each, and a receipt that was not confirmed', async () => {
    const { email } = await newPerson();
    const id = await identified('access', email, { regime: 'ccpa' });
    const told = async () =>
      (await api.deps.findings.findings(api.acme.id, { after: null, limit: 1_000 }))
        .filter(({ details }) => details['requestId'] === id)
        .map(({ type, details, times }) => [type, details['level'] ?? null, times]);
    for (let day = 0; day < 50; day += 1) {
      aheadMs += DAY_MS;
      await api.deps.requests.escalate(api.acme.id, { actor: 'system:workflow', now: api.deps.now() });
      await api.deps.requests.escalate(api.acme.id, { actor: 'system:workflow', now: api.deps.now() });
    }
    expect(await told()).toEqual([
      ['request.unacknowledged', null, 1],
      ['request.deadline', 50, 1],
      ['request.deadline', 75, 1],
      ['request.deadline', 90, 1],
      ['request.deadline', 100, 1],
    ]);
    const trail = await api.deps.audit.entries(api.acme.id, { afterIndex: -1, limit: 1_000, requestId: id });
    expect(trail.filter(({ type }) => type === 'request.deadline')).toHaveLength(4);
    expect((await call('POST', `/v1/requests/${id}/acknowledge`)).body.acknowledgedOn).toMatch(/^\d{4}-/);
    expect((await call('POST', `/v1/requests/${id}/acknowledge`)).status).toBe(409);
  });
});

/** Two programs that share no line: the one that wrote this log, and the one that auditors check it with. */
test.each(['opened', 'withheld'])('the log of all of the above holds for the verifier, payloads %s', async (how) => {
  await keepLog({ ...api.deps, witnesses: [] }, api.acme, 0);
  const { size, note } = (await api.deps.auditLog.checkpoint(api.acme.id)) ?? { size: 0, note: '' };
  const files = new Map<string, Buffer>();
  for await (const { name, content } of bundleFiles(api.deps, api.acme, { size, madeAt: new Date(), subjectIds: [] })) {
    files.set(name, Buffer.from(content));
  }
  for (const [name, content] of files) {
    if (how === 'opened' || !name.startsWith('payloads/')) continue;
    const lines = content.toString().trimEnd().split('\n');
    const withheld = lines.map((line) => ({ index: JSON.parse(line).index, withheld: true }));
    files.set(name, Buffer.from(withheld.map((line) => `${JSON.stringify(line)}\n`).join('')));
  }
  const keys = files.get('vkeys.txt')?.toString() ?? '';
  const verdict = verifyBundle(inMemory(files), { keys, saved: [{ at: 'kept', note }], authorities: [], issuer: null });
  expect(verdict.findings).toEqual([]);
  expect(verdict).toMatchObject({ verdict: 'holds', checked: { requests: expect.toSatisfy((n: number) => n > 10) } });
});
