import { VestigeError } from '@vestige/core/errors';
import type { TenantId } from '@vestige/core/ids';
import { loseLease, type TaskLimits } from '@vestige/core/request/task';
import { NEXT_TASK_STATE } from '@vestige/core/request/task-state';
import type { ClaimedTask, ClaimRequest } from '@vestige/core/request/worker-protocol';
import { and, eq, inArray, isNotNull, lte, or, type SQL, sql } from 'drizzle-orm';
import type { AuditDraft } from '../audit/audit-store.ts';
import { rowsOf, type Transaction } from '../postgres.ts';
import { HELD_TASK } from './hold-coverage.ts';
import type { By, StoredTask } from './request-store.ts';
import { type KnownSelectors, readSelectorsOf } from './selectors.ts';
import { planRecords, tasks } from './tables.ts';
import { allowed, storedTask, taskAudit, writeTask } from './task-rows.ts';

/**
 * Handing tasks to workers, in three simple questions rather than one clever one, because the planner believes that so
 * many conditions leave next to nothing and then reads everything (`npm run bench -- requests`): which of the nodes that
 * the worker serves have something on the shelf, skipping through the index from node to node; which tasks there have
 * the nearest deadlines, straight off the index; and which of those may be done now, locked and marked. Where none may
 * (held, paused, another action), the next page is asked for.
 *
 * Rows that another claim holds are skipped, not waited for, and the fence rises with every claim, so whoever held the
 * task before can no longer report on it.
 */
const LEASES_PER_SWEEP = 100;
/** Candidates per task asked for: so many claims may run at the same moment before one has to turn the page. */
const CANDIDATES_PER_TASK = 4;
/** Of the page after one that brought too little. */
const PAGE_GROWTH = 4;

/** Condition of the index `tasks_to_claim`, word for word. */
const ON_THE_SHELF = sql`t.state IN ('ready', 'verifying') AND t.lease_until IS NULL AND t.origin <> 'own'`;
/**
 * The same, so that the planner does not know it. Candidates are looked up by their ids; over the index above it believes
 * to find next to nothing, and walks all of it (48 of 49 ms with 40,000 tasks).
 */
const STILL_ON_THE_SHELF = sql`coalesce(${ON_THE_SHELF}, false)`;

export interface WorkerClaim extends ClaimRequest {
  /** What the key may do: carry out (`tasks:work`), verify (`tasks:verify`). Both when absent. */
  readonly phases?: readonly ('execute' | 'verify')[];
}

/** @returns the tasks and their audit entries, which the caller writes last */
export async function claimTasks(
  tx: Transaction,
  tenant: TenantId,
  claim: WorkerClaim,
  by: By,
): Promise<{ claimed: ClaimedTask[]; audit: AuditDraft[] }> {
  const nodes = await nodesToServe(tx, tenant, claim);
  const picked: { id: string }[] = [];
  let after: Position = FIRST;
  for (let size = claim.max * CANDIDATES_PER_TASK; nodes.length > 0; size *= PAGE_GROWTH) {
    const page = await nearest(tx, tenant, { nodes, after, size, states: statesFor(claim) }, by);
    picked.push(...(await take(tx, tenant, { ...claim, max: claim.max - picked.length }, page, by)));
    const last = page.at(-1);
    if (picked.length >= claim.max || page.length < size || last === undefined) break;
    after = last;
  }
  if (picked.length === 0) return { claimed: [], audit: [] };
  const ids = picked.map((row) => row.id);
  const rows = await tx
    .select()
    .from(tasks)
    .where(and(eq(tasks.tenant, tenant), inArray(tasks.id, ids)));
  const stored = rows.map(storedTask).sort((one, other) => ids.indexOf(one.id) - ids.indexOf(other.id));
  const known = await whatTheyNeed(tx, tenant, stored);
  const audit = stored.map((task) =>
    taskAudit('claim', task, task.state === 'leased' ? 'ready' : 'verifying', by, { worker: claim.worker }),
  );
  return { claimed: stored.map((task) => claimedTask(tenant, task, known)), audit };
}

/** Where a candidate stands in the order of deadlines. Texts, because instants have more digits than a `Date`. */
interface Position extends Record<string, unknown> {
  readonly id: string;
  readonly dueOn: string;
  readonly notBefore: string;
}
const FIRST: Position = { id: '00000000-0000-0000-0000-000000000000', dueOn: '-infinity', notBefore: '-infinity' };

