import { fourEyesObjection } from '@vestige/core/access/four-eyes';
import type { TenantId } from '@vestige/core/ids';
import { eventsNow, mayWork } from '@vestige/core/request/request';
import { OPEN_STATES, UNPLANNED_STATES } from '@vestige/core/request/request-state';
import { claimTask } from '@vestige/core/request/task';
import { and, arrayOverlaps, asc, eq, inArray, isNull, lt } from 'drizzle-orm';
import { insertAudit, insertAudits } from '../audit/insert-audit.ts';
import { type Database, type Transaction, withTenant } from '../postgres.ts';
import { bringBack } from '../retention/leaving-identities.ts';
import { whileContended } from '../retry-contention.ts';
import { claimTasks, expireLeases } from './claiming.ts';
import { endRequest, expireHandovers, finishRequest, handOver, latestCertificate, reopenRequest } from './closing.ts';
import { startDryRun } from './dry-running.ts';
import { escalateRequests } from './escalating.ts';
import { putExemptions } from './exempting.ts';
import { heldEverywhere } from './hold-coverage.ts';
import { readPlan, startRequest, storePlan } from './planning.ts';
import {
  announceFound,
  deliverData,
  exemptTask,
  extendLease,
  reportFailure,
  reportResult,
  retryTask,
} from './reporting.ts';
import { ORDERS } from './request-orders.ts';
import {
  calendarOf,
  factsOf,
  insertRequest,
  readPolicy,
  requireRequest,
  storedRequest,
  transition,
} from './request-rows.ts';
import { DEFAULT_POLICY, type RequestStore } from './request-store.ts';
import { putSelectors, readAliasNonce, readSelectors } from './selectors.ts';
import { sweepTasks } from './sweeping.ts';
import { receipts, requestPolicies, requests, tasks } from './tables.ts';
import { lockTask, progressOf, storedTask, taskAudit, tasksOf, writeTask } from './task-rows.ts';
import { keepWork, noteSuppression, putWork, takeWork } from './working.ts';

