import { randomUUID } from 'node:crypto';
import type { TenantId } from '@vestige/core/ids';
import { uncovered } from '@vestige/core/notice/recipient-notice';
import { buildPlan, OWN_ALIASES, OWN_TELEMETRY } from '@vestige/core/request/plan';
import type { TaskLimits } from '@vestige/core/request/task';
import type { TaskResult } from '@vestige/core/request/worker-protocol';
import { openTestPostgres } from '@vestige/e2e/harness/engines';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { postgresAuditStore } from '../audit/postgres-audit-store.ts';
import { postgresTenantStore } from '../control/postgres-tenant-store.ts';
import { postgresRequestStore } from '../requests/postgres-request-store.ts';
import type { RequestStore } from '../requests/request-store.ts';
import type { NoticeStore } from './notice-store.ts';
import { postgresNoticeStore } from './postgres-notice-store.ts';

const LIMITS: TaskLimits = { attemptsMax: 3, roundsMax: 2, settleMs: 0, jitter: 0 };
const now = new Date('2026-06-01T10:00:00.000Z');
const day = (days: number) => new Date(now.getTime() + days * 86_400_000);
const by = (actor: string, at = now) => ({ actor, now: at });
const filer = by('key:filer');
const officer = by('key:officer');
const workflow = by('system:workflow');

/** Two nodes of one mail company without a connector, one model provider that nobody registered. */
const RECIPIENTS = [
  { party: 'mail-company', node: 'recipient:api.mail.example' },
  { party: 'mail-company', node: 'recipient:bulk.mail.example' },
  { party: 'llm.example', node: 'model:llm/large@llm.example' },
];

let database: Awaited<ReturnType<typeof openTestPostgres>>;
let requests: RequestStore;
let notices: NoticeStore;
let tenant: TenantId;
let rival: TenantId;

beforeAll(async () => {
  database = await openTestPostgres();
  requests = postgresRequestStore(database.db);
  notices = postgresNoticeStore(database.db);
  const tenants = postgresTenantStore(database.db);
  tenant = (await tenants.ensureTenant('acme')).id;
  rival = (await tenants.ensureTenant('rival')).id;
});
afterAll(() => database.close());

const draft = (recipients: readonly { party: string; node: string }[]) => ({
  plan: buildPlan({
    type: 'erasure',
    lineage: {
      edges: [],
      residency: [],
      recipients: recipients.map((each) => ({
        ...each,
        firstDisclosed: now.toISOString(),
        lastDisclosed: now.toISOString(),
        count: 1,
        categories: [],
        purposes: [],
        country: null,
        via: [],
      })),
      completeness: { truncated: false },
    },
    registered: [],
    parties: new Set(['mail-company']),
    aliases: { count: 0, commitment: `sha256:${'0'.repeat(64)}` },
  }),
  subjectIds: [randomUUID()],
  aliasTokens: [],
  recordRefs: new Map(),
  recipients,
});

async function planned(recipients: readonly { party: string; node: string }[] = RECIPIENTS, filedBy = filer) {
  const identifiers = [{ type: 'email', value: 'jane@example.com' }];
  const filing = {
    type: 'erasure',
    regime: 'gdpr',
    receivedAt: now,
    ground: null,
    tokens: [],
    subjectIds: [],
  } as const;
  const { id } = await requests.file(tenant, { ...filing, identifiers }, filedBy);
  await requests.decide(tenant, id, { event: 'verify_identity', method: 'in_person', assurance: 'high' }, officer);
  return requests.putPlan(tenant, id, draft(recipients), workflow);
}

async function executing() {
  const { id, planHash } = await planned();
  await requests.decide(tenant, id, { event: 'approve', planHash: planHash ?? '' }, officer);
  await requests.noteSuppression(tenant, id, { step: 'sent', version: 1, erasedBefore: now }, workflow);
  await requests.noteSuppression(tenant, id, { step: 'acknowledged', tailUntil: now }, workflow);
  await requests.noteSuppression(tenant, id, { step: 'done' }, workflow);
  await requests.start(tenant, id, workflow);
  await sweep(id);
  return id;
}

const sweep = (id: string) => requests.sweep(tenant, id, ({ action }) => action === 'notify', LIMITS, workflow);
const result = (fence: number, method: string): TaskResult => ({
  fence,
  found: 0,
  erased: 0,
  residual: 0,
  method,
  evidenceDigest: `sha256:${'0'.repeat(64)}`,
  searched: true,
  cannotErase: [],
});

