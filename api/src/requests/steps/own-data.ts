import { setTimeout as sleep } from 'node:timers/promises';
import { canonicalHash } from '@vestige/core/certificate/canonical-hash';
import { isVestigeError } from '@vestige/core/errors';
import { OWN_ALIASES, OWN_TELEMETRY } from '@vestige/core/request/plan';
import { COUNTED_AGAIN, type FailureClass, type TaskResult } from '@vestige/core/request/worker-protocol';
import type { StoredRequest } from '@vestige/store/requests/request-store';
import { taskLimits } from '../task-limits.ts';
import { type StepContext, workflowActor } from './context.ts';

/**
 * Erasing what Vestige itself holds about the person: telemetry first, then the audit payloads and aliases that name
 * them. The tasks go through the same table, leases and receipts as any deletion job; the part that erases and the part
 * that verifies have names, credentials and ways of counting of their own.
 */
/** Short, because a process that dies in between is waited for this long; renewed while the engine rewrites. */
const LEASE_MS = 30_000;
const SETTLE_MS = 5_000;
const SETTLE_POLL_MS = 200;
const ERASER = 'system:eraser';
const VERIFIER = 'system:verifier';

type Counted = Pick<TaskResult, 'found' | 'erased' | 'residual'> & { method: string; evidence: unknown };

interface OwnWork {
  readonly node: string;
  /** What is there before any of it goes; absent where the erasure itself remembers what it found. */
  readonly find?: (context: StepContext, request: StoredRequest) => Promise<number>;
  readonly erase: (context: StepContext, request: StoredRequest) => Promise<Counted>;
  /** Null: not to be judged yet. */
  readonly verify: (context: StepContext, request: StoredRequest) => Promise<Counted | null>;
}

const OWN_WORK: readonly OwnWork[] = [
  { node: OWN_TELEMETRY, erase: eraseTelemetry, verify: verifyTelemetry },
  { node: OWN_ALIASES, find: findAliases, erase: eraseAliases, verify: verifyAliases },
];

/** Does what is due of our own tasks. @returns whether anything was done */
export async function workOnOwnData(context: StepContext, request: StoredRequest): Promise<boolean> {
  let worked = false;
  for (const { node, find, erase, verify } of OWN_WORK) {
    worked = (await attempt(context, request, node, ERASER, erase, find)) || worked;
    worked = (await attempt(context, request, node, VERIFIER, verify)) || worked;
  }
  return worked;
}

async function attempt(
  context: StepContext,
  request: StoredRequest,
  node: string,
  actor: typeof ERASER | typeof VERIFIER,
  work: OwnWork['verify'],
  find?: OwnWork['find'],
): Promise<boolean> {
  const { deps, tenant } = context;
  const wanted = actor === ERASER ? 'ready' : 'verifying';
  const task = (await deps.requests.tasks(tenant.id, request.id)).find((each) => each.node === node);
  if (task?.state !== wanted || task.lease !== null) return false;
  const by = () => ({ actor, now: deps.now() });
  const claimed = await deps.requests.claimOwn(tenant.id, request.id, node, LEASE_MS, by());
  if (claimed === null) return false;
  const fail = (code: string, message: string, failure: FailureClass = 'retryable') =>
    deps.requests.fail(
      tenant.id,
      claimed.id,
      { fence: claimed.fence, class: failure, code, message },
      taskLimits(),
      by(),
    );
  const beat = setInterval(() => {
    // A lost lease shows in the report, which is refused then.
    deps.requests.heartbeat(tenant.id, claimed.id, claimed.fence, LEASE_MS, by()).catch(() => {});
  }, LEASE_MS / 3);
  try {
    // A process that dies between erasing and reporting leaves nothing for the next one to find (ADR 0083).
    const announcement = find && { fence: claimed.fence, found: await find(context, request) };
    if (announcement) await deps.requests.announce(tenant.id, claimed.id, announcement, by());
    const counted = await work(context, request);
    if (counted === null) {
      await fail('not_settled', 'The engine has not dropped the old parts yet.');
      return true;
    }
    const { evidence, ...counts } = counted;
    const result = {
      ...counts,
      fence: claimed.fence,
      searched: true,
      cannotErase: [],
      evidenceDigest: canonicalHash(evidence),
    };
    await deps.requests.report(tenant.id, claimed.id, result, taskLimits(), by());
  } catch (error) {
    const known = isVestigeError(error) ? error : null;
    deps.log?.warn({ request: request.id, node, code: known?.code, says: known?.message }, 'own data: step failed');
    // A call that can never succeed is shown to a person at once; anything else may be the engine's bad moment.
    const hopeless = known !== null && !known.retryable && known.code !== 'internal' && known.code !== 'fence_lost';
    await fail(known?.code ?? 'unexpected', 'The step failed.', hopeless ? 'needs_human' : 'retryable');
  } finally {
    clearInterval(beat);
  }
  return true;
}

