import { randomUUID } from 'node:crypto';
import type { TenantId } from '@vestige/core/ids';
import { buildPlan, OWN_ALIASES, OWN_TELEMETRY, planHash } from '@vestige/core/request/plan';
import type { RequestType } from '@vestige/core/request/request';
import type { TaskLimits } from '@vestige/core/request/task';
import type { ClaimedTask, TaskResult } from '@vestige/core/request/worker-protocol';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { AuditStore } from '../audit/audit-store.ts';
import type { TenantStore } from '../control/tenant-store.ts';
import type { PackageStore } from './package-store.ts';
import type { By, PlanDraft, RequestStore, StoredRequest } from './request-store.ts';

const LIMITS: TaskLimits = { attemptsMax: 3, roundsMax: 2, settleMs: 0, jitter: 0 };
const start = new Date('2026-06-01T10:00:00.000Z');
const after = (seconds: number) => new Date(start.getTime() + seconds * 1000);
const by = (actor: string, now = start): By => ({ actor, now });
const filer = by('key:filer');
const officer = by('key:officer');
const workflow = by('system:workflow');
const digest = `sha256:${'0'.repeat(64)}`;
const everyNode = () => true;

const crm = 'store:sqlite:/data/crm.db/main.customers';
const warehouse = 'store:duckdb:/data/wh.db/main.customers';
const jane = { type: 'email', value: 'jane.doe@example.com' };

const report = (task: Pick<ClaimedTask, 'fence'>, more: Partial<TaskResult> = {}): TaskResult => ({
  fence: task.fence,
  found: 2,
  erased: 2,
  residual: 0,
  method: 'delete',
  evidenceDigest: digest,
  searched: true,
  cannotErase: [],
  ...more,
});
const nothing = { found: 0, erased: 0, residual: 0 };