async function workOnTheRest(id: string): Promise<void> {
  for (const node of [OWN_TELEMETRY, OWN_ALIASES]) {
    for (const actor of ['system:eraser', 'system:verifier']) {
      await sweep(id);
      const own = await requests.claimOwn(tenant, id, node, 60_000, by(actor));
      if (own) await requests.report(tenant, own.id, result(own.fence, 'delete'), LIMITS, by(actor));
    }
  }
  await sweep(id);
}

const trail = async (id: string) =>
  (await postgresAuditStore(database.db).entries(tenant, { afterIndex: -1, limit: 1_000, requestId: id })).map(
    (entry) => entry.type,
  );

test('the plan owes one notice per party, and one task where it is only told', async () => {
  const { id, planVersion } = await planned();

  expect((await notices.notices(tenant, id)).map(({ party, nodes }) => ({ party, nodes }))).toEqual([
    { party: 'llm.example', nodes: ['model:llm/large@llm.example'] },
    { party: 'mail-company', nodes: ['recipient:api.mail.example', 'recipient:bulk.mail.example'] },
  ]);
  const plan = await requests.plan(tenant, id, planVersion);
  expect(plan?.plan.targets.filter(({ action }) => action === 'notify').map(({ node }) => node)).toEqual([
    'recipient:api.mail.example',
  ]);
});

test('a party that a later plan no longer shows is told all the same', async () => {
  const { id } = await planned();
  await requests.putPlan(tenant, id, draft([{ party: 'mail-company', node: 'recipient:new.mail.example' }]), workflow);

  expect((await notices.notices(tenant, id)).map(({ party, nodes }) => [party, nodes.length])).toEqual([
    ['llm.example', 1],
    ['mail-company', 3],
  ]);
});

test('a request does not complete while one party was neither told nor excused', async () => {
  const id = await executing();
  const proof = {
    outcome: 'complete_with_exceptions',
    certificateId: randomUUID(),
    certificate: new Uint8Array([1]),
    handover: { nonce: 'n', subjectId: 's' },
  } as const;
  const [notify] = await requests.claim(
    tenant,
    { stores: ['recipient:*'], max: 10, leaseSeconds: 60, worker: 'w' },
    LIMITS,
    by('key:worker'),
  );
  await requests.report(tenant, notify?.id ?? '', result(notify?.fence ?? 0, 'notice'), LIMITS, by('key:worker'));
  const tasks = await requests.tasks(tenant, id);
  const model = tasks.find(({ node }) => node.startsWith('model:'));
  const exemption = { code: 'vestige:not-a-store', basis: 'keeps nothing', reviewAt: '2027-01-01' };
  await requests.exempt(tenant, model?.id ?? '', exemption, officer);
  await workOnTheRest(id);
  await requests.decide(tenant, id, { event: 'finish_execution' }, workflow);

  await notices.takeFromTasks(tenant, id, workflow);
  expect(uncovered(await notices.notices(tenant, id))).toEqual(['llm.example']);
  await expect(requests.finish(tenant, id, proof, workflow)).rejects.toMatchObject({
    code: 'conflict',
    facts: { parties: 1 },
  });

  await notices.excuse(tenant, id, 'llm.example', { code: 'disproportionate', basis: 'thousands of keys' }, officer);
  expect(await requests.finish(tenant, id, proof, workflow)).toMatchObject({ state: 'completed_with_exceptions' });
  const [excused, told] = await notices.notices(tenant, id);
  expect(excused).toMatchObject({ sent: null, excuse: { code: 'disproportionate', by: 'key:officer' } });
  // A notice handed over is no word of what the recipient did.
  expect(told).toMatchObject({ sent: { channel: 'erasure_call', by: 'key:worker' }, acknowledged: null });
  expect(await trail(id)).toEqual(expect.arrayContaining(['recipient.task_told', 'recipient.notice_excused']));
});

test('what tasks tell is taken over once', async () => {
  const id = await executing();
  const [task] = (await requests.tasks(tenant, id)).filter(({ node }) => node.startsWith('model:'));
  const exemption = { code: 'vestige:notice-impossible', basis: 'dissolved', reviewAt: '2027-01-01' };
  await requests.exempt(tenant, task?.id ?? '', exemption, officer);

  expect(await notices.takeFromTasks(tenant, id, workflow)).toBe(1);
  expect(await notices.takeFromTasks(tenant, id, workflow)).toBe(0);
  expect((await notices.notices(tenant, id))[0]?.excuse).toMatchObject({ code: 'impossible', by: 'key:officer' });
});