/** Requests on Postgres or PGlite. One method, one transaction; audit entries are its last statements. */
export function postgresRequestStore(db: Database): RequestStore {
  const within = <T>(tenant: TenantId, work: (tx: Transaction) => Promise<T>) => withTenant(db, tenant, work);
  /** Whoever had left is brought back with it, which locks tokens of several people. */
  const aboutPeople = <T>(tenant: TenantId, work: (tx: Transaction) => Promise<T>) =>
    whileContended(() => within(tenant, work));

  return {
    policy: (tenant) => within(tenant, (tx) => readPolicy(tx, tenant)),
    putPolicy: (tenant, policy, by) =>
      within(tenant, async (tx) => {
        const { identity = DEFAULT_POLICY.identity } = policy;
        const holidays = policy.holidays === null ? null : [...policy.holidays];
        const row = { ...policy, identity, holidays };
        await tx
          .insert(requestPolicies)
          .values({ tenant, ...row })
          .onConflictDoUpdate({ target: requestPolicies.tenant, set: row });
        await insertAudit(tx, tenant, {
          type: 'policy.put',
          actor: by.actor,
          object: { kind: 'policy', id: 'requests' },
          payload: { ...policy, identity },
        });
      }),
    pauseWork: (tenant, reason, by) =>
      within(tenant, async (tx) => {
        const workPaused = reason === null ? null : { by: by.actor, at: by.now.toISOString(), reason };
        const { holidays, identity, ...protective } = DEFAULT_POLICY;
        await tx
          .insert(requestPolicies)
          .values({ tenant, ...protective, holidays: null, workPaused })
          .onConflictDoUpdate({ target: requestPolicies.tenant, set: { workPaused } });
        await insertAudit(tx, tenant, {
          type: workPaused === null ? 'work.resume' : 'work.pause',
          actor: by.actor,
          object: { kind: 'policy', id: 'requests' },
          payload: reason === null ? {} : { reason },
        });
      }),

    file: (tenant, given, by) =>
      aboutPeople(tenant, async (tx) => {
        const request = await insertRequest(tx, tenant, given, by);
        await putSelectors(tx, tenant, request.id, given);
        await insertAudit(tx, tenant, {
          type: 'request.file',
          actor: by.actor,
          object: { kind: 'request', id: request.id },
          requestId: request.id,
          payload: { type: given.type, regime: given.regime, selectors: request.selectorCount },
        });
        return request;
      }),
    request: (tenant, id) =>
      within(tenant, async (tx) => {
        const [row] = await tx
          .select()
          .from(requests)
          .where(and(eq(requests.tenant, tenant), eq(requests.id, id)));
        return row ? storedRequest(row) : null;
      }),
    requests: (tenant, query) =>
      within(tenant, async (tx) => {
        const { states, types, dueBefore, order = 'due', after, limit } = query;
        const { onward, sorted, position } = ORDERS[order];
        const rows = await tx
          .select()
          .from(requests)
          .where(
            and(
              eq(requests.tenant, tenant),
              states && inArray(requests.state, [...states]),
              types && inArray(requests.type, [...types]),
              dueBefore === undefined ? undefined : lt(requests.dueOn, dueBefore),
              after === null ? undefined : onward(position(after.by), after.id),
            ),
          )
          .orderBy(...sorted)
          .limit(limit);
        return rows.map(storedRequest);
      }),
    next: (tenant, id, by) =>
      within(tenant, async (tx) => {
        const request = await requireRequest(tx, tenant, id);
        const facts = await factsOf(tx, tenant, request, by);
        const { hands, singleKeyAllowed } = facts;
        return {
          state: request.state,
          events: eventsNow(request, facts),
          isSecondPerson: fourEyesObjection('request.approve', request.filedBy, hands, singleKeyAllowed) === null,
        };
      }),
    openRequestsOf: (tenant, subjectIds) =>
      within(tenant, async (tx) => {
        if (subjectIds.length === 0) return [];
        const rows = await tx
          .select()
          .from(requests)
          .where(
            and(
              eq(requests.tenant, tenant),
              inArray(requests.state, [...OPEN_STATES]),
              arrayOverlaps(requests.subjectIds, [...subjectIds]),
            ),
          )
          .orderBy(asc(requests.filedAt), asc(requests.id));
        return rows.map(storedRequest);
      }),

    decide: (tenant, id, command, by) =>
      within(tenant, (tx) =>
        command.event === 'withdraw' || command.event === 'expire'
          ? endRequest(tx, tenant, id, command, by)
          : transition(tx, tenant, id, command, by, async (request) =>
              command.event === 'finish_execution' ? { executedAt: request.executedAt ?? by.now } : {},
            ),
      ),
    refuse: (tenant, id, refusal, by) =>
      within(tenant, (tx) =>
        endRequest(tx, tenant, id, { event: 'refuse', code: refusal.code }, by, async () => ({ refusal }), {
          payload: { ...refusal },
        }),
      ),
    putPlan: (tenant, id, draft, by) => aboutPeople(tenant, (tx) => storePlan(tx, tenant, id, draft, by)),
    plan: (tenant, id, version) => within(tenant, (tx) => readPlan(tx, tenant, id, version)),
    putExemptions: (tenant, id, exemptions, by) =>
      within(tenant, (tx) => putExemptions(tx, tenant, id, exemptions, by)),
    startDryRun: (tenant, id, served, by) => within(tenant, (tx) => startDryRun(tx, tenant, id, served, by)),
    dryRun: (tenant, id) =>
      within(tenant, async (tx) => {
        const request = await requireRequest(tx, tenant, id);
        return tasksOf(tx, tenant, id, request.planVersion, false, true);
      }),
    start: (tenant, id, by) => within(tenant, (tx) => startRequest(tx, tenant, id, by)),
    finish: (tenant, id, proof, by) => within(tenant, (tx) => finishRequest(tx, tenant, id, proof, by)),
    reopen: (tenant, id, selectors, reason, by) =>
      within(tenant, (tx) => reopenRequest(tx, tenant, id, selectors, reason, by)),

    selectors: (tenant, id) =>
      within(tenant, async (tx) => {
        const { identifiers, tokens } = await readSelectors(tx, tenant, id);
        return { identifiers, tokens };
      }),
    aliasNonce: (tenant, id) => within(tenant, (tx) => readAliasNonce(tx, tenant, id)),
    noteSubjects: (tenant, id, subjectIds) =>
      aboutPeople(tenant, async (tx) => {
        await bringBack(tx, tenant, subjectIds);
        await tx
          .update(requests)
          .set({ subjectIds: [...subjectIds] })
          .where(
            and(
              eq(requests.tenant, tenant),
              eq(requests.id, id),
              isNull(requests.planHash),
              inArray(requests.state, [...UNPLANNED_STATES]),
            ),
          );
      }),
    noteAttention: (tenant, id, attention) =>
      within(tenant, async (tx) => {
        await tx
          .update(requests)
          .set({ attention })
          .where(and(eq(requests.tenant, tenant), eq(requests.id, id)));
      }),
    noteSuppression: (tenant, id, note, by) => within(tenant, (tx) => noteSuppression(tx, tenant, id, note, by)),
    noteTelemetryErased: (tenant, id, doneAtS) =>
      within(tenant, async (tx) => {
        await tx
          .update(requests)
          .set({ telemetryDoneAtS: doneAtS })
          .where(and(eq(requests.tenant, tenant), eq(requests.id, id)));
      }),

    takeWork: (tenant, take) => within(tenant, (tx) => takeWork(tx, tenant, take)),
    keepWork: (tenant, id, owner, until) => within(tenant, (tx) => keepWork(tx, tenant, id, owner, until)),
    putWork: (tenant, id, owner, seen) => within(tenant, (tx) => putWork(tx, tenant, id, owner, seen)),
    sweep: (tenant, id, served, limits, by) =>
      within(tenant, async (tx) => {
        const audit = await sweepTasks(tx, tenant, id, served, limits, by);
        await insertAudits(tx, tenant, audit);
        return audit.length;
      }),

    escalate: (tenant, by) =>
      within(tenant, async (tx) => {
        const audit = await escalateRequests(tx, tenant, calendarOf(await readPolicy(tx, tenant)), by);
        await insertAudits(tx, tenant, audit);
        return audit.length;
      }),

    progress: (tenant, ids) => within(tenant, (tx) => progressOf(tx, tenant, ids)),
    tasks: (tenant, id) =>
      within(tenant, async (tx) => {
        const request = await requireRequest(tx, tenant, id);
        return tasksOf(tx, tenant, id, request.planVersion, false);
      }),
    task: (tenant, taskId) =>
      within(tenant, async (tx) => {
        const [row] = await tx
          .select()
          .from(tasks)
          .where(and(eq(tasks.tenant, tenant), eq(tasks.id, taskId)));
        return row ? storedTask(row) : null;
      }),
    claim: (tenant, claim, limits, by) =>
      within(tenant, async (tx) => {
        const expired = await expireLeases(tx, tenant, limits, by);
        const { claimed, audit } = await claimTasks(tx, tenant, claim, by);
        await insertAudits(tx, tenant, [...expired, ...audit]);
        return claimed;
      }),
    claimOwn: (tenant, requestId, node, leaseMs, by) =>
      within(tenant, async (tx) => {
        const request = await requireRequest(tx, tenant, requestId);
        const workPaused = (await readPolicy(tx, tenant)).workPaused !== null;
        const heldByScope = await heldEverywhere(tx, tenant, request.subjectIds);
        if (!mayWork(request, { workPaused, heldByScope })) return null;
        const [found] = (await tasksOf(tx, tenant, requestId, request.planVersion, false)).filter(
          (task) => task.node === node && task.origin === 'own',
        );
        if (!found) return null;
        const task = await lockTask(tx, tenant, found.id);
        const lease = { by: by.actor, worker: by.actor, until: new Date(by.now.getTime() + leaseMs) };
        const decision = claimTask(task, lease, by.now);
        if (!decision.ok) return null;
        const after = await writeTask(tx, tenant, task, decision.next, by);
        await insertAudit(tx, tenant, taskAudit(decision.event, after, task.state, by));
        return { id: after.id, fence: after.fence };
      }),
    announce: (tenant, taskId, announcement, by) =>
      within(tenant, (tx) => announceFound(tx, tenant, taskId, announcement, by)),
    heartbeat: (tenant, taskId, fence, leaseMs, by) =>
      within(tenant, (tx) => extendLease(tx, tenant, taskId, fence, leaseMs, by)),
    report: (tenant, taskId, result, limits, by) =>
      within(tenant, (tx) => reportResult(tx, tenant, taskId, result, limits, by)),
    fail: (tenant, taskId, failure, limits, by) =>
      within(tenant, (tx) => reportFailure(tx, tenant, taskId, failure, limits, by)),
    putData: (tenant, taskId, fence, ndjson, rows, by) =>
      within(tenant, (tx) => deliverData(tx, tenant, taskId, { fence, ndjson, rows }, by)),
    exempt: (tenant, taskId, exemption, by) => within(tenant, (tx) => exemptTask(tx, tenant, taskId, exemption, by)),
    retry: (tenant, taskId, by) => within(tenant, (tx) => retryTask(tx, tenant, taskId, by)),
    receipts: (tenant, requestId) =>
      within(tenant, async (tx) => {
        const rows = await tx
          .select({ receipt: receipts, node: tasks.node })
          .from(receipts)
          .innerJoin(tasks, and(eq(tasks.tenant, receipts.tenant), eq(tasks.id, receipts.taskId)))
          .where(and(eq(receipts.tenant, tenant), eq(receipts.requestId, requestId)))
          .orderBy(asc(receipts.at), asc(receipts.fence));
        return rows.map(({ receipt, node }) => {
          const { tenant: _tenant, requestId: _request, cannotErase: _kept, byKey, ...rest } = receipt;
          return { ...rest, by: byKey, node };
        });
      }),

    certificate: (tenant, id) => within(tenant, (tx) => latestCertificate(tx, tenant, id)),
    handOver: (tenant, id, purpose, by) => within(tenant, (tx) => handOver(tx, tenant, id, purpose, by)),
    expire: (tenant, by) => within(tenant, (tx) => expireHandovers(tx, tenant, by)),
  };
}
