import { createPublicKey, randomUUID } from 'node:crypto';
import { isValid, verifyCertificate } from '@vestige/core/certificate/verify';
import type { Residency } from '@vestige/core/lineage/answer';
import type { ClaimedTask, TaskResult } from '@vestige/core/request/worker-protocol';
import { tagged } from '@vestige/store/events/testing/spans';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openTestApi, type TestApi } from '../testing/open-test-api.ts';
import type { ReadLineage } from './person-lineage.ts';
import { entriesOf } from './testing/unzip.ts';
import { lookOnce, startWorkflow, type WorkflowOptions } from './workflow.ts';

const crm = 'store:sqlite:/data/crm.db/main.customers';
const warehouse = 'store:duckdb:/data/wh.db/main.customers';
const digest = `sha256:${'a'.repeat(64)}`;
const OWN = ['vestige:aliases', 'vestige:telemetry'];

interface RequestBody {
  id: string;
  state: string;
  planHash: string | null;
  attention: string | null;
  progress: Record<string, number>;
}
interface TaskBody {
  id: string;
  node: string;
  state: string;
  fence: number;
  failure: { code: string } | null;
  executedBy: string | null;
  verifiedBy: string | null;
}

let api: TestApi;
let filer: string;
let officer: string;
let worker: string;
let verifier: string;
let people = 0;

beforeAll(async () => {
  api = await openTestApi();
  filer = await api.bearer(
    api.acme,
    'requests:read',
    'requests:write',
    'requests:export',
    'governance:write',
    'admin',
    'audit:read',
  );
  officer = await api.bearer(api.acme, 'requests:read', 'requests:approve', 'requests:export');
  worker = await api.bearer(api.acme, 'tasks:work');
  verifier = await api.bearer(api.acme, 'tasks:verify');
  for (const [id, connector] of [
    [crm, 'sqlite'],
    [warehouse, 'duckdb'],
  ] as const) {
    const store = {
      id,
      title: id,
      partyId: null,
      connector,
      retentionDays: 30,
      backupRetentionDays: 7,
      identifierTypes: ['email'],
    };
    expect((await call('PUT', '/v1/stores', store)).status).toBe(200);
  }
});
afterAll(() => api.close());