test('an excuse needs a second person, and none is taken for a party that was told', async () => {
  const { id } = await planned();
  const excuse = { code: 'impossible', basis: 'dissolved' } as const;
  await expect(notices.excuse(tenant, id, 'mail-company', excuse, filer)).rejects.toMatchObject({ code: 'forbidden' });
  await notices.send(tenant, id, 'mail-company', { channel: 'letter', at: now }, filer);
  await expect(notices.excuse(tenant, id, 'mail-company', excuse, officer)).rejects.toMatchObject({ code: 'conflict' });
});

test('the person who filed does not excuse under another key', async () => {
  const tenants = postgresTenantStore(database.db);
  const keyOf = async (person: string) => {
    const { id } = await tenants.createKey(tenant, { name: 'k', role: 'owner', person, expiresAt: null });
    return { actor: `key:${id}`, now };
  };
  const [first, second, other] = [await keyOf('anna'), await keyOf('anna'), await keyOf('ben')];
  const { id } = await planned(RECIPIENTS, first);
  const excuse = { code: 'impossible', basis: 'dissolved' } as const;
  await expect(notices.excuse(tenant, id, 'mail-company', excuse, second)).rejects.toMatchObject({
    facts: { reason: 'four_eyes' },
  });
  expect(await notices.excuse(tenant, id, 'mail-company', excuse, other)).toMatchObject({
    excuse: { by: other.actor },
  });
});

test('recording the same twice changes nothing; nothing is acknowledged that was not sent', async () => {
  const { id } = await planned();
  const said = { as: 'received', at: day(1) } as const;
  await expect(notices.acknowledge(tenant, id, 'mail-company', said, officer)).rejects.toMatchObject({
    code: 'conflict',
  });
  for (let time = 0; time < 2; time += 1) {
    await notices.send(tenant, id, 'mail-company', { channel: 'email', at: now }, officer);
    await notices.acknowledge(tenant, id, 'mail-company', said, officer);
  }
  expect((await trail(id)).filter((type) => type.startsWith('recipient.'))).toEqual([
    'recipient.notice_sent',
    'recipient.notice_acknowledged',
  ]);
});

test('when a hold on a recipient is lifted, what met it has to be told again', async () => {
  const [before, during] = [await planned(), await planned()];
  await notices.send(tenant, before.id, 'mail-company', { channel: 'email', at: day(-20) }, officer);
  await notices.acknowledge(tenant, before.id, 'mail-company', { as: 'completed', at: day(-15) }, officer);
  await notices.noteHold(tenant, { party: 'mail-company', since: '2026-05-25', matter: 'case 7' }, officer);
  await expect(
    notices.noteHold(tenant, { party: 'mail-company', since: '2026-05-26', matter: 'case 8' }, officer),
  ).rejects.toMatchObject({ code: 'conflict' });
  await notices.send(tenant, during.id, 'mail-company', { channel: 'email', at: now }, officer);
  await notices.acknowledge(tenant, during.id, 'mail-company', { as: 'completed', at: day(1) }, officer);

  await notices.liftHold(tenant, 'mail-company', '2026-06-10', by('key:officer', day(9)));
  const due = (await notices.dueAgain(tenant, 100)).filter(({ requestId }) =>
    [before.id, during.id].includes(requestId),
  );
  expect(due.map(({ requestId }) => requestId)).toEqual([during.id]);

  await notices.send(tenant, during.id, 'mail-company', { channel: 'email', at: day(9) }, officer);
  expect((await notices.dueAgain(tenant, 100)).filter(({ requestId }) => requestId === during.id)).toEqual([]);
  expect(
    (await notices.notices(tenant, during.id)).find(({ party }) => party === 'mail-company')?.acknowledged,
  ).toBeNull();
  await expect(notices.liftHold(tenant, 'mail-company', '2026-06-11', officer)).rejects.toMatchObject({
    code: 'not_found',
  });
  expect((await notices.holds(tenant)).at(-1)).toMatchObject({ matter: 'case 7', liftedOn: '2026-06-10' });
});

test('another tenant sees and changes nothing', async () => {
  const { id } = await planned();
  await expect(notices.notices(rival, id)).rejects.toMatchObject({ code: 'not_found' });
  const sent = { channel: 'email', at: now } as const;
  await expect(notices.send(rival, id, 'mail-company', sent, officer)).rejects.toMatchObject({ code: 'not_found' });
  expect(await notices.holds(rival)).toEqual([]);
  expect(await notices.dueAgain(rival, 10)).toEqual([]);
});