/** One batch per plan: a reopened request erases anew. */
const batchOf = (request: StoredRequest) => `${request.id}_${request.planVersion}`;

async function eraseTelemetry({ deps, tenant }: StepContext, request: StoredRequest): Promise<Counted> {
  if (request.subjectIds.length === 0) return { ...none, method: 'rewrite_parts', evidence: 'nobody known' };
  const batch = batchOf(request);
  await deps.eraser.enqueue(batch, tenant.id, request.subjectIds);
  const { foundRows, doneAtS } = await deps.eraser.erase(batch);
  await deps.requests.noteTelemetryErased(tenant.id, request.id, doneAtS);
  const found = Object.values(foundRows).reduce((sum, rows) => sum + rows, 0);
  return { found, erased: found, residual: 0, method: 'rewrite_parts', evidence: { foundRows, doneAtS } };
}

async function verifyTelemetry({ deps, tenant }: StepContext, request: StoredRequest): Promise<Counted | null> {
  if (request.subjectIds.length === 0) return { ...none, method: 'count_in_engine', evidence: 'nobody known' };
  const current = await deps.requests.request(tenant.id, request.id);
  const count = () => deps.verifier.residue(batchOf(request), current?.telemetryDoneAtS ?? 0);
  let residue = await count();
  // Old parts are dropped within a second or two: worth waiting for here, rather than coming back later.
  for (let waitedMs = 0; !residue.clean && waitedMs < SETTLE_MS; waitedMs += SETTLE_POLL_MS) {
    await sleep(SETTLE_POLL_MS);
    residue = await count();
  }
  const { clean, checks } = residue;
  const left = checks.reduce((sum, { rawRows }) => sum + rawRows, 0);
  if (left > 0) return { found: left, erased: 0, residual: left, method: 'count_in_engine', evidence: checks };
  if (!clean) return null;
  const isSameLogin = residue.verifiedBy === (await deps.eraser.login());
  const method = isSameLogin ? COUNTED_AGAIN : 'count_in_engine';
  return { ...none, method, evidence: { checks, by: residue.verifiedBy } };
}

async function findAliases({ deps, tenant }: StepContext, request: StoredRequest): Promise<number> {
  // Each id answers for everybody it is linked with, so of linked ids every one tells the same aliases.
  const found = new Set<string>();
  for (const subjectId of request.subjectIds)
    for (const { token } of await deps.aliases.aliasesOf(tenant.id, subjectId)) found.add(token);
  return found.size;
}

async function eraseAliases(context: StepContext, request: StoredRequest): Promise<Counted> {
  const { deps, tenant } = context;
  // The queue named the person until the verifier had counted by it; now it is emptied.
  if (request.subjectIds.length > 0) await deps.eraser.finish(batchOf(request));
  const payloads = await deps.audit.erasePayloads(tenant.id, request.subjectIds, {
    actor: workflowActor(context).actor,
    requestId: request.id,
  });
  const { tokens } = await deps.requests.selectors(tenant.id, request.id);
  const aliases = await deps.aliases.forget(tenant.id, request.subjectIds, tokens);
  const found = payloads + aliases;
  return { found, erased: found, residual: 0, method: 'delete', evidence: { payloads, aliases } };
}

async function verifyAliases({ deps, tenant }: StepContext, request: StoredRequest): Promise<Counted> {
  let left = 0;
  for (const subjectId of request.subjectIds) {
    const aliases = await deps.aliases.aliasesOf(tenant.id, subjectId);
    const known = await deps.aliases.canonical(tenant.id, subjectId);
    left += aliases.length + (known === null ? 0 : 1);
  }
  if (request.subjectIds.length > 0) {
    const named = { afterIndex: -1, limit: 1, subjectIds: request.subjectIds };
    left += (await deps.audit.entries(tenant.id, named)).length;
    left += await deps.verifier.countSubject(tenant.id, request.subjectIds);
  }
  // Through the login that deleted them, the control database has no other for this: no other path, so none is claimed.
  return { found: left, erased: 0, residual: left, method: COUNTED_AGAIN, evidence: { left } };
}

const none = { found: 0, erased: 0, residual: 0 } as const;