async function nodesToServe(tx: Transaction, tenant: TenantId, { stores }: WorkerClaim): Promise<string[]> {
  const exact = stores.filter((store) => !store.endsWith('*'));
  const prefixes = stores.filter((store) => store.endsWith('*')).map((store) => store.slice(0, -1));
  // Of places named in full nobody has to find out which there are.
  if (prefixes.length === 0) return [...new Set(exact)];
  const rows = await rowsOf<{ node: string }>(
    tx,
    sql`
      WITH RECURSIVE shelf (node) AS (
        (SELECT t.node FROM tasks t WHERE t.tenant = ${tenant} AND ${ON_THE_SHELF} ORDER BY t.node LIMIT 1)
        UNION ALL
        SELECT (SELECT t.node FROM tasks t WHERE t.tenant = ${tenant} AND ${ON_THE_SHELF} AND t.node > shelf.node
                ORDER BY t.node LIMIT 1)
        FROM shelf WHERE shelf.node IS NOT NULL
      )
      SELECT node FROM shelf WHERE node IS NOT NULL
        AND (node = ANY (${sql.param(exact)}::text[])
             OR EXISTS (SELECT FROM unnest(${sql.param(prefixes)}::text[]) AS p (prefix) WHERE starts_with(node, prefix)))`,
  );
  return rows.map(({ node }) => node);
}

/** The tasks on the shelf with the nearest deadlines after a position, whether or not they may be done now. */
function nearest(
  tx: Transaction,
  tenant: TenantId,
  page: { nodes: readonly string[]; after: Position; size: number; states: readonly string[] },
  by: By,
): Promise<Position[]> {
  const { nodes, after, size, states } = page;
  return rowsOf<Position>(
    tx,
    sql`
      SELECT p.id, p.due_on::text AS "dueOn", p.not_before::text AS "notBefore"
      FROM unnest(${sql.param([...nodes])}::text[]) AS n (node) CROSS JOIN LATERAL (
        SELECT t.id, t.due_on, t.not_before FROM tasks t
        WHERE t.tenant = ${tenant} AND t.node = n.node AND ${ON_THE_SHELF}
          AND t.state = ANY (${sql.param([...states])}::text[])
          AND t.not_before <= ${by.now.toISOString()}::timestamptz
          AND (t.due_on, t.not_before, t.id) > (${after.dueOn}::date, ${after.notBefore}::timestamptz, ${after.id}::uuid)
        ORDER BY t.due_on, t.not_before, t.id LIMIT ${size}
      ) AS p
      ORDER BY p.due_on, p.not_before, p.id LIMIT ${size}`,
  );
}

/** Locks and marks those of the candidates that may be done now, at most `claim.max`. */
function take(
  tx: Transaction,
  tenant: TenantId,
  claim: WorkerClaim,
  candidates: readonly Position[],
  by: By,
): Promise<{ id: string }[]> {
  if (candidates.length === 0) return Promise.resolve([]);
  const until = new Date(by.now.getTime() + claim.leaseSeconds * 1000);
  return rowsOf<{ id: string }>(
    tx,
    sql`
      UPDATE tasks SET
        state = CASE state WHEN 'ready' THEN ${NEXT_TASK_STATE.ready.claim} ELSE ${NEXT_TASK_STATE.verifying.claim} END,
        fence = fence + 1, attempt = attempt + 1,
        lease_by = ${by.actor}, lease_worker = ${claim.worker}, lease_until = ${until.toISOString()}::timestamptz,
        updated_at = ${by.now.toISOString()}::timestamptz
      -- An array is picked once; a plain IN may be planned as a join that locks more rows than it takes.
      WHERE tenant = ${tenant} AND id = ANY (ARRAY (
        SELECT t.id FROM tasks t
        JOIN requests r ON r.tenant = t.tenant AND r.id = t.request_id AND r.plan_version = t.plan_version
        WHERE t.id = ANY (${sql.param(candidates.map(({ id }) => id))}::uuid[]) AND ${claimableTask(tenant, claim, by)}
        ORDER BY t.due_on, t.not_before, t.id
        FOR UPDATE OF t SKIP LOCKED LIMIT ${claim.max}))
      RETURNING id`,
  );
}

function statesFor({ phases = ['execute', 'verify'], actions }: WorkerClaim): string[] {
  const executes =
    phases.includes('execute') && (actions === undefined || actions.some((action) => action !== 'verify'));
  const verifies = phases.includes('verify') && (actions === undefined || actions.includes('verify'));
  return [...(executes ? ['ready'] : []), ...(verifies ? ['verifying'] : [])];
}

