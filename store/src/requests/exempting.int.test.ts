import { randomUUID } from 'node:crypto';
import type { TenantId } from '@vestige/core/ids';
import { type ExemptionBody, exemptionsHash } from '@vestige/core/request/exemption';
import { buildPlan, OWN_TELEMETRY } from '@vestige/core/request/plan';
import type { RequestType } from '@vestige/core/request/request';
import { openTestPostgres } from '@vestige/e2e/harness/engines';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { AuditStore } from '../audit/audit-store.ts';
import { postgresAuditStore } from '../audit/postgres-audit-store.ts';
import { postgresTenantStore } from '../control/postgres-tenant-store.ts';
import { postgresRequestStore } from './postgres-request-store.ts';
import { type By, DEFAULT_POLICY, type PlanDraft, type RequestStore } from './request-store.ts';

const crm = 'store:sqlite:/data/crm.db/main.customers';
const invoices = 'store:sqlite:/data/crm.db/main.invoices';
const LIMITS = { attemptsMax: 3, roundsMax: 2, settleMs: 0, jitter: 0 };
const now = new Date('2026-06-01T10:00:00.000Z');
const by = (actor: string): By => ({ actor, now });
const filer = by('key:filer');
const agent = by('key:agent');
const dpo = by('key:dpo');
const workflow = by('system:workflow');
const tax = {
  code: 'eu-gdpr:JustificationA17LegallyRequired' as const,
  basis: 'section 147 of the fiscal code',
  reviewAt: '2034-01-01',
};
const whole = (node: string): ExemptionBody => ({ node, categories: [], from: null, to: null, ...tax });
const lastYears = (node: string): ExemptionBody => ({
  ...whole(node),
  categories: ['user.financial'],
  from: '2020-01-01',
});

let close: () => Promise<void>;
let tenant: TenantId;
let requests: RequestStore;
let audit: AuditStore;
beforeAll(async () => {
  const postgres = await openTestPostgres();
  ({ close } = postgres);
  tenant = (await postgresTenantStore(postgres.db).ensureTenant('acme')).id;
  requests = postgresRequestStore(postgres.db);
  audit = postgresAuditStore(postgres.db);
});
afterAll(() => close());

const draft = (type: RequestType, subjectId: string, exemptions: PlanDraft['plan']['exemptions'] = []): PlanDraft => ({
  plan: buildPlan({
    type,
    lineage: null,
    registered: [crm, invoices].map((id) => ({ id, connector: 'sqlite' })),
    parties: new Set(),
    aliases: { count: 1, commitment: `sha256:${'0'.repeat(64)}` },
    exemptions,
  }),
  subjectIds: [subjectId],
  aliasTokens: [],
  recordRefs: new Map(),
  recipients: [],
});

async function assessing(type: RequestType = 'erasure') {
  const subjectId = randomUUID();
  const given = { type, regime: 'gdpr' as const, receivedAt: now, ground: null, identifiers: [], tokens: [] };
  const { id } = await requests.file(tenant, { ...given, subjectIds: [subjectId] }, filer);
  await requests.decide(tenant, id, { event: 'verify_identity', method: 'in_person', assurance: 'high' }, agent);
  return { id, subjectId };
}
async function planned(type: RequestType = 'erasure') {
  const { id, subjectId } = await assessing(type);
  return requests.putPlan(tenant, id, draft(type, subjectId), workflow);
}
const approve = (id: string, planHash: string | null, who: By) =>
  requests.decide(tenant, id, { event: 'approve', planHash: planHash ?? '' }, who);
async function begin(id: string) {
  await requests.noteSuppression(tenant, id, { step: 'sent', version: 1, erasedBefore: now }, workflow);
  await requests.noteSuppression(tenant, id, { step: 'acknowledged', tailUntil: now }, workflow);
  await requests.noteSuppression(tenant, id, { step: 'done' }, workflow);
  await requests.start(tenant, id, workflow);
  await requests.sweep(tenant, id, () => true, LIMITS, workflow);
  return new Map((await requests.tasks(tenant, id)).map((task) => [task.node, task]));
}