/** The promises of {@link RequestStore} as tests; every implementation runs them. */
export function requestStoreContract(
  name: string,
  open: () => Promise<{
    tenants: TenantStore;
    requests: RequestStore;
    packages: PackageStore;
    audit: AuditStore;
    /** Every row of the request tables of a tenant as the engine holds it, bytes as hex digits. */
    rawRows(tenant: TenantId): Promise<string>;
    close(): Promise<void>;
  }>,
): void {
  describe(name, () => {
    let stores: Awaited<ReturnType<typeof open>>;
    let requests: RequestStore;
    let tenant: TenantId;
    let rival: TenantId;
    let people = 0;
    beforeAll(async () => {
      stores = await open();
      requests = stores.requests;
      tenant = (await stores.tenants.ensureTenant('acme')).id;
      rival = (await stores.tenants.ensureTenant('rival')).id;
    });
    afterAll(() => stores.close());

    const draftFor = (request: StoredRequest, subjectIds: string[], nodes = [crm, warehouse]): PlanDraft => ({
      plan: buildPlan({
        type: request.type,
        lineage: null,
        registered: nodes.map((id) => ({ id, connector: 'sqlite' })),
        parties: new Set(),
        aliases: { count: 1, commitment: `sha256:${'0'.repeat(64)}` },
      }),
      subjectIds,
      aliasTokens: ['ps1.k1.AAAAAAAAAAAAAAAAAAAAAA'],
      recordRefs: new Map([[crm, [`${crm}#AAAAAAAAAAAAAAAAAAAAAA`]]]),
      recipients: [],
    });

    const filed = (type: RequestType = 'erasure', subjectIds: string[] = [], identifiers = [jane]) =>
      requests.file(
        tenant,
        { type, regime: 'gdpr', receivedAt: start, ground: null, identifiers, tokens: [], subjectIds },
        filer,
      );
    const verified = async (type: RequestType = 'erasure', subjectIds: string[] = [], identifiers = [jane]) => {
      const { id } = await filed(type, subjectIds, identifiers);
      return requests.decide(tenant, id, { event: 'verify_identity', method: 'in_person', assurance: 'high' }, officer);
    };
    const planned = async (type: RequestType = 'erasure', nodes?: string[]) => {
      people += 1;
      const subjectId = randomUUID();
      const request = await verified(type, [subjectId]);
      return requests.putPlan(tenant, request.id, draftFor(request, [subjectId], nodes), workflow);
    };
    const approved = async (type: RequestType = 'erasure', nodes?: string[]) => {
      const { id, planHash } = await planned(type, nodes);
      return requests.decide(tenant, id, { event: 'approve', planHash: planHash ?? '' }, officer);
    };
    const suppress = async (id: string) => {
      await requests.noteSuppression(tenant, id, { step: 'sent', version: 1, erasedBefore: start }, workflow);
      await requests.noteSuppression(tenant, id, { step: 'acknowledged', tailUntil: start }, workflow);
      await requests.noteSuppression(tenant, id, { step: 'done' }, workflow);
    };
    const executing = async (type: RequestType = 'erasure', nodes?: string[]) => {
      const request = await approved(type, nodes);
      if (type === 'erasure') await suppress(request.id);
      const begun = await requests.start(tenant, request.id, workflow);
      await requests.sweep(tenant, begun.id, everyNode, LIMITS, workflow);
      return begun;
    };
    const claim = (key: string, more: { max?: number; now?: Date; stores?: string[] } = {}) =>
      requests.claim(
        tenant,
        { stores: more.stores ?? ['store:*'], max: more.max ?? 100, leaseSeconds: 60, worker: 'w1' },
        LIMITS,
        by(key, more.now),
      );
    /** Claims until nothing of this request is offered, so that tests do not meet each other's tasks. */
    const claimOf = async (request: StoredRequest, key: string, now?: Date) =>
      (await claim(key, now ? { now } : {})).filter((task) => task.requestId === request.id);
    const sweep = (request: StoredRequest, now = start) =>
      requests.sweep(tenant, request.id, everyNode, LIMITS, by('system:workflow', now));
    const trail = async (requestId: string) =>
      (await stores.audit.entries(tenant, { afterIndex: -1, limit: 1000, requestId })).map((entry) => entry.type);

    /** Drives everything to its proof. */
    const proveAll = async (request: StoredRequest) => {
      for (let round = 0; round < 6; round += 1) {
        await sweep(request);
        for (const task of await claimOf(request, 'key:worker')) {
          await requests.report(tenant, task.id, report(task), LIMITS, by('key:worker'));
        }
        await sweep(request);
        for (const task of await claimOf(request, 'key:verifier')) {
          await requests.report(tenant, task.id, report(task, nothing), LIMITS, by('key:verifier'));
        }
        for (const node of [OWN_TELEMETRY, OWN_ALIASES]) {
          for (const actor of ['system:eraser', 'system:verifier']) {
            await sweep(request);
            const own = await requests.claimOwn(tenant, request.id, node, 60_000, by(actor));
            if (own) await requests.report(tenant, own.id, report(own, nothing), LIMITS, by(actor));
          }
        }
      }
      await sweep(request);
    };
    const proof = (outcome: 'complete' | 'complete_with_exceptions') => ({
      outcome,
      certificateId: randomUUID(),
      certificate: new TextEncoder().encode('{"certificate":1}'),
      handover: { nonce: 'nonce', subjectId: 'subject' },
    });

    describe('states', () => {
      test('an illegal event is refused with the legal ones, and leaves no trace', async () => {
        const { id } = await filed();
        const before = await trail(id);
        await expect(requests.decide(tenant, id, { event: 'finish_execution' }, officer)).rejects.toMatchObject({
          code: 'illegal_transition',
          facts: { state: 'received', legal: expect.arrayContaining(['ask_identity', 'verify_identity', 'refuse']) },
        });
        expect(await trail(id)).toEqual(before);
      });

      test('every change of state is one audit entry, in order', async () => {
        const request = await executing();
        expect(await trail(request.id)).toEqual(
          expect.arrayContaining(['request.file', 'request.verify_identity', 'request.plan', 'request.approve']),
        );
        expect((await trail(request.id)).filter((type) => type === 'request.start')).toHaveLength(1);
      });

      test('the key that filed a request cannot approve it, unless the tenant says so', async () => {
        const { id, planHash } = await planned();
        const approve = { event: 'approve', planHash: planHash ?? '' } as const;
        await expect(requests.decide(tenant, id, approve, filer)).rejects.toMatchObject({ code: 'forbidden' });
        await requests.putPolicy(tenant, { ...(await requests.policy(tenant)), singleKeyApproval: true }, officer);
        const done = await requests.decide(tenant, id, approve, filer);
        await requests.putPolicy(tenant, { ...(await requests.policy(tenant)), singleKeyApproval: false }, officer);
        expect(done.approval).toMatchObject({ by: 'key:filer', singleKey: true });
      });

      test('a changed plan voids the approval, and the old hash no longer approves', async () => {
        const request = await approved();
        const again = await requests.putPlan(
          tenant,
          request.id,
          draftFor(request, [...request.subjectIds], [crm]),
          workflow,
        );
        expect(again).toMatchObject({ state: 'awaiting_approval', approval: null, planVersion: 2 });
        await expect(
          requests.decide(tenant, request.id, { event: 'approve', planHash: request.planHash ?? '' }, officer),
        ).rejects.toMatchObject({ code: 'plan_changed' });
      });

      test('the same plan again changes nothing and leaves the approval alone', async () => {
        const request = await approved();
        const again = await requests.putPlan(tenant, request.id, draftFor(request, [...request.subjectIds]), workflow);
        expect(again).toMatchObject({ state: 'approved', planVersion: 1, approval: { planHash: request.planHash } });
      });

      test('nothing starts before every collector refuses the person', async () => {
        const request = await approved();
        await expect(requests.start(tenant, request.id, workflow)).rejects.toMatchObject({
          facts: { reason: 'not_suppressed' },
        });
        await suppress(request.id);
        expect((await requests.start(tenant, request.id, workflow)).state).toBe('executing');
        await expect(requests.start(tenant, request.id, workflow)).rejects.toMatchObject({
          code: 'illegal_transition',
        });
        expect(await requests.tasks(tenant, request.id)).toHaveLength(4);
      });

      test('an erasure waits for the sealed copy of an open access request of the same person', async () => {
        const erasure = await approved();
        await suppress(erasure.id);
        const access = await filed('access', [...erasure.subjectIds]);
        await expect(requests.start(tenant, erasure.id, workflow)).rejects.toMatchObject({
          facts: { reason: 'unsealed_access' },
        });
        await requests.decide(tenant, access.id, { event: 'withdraw' }, officer);
        expect((await requests.start(tenant, erasure.id, workflow)).state).toBe('executing');
      });

      test('an erasure waits for an answer that is made anew because something was missed in it', async () => {
        const access = await executing('access', [crm]);
        for (const task of await claimOf(access, 'key:worker')) {
          await requests.putData(tenant, task.id, task.fence, new TextEncoder().encode('{}\n'), 1, by('key:worker'));
          const counts = { found: 1, erased: 0, residual: 0, method: 'export' };
          await requests.report(tenant, task.id, report(task, counts), LIMITS, by('key:worker'));
        }
        await sweep(access);
        await requests.decide(tenant, access.id, { event: 'finish_execution' }, workflow);
        const content = (async function* () {
          yield new TextEncoder().encode('a copy');
        })();
        await stores.packages.seal(tenant, access.id, { content, complete: true }, workflow);
        await requests.finish(tenant, access.id, proof('complete'), workflow);
        const erasure = await approved('erasure', [crm]);
        await suppress(erasure.id);
        const selectors = { identifiers: [{ type: 'email', value: 'jane.doe@example.com' }], tokens: [] };
        await requests.reopen(tenant, access.id, selectors, 'missed', officer);
        await requests.noteSubjects(tenant, access.id, [...erasure.subjectIds]);
        await expect(requests.start(tenant, erasure.id, workflow)).rejects.toMatchObject({
          facts: { reason: 'unsealed_access' },
        });
      });

      test('one person has one open erasure: the same again is linked to it, and does not wait for its own end', async () => {
        const first = await planned();
        const second = await verified('erasure', [...first.subjectIds]);
        const linked = await requests.putPlan(tenant, second.id, draftFor(second, [...first.subjectIds]), workflow);
        expect(linked).toMatchObject({ state: 'duplicate', duplicateOf: first.id });
        expect(await trail(second.id)).toContain('request.find_duplicate');
      });

      test('a second erasure that names more than the first is no duplicate: it waits, and nothing it names is lost', async () => {
        const first = await planned();
        const more = { type: 'customer_id', value: 'C-17' };
        const second = await verified('erasure', [...first.subjectIds], [jane, more]);
        const draft = draftFor(second, [...first.subjectIds]);
        const waits = await requests.putPlan(tenant, second.id, draft, workflow);
        expect(waits).toMatchObject({ state: 'assessing', attention: 'twin_open', planHash: null });
        await requests.decide(tenant, first.id, { event: 'withdraw' }, officer);
        const planned2 = await requests.putPlan(tenant, second.id, draft, workflow);
        expect(planned2).toMatchObject({ state: 'awaiting_approval', attention: null });
        expect((await requests.selectors(tenant, second.id)).identifiers).toEqual([jane, more]);
      });

      test('who has not been identified pushes nobody aside, and is never linked without being identified', async () => {
        const subjectId = randomUUID();
        await filed('access', [subjectId]);
        const mine = await verified('access', [subjectId]);
        const done = await requests.putPlan(tenant, mine.id, draftFor(mine, [subjectId]), workflow);
        expect(done.state).toBe('awaiting_approval');
        const unknown = await filed('access', [subjectId]);
        await expect(
          requests.putPlan(tenant, unknown.id, draftFor(unknown, [subjectId]), workflow),
        ).rejects.toMatchObject({ code: 'illegal_transition' });
      });

      test('two requests about one person planned at the same moment end as one and its duplicate', async () => {
        const subjectId = randomUUID();
        const both = await Promise.all([verified('access', [subjectId]), verified('access', [subjectId])]);
        const ends = await Promise.all(
          both.map((request) => requests.putPlan(tenant, request.id, draftFor(request, [subjectId]), workflow)),
        );
        expect(ends.map(({ state }) => state).sort()).toEqual(['awaiting_approval', 'duplicate']);
      });

      test('a pause moves the deadline and a hold stops the start', async () => {
        const { id, dueOn } = await filed();
        await requests.decide(tenant, id, { event: 'pause', reason: 'identity' }, officer);
        const later = by('key:officer', after(10 * 86_400));
        const resumed = await requests.decide(tenant, id, { event: 'resume' }, later);
        expect(resumed.dueOn > dueOn).toBe(true);

        const request = await approved();
        await suppress(request.id);
        await requests.decide(tenant, request.id, { event: 'hold', matter: 'case 7', reviewAt: '2027-01-01' }, officer);
        await expect(requests.start(tenant, request.id, workflow)).rejects.toMatchObject({ facts: { reason: 'held' } });
      });
    });

    describe('secrets', () => {
      test('identifiers are readable while the request is open and gone with it', async () => {
        const { id } = await filed();
        expect((await requests.selectors(tenant, id)).identifiers).toEqual([jane]);
        await requests.decide(tenant, id, { event: 'withdraw' }, officer);
        expect(await requests.selectors(tenant, id)).toEqual({ identifiers: [], tokens: [] });
        await expect(requests.aliasNonce(tenant, id)).rejects.toMatchObject({ code: 'conflict' });
      });

      test('no row of an open request shows an identifier', async () => {
        const request = await executing('access');
        const [task] = await claimOf(request, 'key:worker');
        if (!task) throw new Error('no task');
        const row = new TextEncoder().encode('{"email":"jane.doe@example.com"}\n');
        await requests.putData(tenant, task.id, task.fence, row, 1, by('key:worker'));
        const raw = await stores.rawRows(tenant);
        expect(raw).toContain(request.id);
        expect(raw).not.toContain('jane.doe');
        expect(raw).not.toContain(Buffer.from('jane.doe').toString('hex'));
      });
    });

    describe('tasks', () => {
      test('only the targets whose upstream is clean are offered, with selectors and record refs', async () => {
        const request = await executing();
        const claimed = await claimOf(request, 'key:worker');
        expect(claimed.map((task) => task.node).sort()).toEqual([warehouse, crm].sort());
        const onCrm = claimed.find((task) => task.node === crm);
        expect(onCrm).toMatchObject({
          action: 'erase',
          selectors: [jane],
          tokens: ['ps1.k1.AAAAAAAAAAAAAAAAAAAAAA'],
          recordRefs: [`${crm}#AAAAAAAAAAAAAAAAAAAAAA`],
          fence: 1,
          attempt: 1,
          expected: null,
          idempotencyKey: `${tenant}:${request.id}:${onCrm?.id}:1`,
        });
        expect(await claimOf(request, 'key:worker')).toEqual([]);
      });

      test('many workers claiming at once never get the same task', async () => {
        await executing();
        await executing();
        const rounds = await Promise.all(
          Array.from({ length: 8 }, (_, worker) => claim(`key:worker${worker}`, { max: 3 })),
        );
        const ids = rounds.flat().map((task) => task.id);
        expect(ids.length).toBeGreaterThanOrEqual(4);
        expect(new Set(ids).size).toBe(ids.length);
      });

      test("a dead worker's task passes on, and its late report changes nothing", async () => {
        const request = await executing('erasure', [crm]);
        const [zombie] = await claimOf(request, 'key:worker');
        if (!zombie) throw new Error('no task');
        const [heir] = await claimOf(request, 'key:worker', after(61));
        expect(heir).toMatchObject({ id: zombie.id, fence: zombie.fence + 1, attempt: 2 });
        const before = await requests.task(tenant, zombie.id);

        const late = by('key:worker', after(62));
        await expect(requests.report(tenant, zombie.id, report(zombie), LIMITS, late)).rejects.toMatchObject({
          code: 'fence_lost',
        });
        await expect(requests.heartbeat(tenant, zombie.id, zombie.fence, 60_000, late)).rejects.toMatchObject({
          code: 'fence_lost',
        });
        await expect(
          requests.fail(
            tenant,
            zombie.id,
            { fence: zombie.fence, class: 'permanent', code: 'x', message: '' },
            LIMITS,
            late,
          ),
        ).rejects.toMatchObject({ code: 'fence_lost' });
        expect(await requests.task(tenant, zombie.id)).toEqual(before);
        expect(await requests.receipts(tenant, request.id)).toEqual([]);

        await requests.report(tenant, zombie.id, report({ fence: zombie.fence + 1 }), LIMITS, late);
        await expect(
          requests.report(tenant, zombie.id, report({ fence: zombie.fence + 1 }), LIMITS, late),
        ).rejects.toMatchObject({ code: 'fence_lost' });
        expect(await requests.receipts(tenant, request.id)).toHaveLength(1);
      });

      test('what a dead worker had announced is in the counts, the log and the outcome, though its heir finds nothing', async () => {
        const request = await executing('erasure', [crm]);
        const [first] = await claimOf(request, 'key:worker');
        if (!first) throw new Error('no task');
        const say = (found: number, fence: number, actor = by('key:worker')) =>
          requests.announce(tenant, first.id, { fence, found }, actor);
        for (const found of [3, 3])
          expect(await say(found, first.fence)).toMatchObject({ state: 'leased', announced: 3 });
        const [heir] = await claimOf(request, 'key:worker', after(61));
        if (!heir) throw new Error('no task for the heir');
        const late = by('key:worker', after(62));
        await expect(say(9, first.fence, late)).rejects.toMatchObject({ code: 'fence_lost' });
        await expect(say(9, heir.fence, by('key:other', after(62)))).rejects.toMatchObject({ code: 'fence_lost' });
        await say(0, heir.fence, late);
        const done = await requests.report(tenant, heir.id, report(heir, nothing), LIMITS, late);
        expect(done).toMatchObject({ state: 'executed', counts: { found: 3, erased: 3, residual: 0 } });
        await expect(say(1, heir.fence, late)).rejects.toMatchObject({ code: 'fence_lost' });

        await sweep(request, after(63));
        const verifier = by('key:verifier', after(64));
        const [check] = await claimOf(request, 'key:verifier', verifier.now);
        expect(check).toMatchObject({ expected: { found: 3 } });
        await expect(say(1, check?.fence ?? 0, verifier)).rejects.toMatchObject({ code: 'illegal_transition' });
        expect(await requests.report(tenant, heir.id, report(check ?? heir, nothing), LIMITS, verifier)).toMatchObject({
          state: 'verified',
        });
        // The receipt says what this report said, the log both.
        expect(await requests.receipts(tenant, request.id)).toMatchObject([{ phase: 'execute', found: 0 }, {}]);
        const entries = await stores.audit.entries(tenant, { afterIndex: -1, limit: 1000, requestId: request.id });
        const said = (type: string) => entries.filter((entry) => entry.type === type).map(({ payload }) => payload);
        expect(said('task.announce')).toMatchObject([{ found: 3 }, { found: 3 }, { found: 0 }]);
        expect(said('task.execute')).toMatchObject([{ found: 3, erased: 3, reported: { found: 0, erased: 0 } }]);
      });

      test('a report after the lease ended counts for nothing, even before anyone else claimed', async () => {
        const request = await executing('erasure', [crm]);
        const [task] = await claimOf(request, 'key:worker');
        if (!task) throw new Error('no task');
        await expect(
          requests.report(tenant, task.id, report(task), LIMITS, by('key:worker', after(61))),
        ).rejects.toMatchObject({ code: 'fence_lost' });
      });

      test('a heartbeat keeps the lease', async () => {
        const request = await executing('erasure', [crm]);
        const [task] = await claimOf(request, 'key:worker');
        if (!task) throw new Error('no task');
        await requests.heartbeat(tenant, task.id, task.fence, 120_000, by('key:worker', after(50)));
        expect(await claimOf(request, 'key:other', after(100))).toEqual([]);
        expect(
          await requests.report(tenant, task.id, report(task), LIMITS, by('key:worker', after(100))),
        ).toMatchObject({
          state: 'executed',
        });
      });

      test("the executor's key is not offered its own verification, and another key is", async () => {
        const request = await executing('erasure', [crm]);
        const [task] = await claimOf(request, 'key:worker');
        if (!task) throw new Error('no task');
        await requests.report(tenant, task.id, report(task), LIMITS, by('key:worker'));
        await sweep(request);
        expect(await claimOf(request, 'key:worker')).toEqual([]);
        const [check] = await claimOf(request, 'key:verifier');
        expect(check).toMatchObject({ id: task.id, action: 'verify', expected: { found: 2, erased: 2, residual: 0 } });
        const proven = await requests.report(
          tenant,
          task.id,
          report(check ?? task, nothing),
          LIMITS,
          by('key:verifier'),
        );
        expect(proven).toMatchObject({ state: 'verified', executedBy: 'key:worker', verifiedBy: 'key:verifier' });
      });

      test('erasing nothing without having searched is a failure for a person to look at', async () => {
        const request = await executing('erasure', [crm]);
        const [task] = await claimOf(request, 'key:worker');
        if (!task) throw new Error('no task');
        const done = await requests.report(
          tenant,
          task.id,
          report(task, { ...nothing, searched: false }),
          LIMITS,
          by('key:worker'),
        );
        expect(done).toMatchObject({ state: 'failed_final', failure: { class: 'needs_human', code: 'not_searched' } });
      });

      test('masking is not erasure, and neither is a sum that does not add up', async () => {
        for (const [lie, code] of [
          [{ method: 'hash' }, 'method_is_not_erasure'],
          [{ erased: 1 }, 'counts_disagree'],
        ] as const) {
          const request = await executing('erasure', [crm]);
          const [task] = await claimOf(request, 'key:worker');
          if (!task) throw new Error('no task');
          const done = await requests.report(tenant, task.id, report(task, lie), LIMITS, by('key:worker'));
          expect(done).toMatchObject({ state: 'failed_final', failure: { code } });
        }
      });

      test('retryable failures come back later and later, and then stay visible', async () => {
        const request = await executing('erasure', [crm]);
        let now = start;
        for (let attempt = 1; attempt <= LIMITS.attemptsMax; attempt += 1) {
          const [task] = await claimOf(request, 'key:worker', now);
          if (!task) throw new Error(`no task in attempt ${attempt}`);
          const failure = { fence: task.fence, class: 'retryable', code: 'unreachable', message: 'no route' } as const;
          const failed = await requests.fail(tenant, task.id, failure, LIMITS, by('key:worker', now));
          expect(failed.state).toBe(attempt < LIMITS.attemptsMax ? 'retry_wait' : 'failed_final');
          expect(await claimOf(request, 'key:worker', now)).toEqual([]);
          now = new Date(now.getTime() + 3_600_000);
          await sweep(request, now);
        }
        const [lost] = await requests.tasks(tenant, request.id).then((all) => all.filter((task) => task.node === crm));
        expect(lost).toMatchObject({ state: 'failed_final', failureMessage: 'no route' });
        await requests.retry(tenant, lost?.id ?? '', by('key:officer', now));
        expect(await claimOf(request, 'key:worker', now)).toHaveLength(1);
      });

      test('a worker that dies again and again does not keep a task for ever', async () => {
        const request = await executing('erasure', [crm]);
        for (let life = 0; life < LIMITS.attemptsMax; life += 1) {
          expect(await claimOf(request, 'key:worker', after(life * 100))).toHaveLength(1);
        }
        expect(await claimOf(request, 'key:worker', after(1000))).toEqual([]);
        const tasks = await requests.tasks(tenant, request.id);
        expect(tasks.find((task) => task.node === crm)).toMatchObject({
          state: 'failed_final',
          failure: { code: 'lease_expired' },
        });
      });

      test('what nobody serves stays blocked until somebody does', async () => {
        const request = await approved();
        await suppress(request.id);
        await requests.start(tenant, request.id, workflow);
        await requests.sweep(tenant, request.id, () => false, LIMITS, workflow);
        expect(await claimOf(request, 'key:worker')).toEqual([]);
        await requests.sweep(tenant, request.id, ({ node }) => node === crm, LIMITS, workflow);
        expect((await claimOf(request, 'key:worker')).map((task) => task.node)).toEqual([crm]);
      });

      test('an exemption comes while the request is carried out, not after its certificate', async () => {
        const request = await executing('erasure', [crm]);
        const [task] = await claimOf(request, 'key:worker');
        if (!task) throw new Error('no task');
        const exemption = { code: 'eu-gdpr:JustificationA17LegalClaims', basis: 'case 7', reviewAt: '2027-01-01' };
        const handed = {
          channel: 'opendsr',
          processor: 'p.example',
          baseUrl: 'https://p.example/v2',
          reference: randomUUID(),
          expectedAt: start.toISOString(),
          callbackUrl: null,
        };
        const counts = { found: 0, erased: 0, residual: 0, method: 'opendsr', searched: false, handed };
        await requests.report(tenant, task.id, report(task, counts), LIMITS, by('key:worker'));
        await proveAll(request);
        await requests.decide(tenant, request.id, { event: 'finish_execution' }, workflow);
        await requests.finish(tenant, request.id, proof('complete_with_exceptions'), workflow);
        await expect(requests.exempt(tenant, task.id, exemption, officer)).rejects.toMatchObject({
          code: 'illegal_transition',
        });
        expect(await requests.task(tenant, task.id)).toMatchObject({ state: 'delegated' });
      });

      test('an exemption needs a code and a second person, and our own data has none', async () => {
        const request = await executing();
        const [task] = (await requests.tasks(tenant, request.id)).filter((any) => any.node === crm);
        const exemption = { code: 'eu-gdpr:JustificationA17LegalClaims', basis: 'case 7', reviewAt: '2027-01-01' };
        await expect(requests.exempt(tenant, task?.id ?? '', exemption, filer)).rejects.toMatchObject({
          code: 'forbidden',
        });
        expect(await requests.exempt(tenant, task?.id ?? '', exemption, officer)).toMatchObject({
          state: 'exempt',
          exemption: { by: 'key:officer' },
        });
        const [own] = (await requests.tasks(tenant, request.id)).filter((any) => any.node === OWN_TELEMETRY);
        await expect(requests.exempt(tenant, own?.id ?? '', exemption, officer)).rejects.toMatchObject({
          code: 'forbidden',
        });
      });

      test('a hold takes erase tasks off the shelf and a release puts them back', async () => {
        const request = await executing('erasure', [crm]);
        await requests.decide(tenant, request.id, { event: 'hold', matter: 'case 7', reviewAt: '2027-01-01' }, officer);
        expect(await claimOf(request, 'key:worker')).toEqual([]);
        await expect(requests.decide(tenant, request.id, { event: 'release' }, officer)).rejects.toMatchObject({
          facts: { reason: 'four_eyes' },
        });
        await requests.decide(tenant, request.id, { event: 'release' }, by('key:counsel'));
        expect(await claimOf(request, 'key:worker')).toHaveLength(1);
      });
    });

    describe('the end', () => {
      test('completion is refused until the receipts prove it, and then destroys what was known', async () => {
        const request = await executing();
        await expect(requests.finish(tenant, request.id, proof('complete'), workflow)).rejects.toMatchObject({
          code: 'illegal_transition',
        });
        await proveAll(request);
        await requests.decide(tenant, request.id, { event: 'finish_execution' }, workflow);
        await expect(
          requests.finish(tenant, request.id, proof('complete_with_exceptions'), workflow),
        ).rejects.toMatchObject({ facts: { reason: 'unproven' } });

        const done = await requests.finish(tenant, request.id, proof('complete'), workflow);
        expect(done).toMatchObject({ state: 'completed', subjectIds: [] });
        expect(await requests.selectors(tenant, request.id)).toEqual({ identifiers: [], tokens: [] });
        await expect(requests.finish(tenant, request.id, proof('complete'), workflow)).rejects.toMatchObject({
          code: 'illegal_transition',
        });
        expect(Buffer.from((await requests.certificate(tenant, request.id)) ?? []).toString()).toBe(
          '{"certificate":1}',
        );
      });

      test('the nonce is handed over once, with a purpose in the trail', async () => {
        const request = await executing();
        await proveAll(request);
        await requests.decide(tenant, request.id, { event: 'finish_execution' }, workflow);
        await requests.finish(tenant, request.id, proof('complete'), workflow);
        expect(await requests.handOver(tenant, request.id, 'answer to the person', officer)).toEqual({
          nonce: 'nonce',
          subjectId: 'subject',
        });
        expect(await requests.handOver(tenant, request.id, 'again', officer)).toBeNull();
        expect((await trail(request.id)).filter((type) => type === 'certificate.handover')).toHaveLength(1);
      });

      test('what nobody asked to be handed over is destroyed in time', async () => {
        const request = await executing();
        await proveAll(request);
        await requests.decide(tenant, request.id, { event: 'finish_execution' }, workflow);
        await requests.finish(tenant, request.id, proof('complete'), workflow);
        await requests.expire(tenant, by('system:workflow', after(31 * 86_400)));
        expect(await requests.handOver(tenant, request.id, 'too late', officer)).toBeNull();
        expect(await trail(request.id)).toContain('certificate.handover_expire');
        expect((await requests.progress(tenant, [request.id])).get(request.id)).toEqual({
          verified: 2,
          no_data_found: 2,
        });
      });

      test('a reopened request starts again from new selectors and keeps its old certificate', async () => {
        const request = await executing();
        await proveAll(request);
        await requests.decide(tenant, request.id, { event: 'finish_execution' }, workflow);
        await requests.finish(tenant, request.id, proof('complete'), workflow);
        const again = await requests.reopen(
          tenant,
          request.id,
          { identifiers: [jane], tokens: [] },
          'residue',
          officer,
        );
        expect(again).toMatchObject({ state: 'reopened', planHash: null, approval: null, suppression: null });
        // Who is named now was never identified: the proof belonged to the request before.
        expect(again.identity).toBeNull();
        await expect(
          requests.putPlan(tenant, request.id, draftFor(again, [...request.subjectIds]), workflow),
        ).rejects.toMatchObject({ facts: { reason: 'unverified' } });
        expect((await requests.selectors(tenant, request.id)).identifiers).toEqual([jane]);
        expect(await requests.certificate(tenant, request.id)).not.toBeNull();
      });
    });

    describe('copies', () => {
      test('an export is proven by the rows that arrived, and completes only once sealed', async () => {
        const request = await executing('access', [crm]);
        const [task] = await claimOf(request, 'key:worker');
        if (!task) throw new Error('no task');
        const rows = new TextEncoder().encode('{"id":1}\n{"id":2}\n');
        await requests.putData(tenant, task.id, task.fence, rows, 2, by('key:worker'));
        const counts = { found: 2, erased: 0, residual: 0, method: 'export' };
        await requests.report(tenant, task.id, report(task, counts), LIMITS, by('key:worker'));
        await sweep(request);
        expect(await requests.task(tenant, task.id)).toMatchObject({ state: 'verified' });
        const delivered = [];
        for await (const each of stores.packages.deliveredData(tenant, request.id)) delivered.push(each);
        expect(delivered).toMatchObject([{ node: crm, rows: 2 }]);
        expect(Buffer.from(delivered[0]?.ndjson ?? []).toString()).toBe('{"id":1}\n{"id":2}\n');

        await requests.decide(tenant, request.id, { event: 'finish_execution' }, workflow);
        await expect(requests.finish(tenant, request.id, proof('complete'), workflow)).rejects.toMatchObject({
          facts: { reason: 'not_sealed' },
        });
        const content = (async function* () {
          yield new TextEncoder().encode('a package');
        })();
        await stores.packages.seal(tenant, request.id, { content, complete: true }, workflow);
        expect((await requests.finish(tenant, request.id, proof('complete'), workflow)).state).toBe('completed');
      });

      test('an export whose rows did not all arrive is done again', async () => {
        const request = await executing('access', [crm]);
        const [task] = await claimOf(request, 'key:worker');
        if (!task) throw new Error('no task');
        const counts = { found: 2, erased: 0, residual: 0, method: 'export' };
        await requests.report(tenant, task.id, report(task, counts), LIMITS, by('key:worker'));
        await sweep(request);
        expect((await requests.task(tenant, task.id))?.state).toBe('ready');
      });
    });

    test("another tenant's requests and tasks do not exist", async () => {
      const request = await executing();
      const [task] = await requests.tasks(tenant, request.id);
      expect(await requests.request(rival, request.id)).toBeNull();
      expect(await requests.task(rival, task?.id ?? '')).toBeNull();
      expect(await requests.plan(rival, request.id)).toBeNull();
      expect(await requests.requests(rival, { after: null, limit: 100 })).toEqual([]);
      expect(await requests.certificate(rival, request.id)).toBeNull();
      expect(await requests.selectors(rival, request.id)).toEqual({ identifiers: [], tokens: [] });
      expect(
        await requests.claim(rival, { stores: ['*'], max: 100, leaseSeconds: 60, worker: 'w' }, LIMITS, officer),
      ).toEqual([]);
      expect(await requests.takeWork(rival, { owner: 'o', leaseMs: 1, limit: 100, now: after(1) })).toEqual([]);
      for (const call of [
        () => requests.tasks(rival, request.id),
        () => requests.decide(rival, request.id, { event: 'suspend' }, officer),
        () => requests.report(rival, task?.id ?? '', report({ fence: 1 }), LIMITS, officer),
        () => requests.retry(rival, task?.id ?? '', officer),
      ]) {
        await expect(call()).rejects.toMatchObject({ code: 'not_found' });
      }
    });

    test('work is given to one process at a time, and again when the first one died', async () => {
      const request = await approved();
      const take = (owner: string, now: Date) =>
        requests.takeWork(tenant, { owner, leaseMs: 10_000, limit: 1000, now });
      const ids = (taken: StoredRequest[]) => taken.map((each) => each.id);
      expect(ids(await take('a', after(1)))).toContain(request.id);
      expect(ids(await take('b', after(2)))).not.toContain(request.id);
      expect(ids(await take('b', after(12)))).toContain(request.id);
      await requests.putWork(tenant, request.id, 'a', { takenAt: after(1), againAt: after(100) });
      expect(ids(await take('c', after(13)))).not.toContain(request.id);
      await requests.putWork(tenant, request.id, 'b', { takenAt: after(12), againAt: after(100) });
      expect(ids(await take('c', after(50)))).not.toContain(request.id);
      expect(ids(await take('c', after(101)))).toContain(request.id);
    });

    test('the plan hash stored is the hash of the plan stored', async () => {
      const request = await planned();
      const stored = await requests.plan(tenant, request.id);
      expect(stored && planHash(stored.plan)).toBe(request.planHash);
      expect(people).toBeGreaterThan(0);
    });
  });
}