async function call(method: string, path: string, json?: unknown, bearer = filer) {
  const response = await api.app.request(path, {
    method,
    headers: {
      authorization: `Bearer ${bearer}`,
      'vestige-purpose': 'request of a person',
      ...(json === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(json === undefined ? {} : { body: JSON.stringify(json) }),
  });
  const bytes = new Uint8Array(await response.arrayBuffer());
  const isJson = response.headers.get('content-type')?.includes('json');
  return {
    status: response.status,
    headers: response.headers,
    bytes,
    body: isJson ? JSON.parse(Buffer.from(bytes).toString()) : null,
  };
}

const at = '2026-06-01T10:00:00.000Z';
const held = (store: string): Residency => ({
  store,
  records: 1,
  state: 'held',
  confidence: 'declared',
  lastWrite: at,
  lastDelete: null,
  retentionUntil: null,
});
/** A person's lineage as a test says it is. */
const lineageSaying =
  (stores: () => string[]): ReadLineage =>
  async (_deps, _tenant, subjectId) => ({
    answer: {
      subjectId,
      window: { from: null, to: null, asOf: null },
      nodes: [],
      edges: [],
      residency: stores().map(held),
      recipients: [],
      completeness: {
        complete: true,
        statement: '',
        watermarks: [],
        rejectedSpans: 0,
        orphanSpans: 0,
        unattributedTouches: 0,
        unregisteredStores: [],
        truncated: false,
      },
    },
    refsByStore: new Map(),
  });

let seen: string[] = [crm, warehouse];
const options: WorkflowOptions = { intervalMs: 20, readLineage: lineageSaying(() => seen) };
/** Looks until nothing moves by itself. */
const look = async (from: WorkflowOptions = options) => {
  for (let round = 0; round < 50; round += 1) {
    if ((await lookOnce(api.deps, from, `test-${randomUUID()}`)) === 0) return;
  }
};

const emailOf = (n: number) => `person${n}@example.com`;
async function newPerson() {
  people += 1;
  const email = emailOf(people);
  const [token] = api.deps.keyring.tokensFor('acme', 'email', email);
  const nowNs = BigInt(Date.now() - 60_000) * 1_000_000n;
  const [subjectId] = await api.deps.aliases.resolve(api.acme.id, [{ token: token ?? '', atMs: Date.now() - 60_000 }]);
  await api.deps.events.append(api.acme.id, {
    spans: [
      tagged([subjectId ?? ''], {
        startNs: nowNs,
        endNs: nowNs + 1_000_000n,
        touches: [{ peer: crm, action: 'write', rule: 'test' }],
      }),
    ],
  });
  return { email, token: token ?? '', subjectId: subjectId ?? '' };
}

async function filed(type: 'access' | 'erasure', email: string): Promise<RequestBody> {
  const answer = await call('POST', '/v1/requests', {
    type,
    receivedAt: new Date(Date.now() - 1_000).toISOString(),
    identifiers: [{ type: 'email', value: email }],
  });
  expect(answer.status).toBe(201);
  return answer.body;
}
const requestOf = async (id: string): Promise<RequestBody> => (await call('GET', `/v1/requests/${id}`)).body;
const tasksOf = async (id: string): Promise<TaskBody[]> => (await call('GET', `/v1/requests/${id}/tasks`)).body.items;
const identify = (id: string) =>
  call('POST', `/v1/requests/${id}/identity`, { result: 'verified', method: 'account_login', assurance: 'high' });
const approve = async (id: string) => {
  const { planHash } = await requestOf(id);
  return call('POST', `/v1/requests/${id}/approve`, { planHash }, officer);
};
async function begun(type: 'access' | 'erasure', email: string): Promise<string> {
  const { id } = await filed(type, email);
  await identify(id);
  await look();
  expect((await approve(id)).status).toBe(200);
  await look();
  return id;
}

async function claim(bearer: string, requestId: string, { leaseSeconds = 60 } = {}): Promise<ClaimedTask[]> {
  const body = { stores: ['*'], max: 100, leaseSeconds, worker: 'w1' };
  const tasks: ClaimedTask[] = (await call('POST', '/v1/tasks/claim', body, bearer)).body.tasks;
  return tasks.filter((task) => task.requestId === requestId);
}
const resultOf = (task: Pick<ClaimedTask, 'action' | 'fence'>, more: Partial<TaskResult> = {}): TaskResult => ({
  fence: task.fence,
  found: task.action === 'verify' ? 0 : 2,
  erased: task.action === 'erase' ? 2 : 0,
  residual: 0,
  method: task.action === 'erase' ? 'delete' : 'count',
  evidenceDigest: digest,
  searched: true,
  cannotErase: task.action === 'erase' ? ['backups'] : [],
  ...more,
});
const report = (bearer: string, task: ClaimedTask, more: Partial<TaskResult> = {}) =>
  call('POST', `/v1/tasks/${task.id}/result`, resultOf(task, more), bearer);

const executionsOf = async (id: string, taskId: string): Promise<number> => {
  const receipts = await api.deps.requests.receipts(api.acme.id, id);
  return receipts.filter((each) => each.taskId === taskId && each.phase === 'execute').length;
};

/** Workers and verifiers do their part until the request has ended. */
async function work(id: string): Promise<RequestBody> {
  const deadline = Date.now() + 30_000;
  while (Date.now() < deadline) {
    await look();
    for (const bearer of [worker, verifier]) {
      for (const task of await claim(bearer, id)) {
        if (task.action === 'export') {
          const rows = '{"id":1,"note":"=cmd()"}\n{"id":2,"note":"<script>"}\n';
          const sent = await api.app.request(`/v1/tasks/${task.id}/data?fence=${task.fence}`, {
            method: 'PUT',
            headers: { authorization: `Bearer ${bearer}`, 'content-type': 'application/x-ndjson' },
            body: rows,
          });
          expect(sent.status).toBe(200);
        }
        expect((await report(bearer, task)).status).toBe(200);
      }
    }
    const request = await requestOf(id);
    if (/completed|blocked/.test(request.state)) return request;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return requestOf(id);
}

describe('erasure', () => {
  test('goes from filing to a certificate that anyone can check, and leaves nothing of ours behind', async () => {
    const { email, token, subjectId } = await newPerson();
    const id = await begun('erasure', email);
    expect((await requestOf(id)).state).toBe('executing');

    const done = await work(id);
    expect(done.state).toBe('completed');
    const tasks = await tasksOf(id);
    expect(tasks.map((task) => task.node).sort()).toEqual([crm, warehouse, ...OWN].sort());
    expect(tasks.every((task) => task.executedBy !== task.verifiedBy)).toBe(true);

    const certificate = await call('GET', `/v1/requests/${id}/certificate`);
    const { publicKey } = (await call('GET', '/v1/certificates/public-key')).body;
    const checks = verifyCertificate(certificate.bytes, createPublicKey(publicKey));
    expect(checks.filter((check) => !check.ok)).toEqual([]);
    expect(isValid(checks)).toBe(true);
    const text = Buffer.from(certificate.bytes).toString();
    for (const personal of [email, token, subjectId]) expect(text).not.toContain(personal);
    const levels = certificate.body.targets.map(({ node, verification }: Record<string, string>) => [
      node,
      verification,
    ]);
    // Each says no more than how it was looked at: aliases by the login that deleted them.
    expect(Object.fromEntries(levels)).toEqual({
      [crm]: 'V2',
      [warehouse]: 'V2',
      'vestige:telemetry': 'V3',
      'vestige:aliases': 'V1',
    });
    expect(certificate.body.targets.find((target: { node: string }) => target.node === crm)).toMatchObject({
      verification: 'V2',
      cannotErase: ['backups'],
      backupHorizon: expect.stringMatching(/^\d{4}-/),
    });

    const handed = await call('POST', `/v1/requests/${id}/certificate/handover`, undefined, officer);
    const opening = { nonce: Buffer.from(handed.body.nonce, 'base64url'), subjectId: handed.body.subjectId };
    expect(isValid(verifyCertificate(certificate.bytes, createPublicKey(publicKey), opening))).toBe(true);
    expect((await call('POST', `/v1/requests/${id}/certificate/handover`, undefined, officer)).status).toBe(404);

    expect(await api.deps.aliases.canonical(api.acme.id, subjectId)).toBeNull();
    expect(await api.deps.verifier.countSubject(api.acme.id, [subjectId])).toBe(0);
    expect(await api.deps.events.subjectSummary(api.acme.id, [subjectId])).toBeNull();
    expect(await api.deps.aliases.resolve(api.acme.id, [{ token, atMs: Date.now() - 60_000 }])).toEqual(['suppressed']);
    expect(await api.deps.requests.selectors(api.acme.id, id)).toEqual({ identifiers: [], tokens: [] });
    const { items } = (await call('GET', `/v1/audit/entries?requestId=${id}&limit=1000`)).body;
    expect(JSON.stringify(items)).not.toContain(subjectId);
    expect(api.logged()).not.toContain(email);
  });

  test('of a person with three linked ids announces each alias once, and reports every one', async () => {
    const linked = [await newPerson(), await newPerson(), await newPerson()] as const;
    const [first, ...others] = linked;
    for (const { token } of others) {
      const link = { action: 'link', tokens: [first.token, token], kind: 'operator', evidence: 'ticket 9' } as const;
      const draft = { type: 'alias.linked', actor: 'system:test', object: { kind: 'subject', id: '-' } };
      await api.deps.aliases.link(api.acme.id, link, draft);
    }
    const id = await begun('erasure', first.email);
    expect((await work(id)).state).toBe('completed');
    const trail = await api.deps.audit.entries(api.acme.id, { afterIndex: -1, limit: 1_000, requestId: id });
    const aliases = (await tasksOf(id)).find(({ node }) => node === 'vestige:aliases');
    const announced = trail.filter(({ type, object }) => type === 'task.announce' && object?.id === aliases?.id);
    expect(announced.map(({ payload }) => payload)).toMatchObject([{ found: 3 }]);
    const { targets } = (await call('GET', `/v1/requests/${id}/certificate`)).body;
    expect(targets.filter((target: { unreported?: number }) => target.unreported !== undefined)).toEqual([]);
  });

  test('certifies of a place exempted in the middle how much had been found there', async () => {
    const { email } = await newPerson();
    const id = await begun('erasure', email);
    const claimed = await claim(worker, id);
    const task = claimed.find(({ node }) => node === crm);
    if (!task) throw new Error('no task');
    for (const other of claimed) if (other !== task) await report(worker, other);
    const announcement = { fence: task.fence, found: 40 };
    expect((await call('POST', `/v1/tasks/${task.id}/announce`, announcement, worker)).status).toBe(200);
    const failure = { fence: task.fence, class: 'permanent', code: 'store_refused', message: 'refused' };
    await call('POST', `/v1/tasks/${task.id}/fail`, failure, worker);
    const exemption = { code: 'eu-gdpr:JustificationA17LegalClaims', basis: 'case 12 is open', reviewAt: '2027-06-01' };
    expect((await call('POST', `/v1/tasks/${task.id}/exempt`, exemption, officer)).status).toBe(200);
    expect((await work(id)).state).toBe('completed_with_exceptions');
    const certificate = await call('GET', `/v1/requests/${id}/certificate`);
    const { publicKey } = (await call('GET', '/v1/certificates/public-key')).body;
    expect(isValid(verifyCertificate(certificate.bytes, createPublicKey(publicKey)))).toBe(true);
    const target = certificate.body.targets.find(({ node }: { node: string }) => node === crm);
    expect(target).toMatchObject({ result: 'exempt', found: 40, erased: 0 });
  });

  test('is refused to the key that filed it, and to a hash that is not the plan’s', async () => {
    const { email } = await newPerson();
    const { id } = await filed('erasure', email);
    await identify(id);
    await look();
    const { planHash } = await requestOf(id);
    const both = await api.bearer(api.acme, 'requests:write', 'requests:approve', 'requests:read');
    const own = await call(
      'POST',
      '/v1/requests',
      {
        type: 'erasure',
        receivedAt: new Date(Date.now() - 1_000).toISOString(),
        identifiers: [{ type: 'email', value: emailOf(people) }],
      },
      both,
    );
    const identity = { result: 'verified', method: 'account_login', assurance: 'high' };
    await call('POST', `/v1/requests/${own.body.id}/identity`, identity, both);
    expect((await call('POST', `/v1/requests/${id}/approve`, { planHash: digest }, officer)).body.code).toBe(
      'plan_changed',
    );
    expect((await call('POST', `/v1/requests/${id}/approve`, { planHash }, officer)).status).toBe(200);
    await look();
    // The second request about the same person is a duplicate of the one under way.
    expect((await requestOf(own.body.id)).state).toBe('duplicate');
    const early = await call('POST', `/v1/requests/${id}/reopen`, {
      tokens: [api.deps.keyring.tokensFor('acme', 'email', email)[0]],
      reason: 'residue',
    });
    expect(early).toMatchObject({ status: 409, body: { code: 'illegal_transition' } });
    expect(early.body.facts.legal).toContain('hold');
    expect((await work(id)).state).toBe('completed');
  });

  test('a place that turns up between approval and start voids the approval', async () => {
    const { email } = await newPerson();
    const { id } = await filed('erasure', email);
    await identify(id);
    await look();
    const before = await requestOf(id);
    seen = [crm, warehouse, 'store:postgres://db:5432/late.public.t'];
    await approve(id);
    await look();
    const after = await requestOf(id);
    const plan = (await call('GET', `/v1/requests/${id}/plan`)).body;
    expect(plan).toMatchObject({ hash: after.planHash, unserved: ['store:postgres://db:5432/late.public.t'] });
    seen = [crm, warehouse];
    expect(after).toMatchObject({ state: 'awaiting_approval', attention: 'plan_grew' });
    expect(after.planHash).not.toBe(before.planHash);
    expect((await call('POST', `/v1/requests/${id}/approve`, { planHash: before.planHash }, officer)).status).toBe(409);

    // Approved again, it runs until the unregistered place is all that is left; then a person has to act.
    seen = [crm, warehouse, 'store:postgres://db:5432/late.public.t'];
    expect((await approve(id)).status).toBe(200);
    expect((await work(id)).state).toBe('blocked');
    const stuck = (await tasksOf(id)).find((task) => task.node.includes('late'));
    expect(stuck?.state).toBe('blocked');
    expect((await call('GET', `/v1/requests/${id}/certificate`)).status).toBe(404);
    const exemption = { code: 'eu-gdpr:JustificationA17LegalClaims', basis: 'case 12 is open', reviewAt: '2027-06-01' };
    expect((await call('POST', `/v1/tasks/${stuck?.id}/exempt`, exemption, officer)).status).toBe(200);
    expect((await work(id)).state).toBe('completed_with_exceptions');
    seen = [crm, warehouse];
  });

  test('a worker that dies is followed by another, the task finishes once, and the zombie changes nothing', async () => {
    const { email } = await newPerson();
    const id = await begun('erasure', email);
    const [zombie] = await claim(worker, id, { leaseSeconds: 5 });
    if (!zombie) throw new Error('no task');
    await new Promise((resolve) => setTimeout(resolve, 5_200));
    const heirKey = await api.bearer(api.acme, 'tasks:work');
    const heirs = await claim(heirKey, id);
    const heir = heirs.find((task) => task.id === zombie.id);
    if (!heir) throw new Error('nobody took over');
    expect(heir.fence).toBeGreaterThan(zombie.fence);
    expect((await report(worker, zombie)).body.code).toBe('fence_lost');
    expect(await executionsOf(id, zombie.id)).toBe(0);
    for (const task of heirs) expect((await report(heirKey, task)).status).toBe(200);
    expect((await report(worker, zombie)).body.code).toBe('fence_lost');
    expect((await work(id)).state).toBe('completed');
    expect(await executionsOf(id, zombie.id)).toBe(1);
  });

  test('what a verifier still finds goes back to the worker until it is gone', async () => {
    const { email } = await newPerson();
    const id = await begun('erasure', email);
    for (const task of await claim(worker, id)) await report(worker, task);
    await look();
    for (const check of await claim(verifier, id)) {
      expect((await report(verifier, check, { found: 1, residual: 1 })).body.state).toBe('residual');
    }
    expect((await work(id)).state).toBe('completed');
  });

  test('several processes at once, killed and repeated at random, finish it exactly once', async () => {
    const { email } = await newPerson();
    const { id } = await filed('erasure', email);
    await identify(id);
    const workflows = [0, 1, 2].map(() => startWorkflow(api.deps, options));
    try {
      await expect.poll(async () => (await requestOf(id)).state, { timeout: 10_000 }).toBe('awaiting_approval');
      await approve(id);
      await expect.poll(async () => (await requestOf(id)).state, { timeout: 10_000 }).toBe('executing');
      expect((await work(id)).state).toBe('completed');
    } finally {
      await Promise.all(workflows.map((workflow) => workflow.close()));
    }
    const { items } = (await call('GET', `/v1/audit/entries?requestId=${id}&limit=1000`)).body as {
      items: { type: string }[];
    };
    for (const once of ['request.plan', 'request.start', 'request.complete', 'request.suppression_done']) {
      expect(
        items.filter((entry) => entry.type === once),
        once,
      ).toHaveLength(1);
    }
    const receipts = await api.deps.requests.receipts(api.acme.id, id);
    expect(receipts.filter((each) => each.node === 'vestige:telemetry' && each.phase === 'execute')).toHaveLength(1);
  });

  test('a person nobody knows is searched for all the same, and the answer is certified', async () => {
    const id = await begun('erasure', 'nobody.knows@example.com');
    for (let round = 0; round < 20; round += 1) {
      await look();
      for (const bearer of [worker, verifier]) {
        for (const task of await claim(bearer, id)) await report(bearer, task, { found: 0, erased: 0 });
      }
    }
    expect((await requestOf(id)).state).toBe('completed');
    expect((await tasksOf(id)).map((task) => task.state)).toEqual([
      'no_data_found',
      'no_data_found',
      'no_data_found',
      'no_data_found',
    ]);
    const certificate = await call('GET', `/v1/requests/${id}/certificate`);
    const key = createPublicKey((await call('GET', '/v1/certificates/public-key')).body.publicKey);
    expect(isValid(verifyCertificate(certificate.bytes, key))).toBe(true);
  });

  test('waits for the sealed copy of an access request of the same person', async () => {
    const { email } = await newPerson();
    const access = await begun('access', email);
    const erasure = await begun('erasure', email);
    expect(await requestOf(erasure)).toMatchObject({ state: 'approved', attention: 'unsealed_access' });
    expect((await work(access)).state).toBe('completed');
    await expect
      .poll(
        async () => {
          await look();
          return (await requestOf(erasure)).state;
        },
        { timeout: 10_000, interval: 300 },
      )
      .toBe('executing');
    expect((await work(erasure)).state).toBe('completed');
  });
});

describe('access', () => {
  test('seals what the workers delivered into a package that opens safely, and audits its download', async () => {
    const { email, subjectId } = await newPerson();
    const id = await begun('access', email);
    expect((await work(id)).state).toBe('completed');
    const answer = await call('GET', `/v1/requests/${id}/package`);
    expect(answer.headers.get('content-type')).toBe('application/zip');
    expect(answer.headers.get('vestige-package-complete')).toBe('true');
    const entries = await entriesOf(answer.bytes);
    const names = [...entries.keys()];
    expect(names).toEqual(expect.arrayContaining(['index.html', 'answer.json', 'lineage.json', 'manifest.json']));
    expect(names.filter((name) => name.endsWith('.csv'))).toHaveLength(2);
    for (const name of names) expect(name).toMatch(/^[a-z0-9][A-Za-z0-9./-]*$/);

    const csv = names.find((name) => name.endsWith('.csv')) ?? '';
    expect(entries.get(csv)).toContain("'=cmd()");
    expect(entries.get('index.html')).toContain("default-src 'none'");
    expect(entries.get('index.html')).not.toContain('<script');
    const parsed = JSON.parse(entries.get('answer.json') ?? '');
    expect(parsed).toMatchObject({
      processing_confirmed: true,
      request: { searched: { selectors: [{ type: 'email' }] } },
      pseudonym_disclosure: { subject_ids: [subjectId] },
    });
    expect(parsed.copy).toHaveLength(2);
    const manifest = JSON.parse(entries.get('manifest.json') ?? '');
    expect(manifest.files.map((file: { name: string }) => file.name).sort()).toEqual(
      names.filter((name) => name !== 'manifest.json').sort(),
    );
    const { items } = (await call('GET', `/v1/audit/entries?requestId=${id}&limit=1000`)).body as {
      items: { type: string; purpose: string | null }[];
    };
    expect(items.find((entry) => entry.type === 'package.download')).toMatchObject({ purpose: 'request of a person' });
  });

  test('is marked incomplete when a store could not be reached, and goes out only with a signature', async () => {
    const { email } = await newPerson();
    const id = await begun('access', email);
    for (const task of await claim(worker, id)) {
      if (task.node === warehouse) {
        const failure = { fence: task.fence, class: 'permanent', code: 'unreachable', message: 'no route' };
        await call('POST', `/v1/tasks/${task.id}/fail`, failure, worker);
      } else {
        await report(worker, task, { found: 0 });
      }
    }
    expect((await work(id)).state).toBe('blocked');
    const lost = (await tasksOf(id)).find((task) => task.node === warehouse);
    expect(lost).toMatchObject({ state: 'failed_final', failure: { code: 'unreachable' } });
    const signature = { code: 'vestige:unreachable-signed-off', basis: 'store is gone', reviewAt: '2027-06-01' };
    await call('POST', `/v1/tasks/${lost?.id}/exempt`, signature, officer);
    expect((await work(id)).state).toBe('completed_with_exceptions');
    const answer = await call('GET', `/v1/requests/${id}/package`);
    expect(answer.headers.get('vestige-package-complete')).toBe('false');
    const entries = await entriesOf(answer.bytes);
    expect(entries.get('index.html')).toContain('This answer is incomplete');
    const parsed = JSON.parse(entries.get('answer.json') ?? '');
    expect(parsed.request.searched.stores.find((store: { id: string }) => store.id === warehouse)).toMatchObject({
      status: 'unreachable',
      reason: 'vestige:unreachable-signed-off',
    });
  });
});

describe('the edges', () => {
  test('two people in one request are not planned, and the request says why', async () => {
    const [one, two] = [await newPerson(), await newPerson()];
    const { id } = (
      await call('POST', '/v1/requests', {
        type: 'erasure',
        receivedAt: new Date(Date.now() - 1_000).toISOString(),
        tokens: [one.token, two.token],
      })
    ).body;
    await identify(id);
    await look();
    expect(await requestOf(id)).toMatchObject({
      state: 'assessing',
      attention: 'ambiguous_identifiers',
      planHash: null,
    });
    expect((await call('POST', `/v1/requests/${id}/plan`)).status).toBe(409);
  });

  test('another tenant’s keys see none of it', async () => {
    const { email } = await newPerson();
    const { id } = await filed('erasure', email);
    const rival = await api.bearer(api.rival);
    for (const path of ['', '/plan', '/tasks', '/package', '/certificate']) {
      expect((await call('GET', `/v1/requests/${id}${path}`, undefined, rival)).status, path).toBe(404);
    }
    for (const event of ['plan', 'withdraw', 'resume', 'release', 'suspend', 'unsuspend']) {
      expect((await call('POST', `/v1/requests/${id}/${event}`, undefined, rival)).status, event).toBe(404);
    }
    expect((await call('GET', '/v1/requests', undefined, rival)).body.items).toEqual([]);
  });

  test('a request with a misspelt field, no selector or a day in the future is refused without repeating it', async () => {
    const receivedAt = new Date(Date.now() - 1_000).toISOString();
    const identifiers = [{ type: 'email', value: 'someone@example.com' }];
    for (const body of [
      { type: 'erasure', receivedAt },
      { type: 'erasure', receivedAt, identifiers, callbackUrl: 'https://example.com' },
      { type: 'erasure', receivedAt: new Date(Date.now() + 86_400_000).toISOString(), identifiers },
      { type: 'oblivion', receivedAt, identifiers },
    ]) {
      const refused = await call('POST', '/v1/requests', body);
      expect(refused.status).toBe(400);
      expect(Buffer.from(refused.bytes).toString()).not.toContain('someone');
    }
  });
});

describe('attempts to get round it', () => {
  const late = 'store:postgres://db:5432/late.public.t';

  test('a request reopened about somebody else needs a second key for that person', async () => {
    const [first, victim] = [await newPerson(), await newPerson()];
    const id = await begun('erasure', first.email);
    expect((await work(id)).state).toBe('completed');
    const mallory = await api.bearer(api.acme, 'requests:read', 'requests:write', 'requests:approve');
    const selectors = { identifiers: [{ type: 'email', value: victim.email }], reason: 'residue' };
    expect((await call('POST', `/v1/requests/${id}/reopen`, selectors, mallory)).status).toBe(200);
    await look();
    // Nor is the first person's identity the victim's.
    expect(await requestOf(id)).toMatchObject({ state: 'reopened', attention: 'identity_needed', planHash: null });
    await identify(id);
    await look();
    const { planHash } = await requestOf(id);
    const approval = await call('POST', `/v1/requests/${id}/approve`, { planHash }, mallory);
    expect(approval).toMatchObject({ status: 403, body: { facts: { reason: 'four_eyes' } } });
    expect((await call('POST', `/v1/requests/${id}/approve`, { planHash }, officer)).status).toBe(200);
  });

  test('a copy asked for before anybody knew the person is owed all the same', async () => {
    const access = await filed('access', emailOf(people + 1));
    const { email } = await newPerson();
    const erasure = await begun('erasure', email);
    expect(await requestOf(access.id)).toMatchObject({ state: 'received' });
    expect(await requestOf(erasure)).toMatchObject({ state: 'approved', attention: 'unsealed_access' });
    await call('POST', `/v1/requests/${access.id}/withdraw`);
  });

  test('a place that turns up while an erasure waits for a copy voids the approval', async () => {
    const { email } = await newPerson();
    const access = await begun('access', email);
    const erasure = await begun('erasure', email);
    expect(await requestOf(erasure)).toMatchObject({ state: 'approved', attention: 'unsealed_access' });
    seen = [crm, warehouse, late];
    await work(access);
    await expect
      .poll(
        async () => {
          await look();
          return (await requestOf(erasure)).state;
        },
        { timeout: 10_000, interval: 300 },
      )
      .toBe('awaiting_approval');
    seen = [crm, warehouse];
    expect(await requestOf(erasure)).toMatchObject({ attention: 'plan_grew' });
    expect((await call('GET', `/v1/requests/${erasure}/plan`)).body.unserved).toEqual([late]);
  });

  test('an identifier that no span had brought does not bring the person back, and leaves the sets', async () => {
    const { email } = await newPerson();
    const [token = ''] = api.deps.keyring.tokensFor('acme', 'customer_id', `C-${people}`);
    const { id: setId } = await api.deps.aliases.createSet(api.acme.id, [token]);
    const { id } = (
      await call('POST', '/v1/requests', {
        type: 'erasure',
        receivedAt: new Date(Date.now() - 1_000).toISOString(),
        identifiers: [
          { type: 'email', value: email },
          { type: 'customer_id', value: `C-${people}` },
        ],
      })
    ).body;
    await identify(id);
    await look();
    await approve(id);
    expect((await work(id)).state).toBe('completed');
    const late = [{ token, atMs: Date.now() - 3_600_000 }];
    expect(await api.deps.aliases.resolve(api.acme.id, late)).toEqual(['suppressed']);
    expect(await api.deps.aliases.subjectsOfSet(api.acme.id, setId, Date.now() + 1_000)).toEqual([]);
  });

  test('an identifier first seen on somebody else’s spans after the approval stops the erasure before it begins', async () => {
    const { email } = await newPerson();
    const [token = ''] = api.deps.keyring.tokensFor('acme', 'customer_id', `D-${people}`);
    const identifiers = [
      { type: 'email', value: email },
      { type: 'customer_id', value: `D-${people}` },
    ];
    const receivedAt = new Date(Date.now() - 1_000).toISOString();
    const { id } = (await call('POST', '/v1/requests', { type: 'erasure', receivedAt, identifiers })).body;
    await identify(id);
    await look();
    await api.deps.aliases.resolve(api.acme.id, [{ token, atMs: Date.now() }]);
    await approve(id);
    await look();
    expect(await requestOf(id)).toMatchObject({
      state: 'approved',
      attention: 'ambiguous_identifiers',
      suppression: null,
    });
    await call('POST', `/v1/requests/${id}/withdraw`);
  });

  test('rows that an earlier holder of an export delivered do not count for the later one', async () => {
    const { email } = await newPerson();
    const id = await begun('access', email);
    const ofCrm = (tasks: ClaimedTask[]) => {
      const task = tasks.find((each) => each.node === crm);
      if (!task) throw new Error('no task');
      return task;
    };
    const first = ofCrm(await claim(worker, id, { leaseSeconds: 5 }));
    const deliver = (task: ClaimedTask) =>
      api.app.request(`/v1/tasks/${task.id}/data?fence=${task.fence}`, {
        method: 'PUT',
        headers: { authorization: `Bearer ${worker}`, 'content-type': 'application/x-ndjson' },
        body: '{"id":1}\n{"id":2}\n',
      });
    expect((await deliver(first)).status).toBe(200);
    await new Promise((resolve) => setTimeout(resolve, 5_200));
    await look();
    expect((await report(worker, ofCrm(await claim(worker, id)))).status).toBe(200);
    await look();
    const { state, failure } = (await tasksOf(id)).find((task) => task.node === crm) ?? {};
    expect({ state, failure }).toEqual({ state: 'ready', failure: expect.objectContaining({ code: 'residual' }) });
    expect((await deliver(first)).status).toBe(409);
  });

  test('a download is among the looks at the person, and a page of the audit trail names nobody', async () => {
    const { email, subjectId } = await newPerson();
    const id = await begun('access', email);
    await work(id);
    expect((await call('GET', `/v1/requests/${id}/package`)).status).toBe(200);
    const all = await api.bearer(api.acme);
    const { items } = (await call('GET', `/v1/subjects/${subjectId}/views`, undefined, all)).body;
    expect(items.map((each: { type: string }) => each.type)).toContain('package.download');
    const page = await api.app.request('/v1/audit/entries?limit=1000', { headers: { authorization: `Bearer ${all}` } });
    const text = await page.text();
    expect(text).toContain('subject.views_read');
    expect(text).not.toContain(subjectId);
  });

  test('what a worker says it cannot erase ends up in the certificate and must not name anybody', async () => {
    const { email } = await newPerson();
    const id = await begun('erasure', email);
    const [task] = await claim(worker, id);
    if (!task) throw new Error('no task');
    const refused = await report(worker, task, { cannotErase: [`backup of ${email}`] });
    expect(refused.status).toBe(400);
    expect(Buffer.from(refused.bytes).toString()).not.toContain(email);
  });

  test('a verifier that could only look again the same way is certified as no more than that', async () => {
    const { email } = await newPerson();
    const id = await begun('erasure', email);
    for (const task of await claim(worker, id)) await report(worker, task);
    await look();
    for (const task of await claim(verifier, id)) {
      await report(verifier, task, task.node === crm ? { method: 'count_again' } : {});
    }
    expect((await work(id)).state).toBe('completed');
    const { body } = await call('GET', `/v1/requests/${id}/certificate`);
    const levels = Object.fromEntries(
      body.targets.map((target: { node: string; verification: string }) => [target.node, target.verification]),
    );
    expect(levels).toMatchObject({ [crm]: 'V1', [warehouse]: 'V2' });
  });
});