/** Conditions on `tasks t` and `requests r` under which a task may be handed to this worker now. */
function claimableTask(tenant: TenantId, claim: WorkerClaim, by: By): SQL {
  const { phases = ['execute', 'verify'] } = claim;
  const actions = claim.actions === undefined ? null : [...claim.actions];
  return sql`t.tenant = ${tenant} AND ${STILL_ON_THE_SHELF} AND t.not_before <= ${by.now.toISOString()}::timestamptz
    -- What an export delivered is looked at by the workflow; who was told has nothing to verify.
    AND NOT (t.state = 'verifying' AND t.action IN ('search', 'export', 'notify'))
    AND (t.state = 'ready' OR t.executed_by <> ${by.actor})
    -- Carrying out and verifying are two scopes (compliance E1).
    AND CASE t.state WHEN 'ready' THEN 'execute' ELSE 'verify' END = ANY (${sql.param([...phases])}::text[])
    AND (${sql.param(actions)}::text[] IS NULL
         OR CASE t.state WHEN 'ready' THEN t.action ELSE 'verify' END = ANY (${sql.param(actions)}::text[])
            -- Who does not know these would count rows that are meant to stay (worker-protocol.ts).
            AND (t.action NOT IN ('restrict', 'unrestrict', 'rectify') OR t.action = ANY (${sql.param(actions)}::text[])))
    -- Who does not know of parts that stay would destroy them.
    AND (t.keeps IS NULL OR ${claim.keepsParts === true})
    -- mayWork() of the core. A dry run counts, which needs no approval.
    AND (CASE WHEN t.dry THEN r.state = 'awaiting_approval' ELSE r.state IN ('executing', 'verifying', 'blocked') END)
    AND r.paused IS NULL AND NOT r.suspended
    AND NOT EXISTS (SELECT FROM request_policies w WHERE w.tenant = t.tenant AND w.work_paused IS NOT NULL)
    AND (t.dry OR (r.hold IS NULL OR r.type NOT IN ('erasure', 'rectification')) AND NOT ${HELD_TASK})`;
}

/** Tasks whose worker has gone silent become claimable again, or are given up when it happened too often. */
export async function expireLeases(
  tx: Transaction,
  tenant: TenantId,
  limits: TaskLimits,
  by: By,
): Promise<AuditDraft[]> {
  const rows = await tx
    .select()
    .from(tasks)
    .where(and(eq(tasks.tenant, tenant), lte(tasks.leaseUntil, by.now)))
    .orderBy(tasks.id)
    .limit(LEASES_PER_SWEEP)
    .for('update', { skipLocked: true });
  const audit: AuditDraft[] = [];
  for (const task of rows.map(storedTask)) {
    const { event, next } = allowed(loseLease(task, limits));
    const after = await writeTask(tx, tenant, task, next, by);
    audit.push(taskAudit(event, after, task.state, { ...by, actor: 'system:lease' }, { worker: task.lease?.worker }));
  }
  return audit;
}

/** What claimed tasks need beside their own rows; one question each, however many tasks there are. */
interface Known {
  readonly selectors: ReadonlyMap<string, KnownSelectors>;
  /** By request and node. */
  readonly refs: ReadonlyMap<string, readonly string[]>;
  /** By request and plan version. */
  readonly spared: ReadonlyMap<string, readonly string[]>;
}

async function whatTheyNeed(tx: Transaction, tenant: TenantId, claimed: readonly StoredTask[]): Promise<Known> {
  const requestIds = [...new Set(claimed.map((task) => task.requestId))];
  const nodes = [...new Set(claimed.map((task) => task.node))];
  const selectors = await readSelectorsOf(tx, tenant, requestIds);
  const records = await tx
    .select()
    .from(planRecords)
    .where(
      and(eq(planRecords.tenant, tenant), inArray(planRecords.requestId, requestIds), inArray(planRecords.node, nodes)),
    );
  const exempt = await tx
    .select({ requestId: tasks.requestId, planVersion: tasks.planVersion, node: tasks.node })
    .from(tasks)
    .where(
      and(
        eq(tasks.tenant, tenant),
        inArray(tasks.requestId, requestIds),
        // A place that keeps a part is worked on by its own task alone: only that one knows what stays.
        or(eq(tasks.state, 'exempt'), isNotNull(tasks.keeps)),
      ),
    );
  const spared = new Map<string, string[]>();
  for (const { requestId, planVersion, node } of exempt) {
    const key = `${requestId} ${planVersion}`;
    spared.set(key, [...(spared.get(key) ?? []), node]);
  }
  return { selectors, refs: new Map(records.map((row) => [`${row.requestId} ${row.node}`, row.refs])), spared };
}

function claimedTask(tenant: TenantId, task: StoredTask, known: Known): ClaimedTask {
  if (task.lease === null) throw new VestigeError('internal', 'a claimed task has no lease');
  const selectors = known.selectors.get(task.requestId);
  const verifying = task.state === 'verifying';
  return {
    id: task.id,
    requestId: task.requestId,
    fence: task.fence,
    leaseUntil: task.lease.until.toISOString(),
    action: verifying ? 'verify' : task.action,
    node: task.node,
    selectors: selectors?.identifiers ?? [],
    tokens: selectors?.tokens ?? [],
    recordRefs: known.refs.get(`${task.requestId} ${task.node}`) ?? [],
    spared: (known.spared.get(`${task.requestId} ${task.planVersion}`) ?? []).filter((node) => node !== task.node),
    attempt: task.attempt,
    idempotencyKey: `${tenant}:${task.requestId}:${task.id}:${task.planVersion}`,
    expected: verifying ? task.counts : null,
    ...(verifying ? { verifies: task.action } : {}),
    ...(task.keeps.length > 0 ? { keeps: task.keeps } : {}),
    ...(task.action === 'rectify' ? { corrections: selectors?.corrections ?? [] } : {}),
  };
}