describe('an exemption', () => {
  test('changes the plan and its hash, and voids the approval of the one before', async () => {
    const before = await planned();
    const approved = await approve(before.id, before.planHash, dpo);
    const after = await requests.putExemptions(tenant, before.id, [whole(invoices)], agent);
    expect(after).toMatchObject({ state: 'awaiting_approval', approval: null, planVersion: approved.planVersion + 1 });
    expect(after.planHash).not.toBe(before.planHash);
    await expect(approve(before.id, before.planHash, dpo)).rejects.toMatchObject({ code: 'plan_changed' });
    // And taking it back makes the old plan again.
    const back = await requests.putExemptions(tenant, before.id, [], agent);
    expect(back.planHash).toBe(before.planHash);
    expect(back.approval).toBeNull();
    const trail = await audit.entries(tenant, { afterIndex: -1, limit: 100, requestId: before.id });
    expect(trail.filter(({ type }) => type === 'request.exempt').map(({ payload }) => payload)).toEqual([
      { exemptions: [{ ...whole(invoices), by: 'key:agent' }] },
      { exemptions: [] },
    ]);
  });

  test('of two officers who add to one list, the second is told that it has changed, and loses nothing of the first', async () => {
    const { id, exemptions } = await planned();
    const read = exemptionsHash(exemptions);
    await requests.putExemptions(tenant, id, [whole(invoices)], { ...agent, replaces: read });
    const second = { ...dpo, replaces: read };
    await expect(requests.putExemptions(tenant, id, [whole(crm)], second)).rejects.toMatchObject({ code: 'conflict' });
    expect((await requests.request(tenant, id))?.exemptions.map(({ node }) => node)).toEqual([invoices]);
  });

  test('is approved by somebody else than entered it, also where that is not who filed', async () => {
    const { id } = await planned();
    const { planHash } = await requests.putExemptions(tenant, id, [whole(invoices)], dpo);
    await expect(approve(id, planHash, dpo)).rejects.toMatchObject({
      code: 'forbidden',
      facts: { reason: 'four_eyes' },
    });
    // Sending the list again does not make it somebody else's.
    const again = await requests.putExemptions(tenant, id, [whole(invoices), lastYears(crm)], agent);
    expect(again.exemptions.map((each) => each.by)).toEqual(['key:dpo', 'key:agent']);
    await expect(approve(id, again.planHash, dpo)).rejects.toMatchObject({ code: 'forbidden' });
    expect((await approve(id, again.planHash, by('key:second-dpo'))).approval?.singleKey).toBe(false);
  });

  test('that one person entered and approved, where the tenant lets one do both, is said in the approval', async () => {
    const { workPaused: _, ...policy } = DEFAULT_POLICY;
    await requests.putPolicy(tenant, { ...policy, singleKeyApproval: true }, by('key:admin'));
    const { id } = await planned();
    const { planHash } = await requests.putExemptions(tenant, id, [whole(invoices)], dpo);
    expect((await approve(id, planHash, dpo)).approval?.singleKey).toBe(true);
    await requests.putPolicy(tenant, policy, by('key:admin'));
  });

  test('of a whole place ends its task before it begins, under the name of who approved it', async () => {
    const { id } = await planned();
    const { planHash } = await requests.putExemptions(tenant, id, [whole(invoices)], agent);
    await approve(id, planHash, dpo);
    const tasks = await begin(id);
    expect(tasks.get(invoices)).toMatchObject({ state: 'exempt', exemption: { ...tax, by: 'key:dpo' }, fence: 0 });
    expect(tasks.get(crm)?.state).toBe('ready');
    const trail = await audit.entries(tenant, { afterIndex: -1, limit: 100, requestId: id });
    const types = trail.map(({ type }) => type);
    expect(types.indexOf('task.exempt')).toBeGreaterThan(types.indexOf('request.start'));
    expect(trail.find(({ type }) => type === 'task.exempt')?.payload).toMatchObject({ enteredBy: 'key:agent' });
  });

  test('of a part goes only to workers that leave it out, and spares the place from everybody else’s deletes', async () => {
    const { id } = await planned();
    const { planHash } = await requests.putExemptions(tenant, id, [lastYears(invoices)], agent);
    await approve(id, planHash, dpo);
    expect((await begin(id)).get(invoices)?.keeps).toEqual([
      { categories: ['user.financial'], from: '2020-01-01', to: null },
    ]);
    const claim = { stores: ['store:*'], max: 10, leaseSeconds: 60, worker: 'w' };
    const mine = async (keepsParts: boolean) =>
      (await requests.claim(tenant, { ...claim, keepsParts }, LIMITS, by('key:worker'))).filter(
        (task) => task.requestId === id,
      );
    const [unaware] = [await mine(false)];
    expect(unaware.map((task) => [task.node, task.spared, task.keeps])).toEqual([[crm, [invoices], undefined]]);
    const aware = await mine(true);
    expect(aware.map((task) => [task.node, task.spared, task.keeps])).toEqual([
      [invoices, [], [{ categories: ['user.financial'], from: '2020-01-01', to: null }]],
    ]);
  });

  test('entered before there is a plan is in the first one', async () => {
    const { id, subjectId } = await assessing();
    const { exemptions, planHash } = await requests.putExemptions(tenant, id, [whole(invoices)], agent);
    expect(planHash).toBeNull();
    const request = await requests.putPlan(tenant, id, draft('erasure', subjectId, [...exemptions]), workflow);
    await expect(approve(id, request.planHash, agent)).rejects.toMatchObject({ facts: { reason: 'four_eyes' } });
  });

  test.each([
    ['of a place the plan does not have', whole('store:sqlite:/nowhere/main.t'), 'bad_request'],
    ['of our own telemetry', whole(OWN_TELEMETRY), 'forbidden'],
  ])('%s is refused', async (_, exemption, code) => {
    const { id } = await planned();
    await expect(requests.putExemptions(tenant, id, [exemption], agent)).rejects.toMatchObject({ code });
  });

  test('of a part is refused where nothing would be destroyed', async () => {
    const { id } = await planned('access');
    await expect(requests.putExemptions(tenant, id, [lastYears(crm)], agent)).rejects.toMatchObject({
      code: 'bad_request',
    });
    expect((await requests.putExemptions(tenant, id, [whole(crm)], agent)).exemptions).toHaveLength(1);
  });

  test('comes too late once the work has begun', async () => {
    const { id, planHash } = await planned();
    await approve(id, planHash, dpo);
    await begin(id);
    await expect(requests.putExemptions(tenant, id, [whole(crm)], agent)).rejects.toMatchObject({
      code: 'illegal_transition',
    });
  });
});
