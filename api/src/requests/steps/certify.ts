import { randomBytes, randomUUID } from 'node:crypto';
import {
  CERTIFICATE_SCHEMA,
  type CertificateBody,
  type CertifiedKept,
  type CertifiedRecipient,
  type CertifiedTarget,
  canonicalBytes,
  subjectCommitment,
} from '@vestige/core/certificate/certificate';
import { signCertificate } from '@vestige/core/certificate/sign';
import { VestigeError } from '@vestige/core/errors';
import type { PlanExemption } from '@vestige/core/request/exemption';
import { OWN_TELEMETRY, registeredFor } from '@vestige/core/request/plan';
import { givesCopy } from '@vestige/core/request/request-type';
import { COUNTED_AGAIN } from '@vestige/core/request/worker-protocol';
import type { RegisteredStore } from '@vestige/store/control/registry-store';
import type { Receipt, StoredRequest, StoredTask } from '@vestige/store/requests/request-store';
import type { StepContext } from './context.ts';
import { workflowActor } from './context.ts';

/** Stands for a person of whom nothing is known, so that the answer "we hold nothing" can be certified too. */
const NOBODY = '-';
const NONCE_BYTES = 32;
const DAY_MS = 86_400_000;

/**
 * Ends the request: the certificate is made from its tasks, signed and stored in the transaction that completes it and
 * destroys the identifiers. The store computes the outcome once more and refuses another one.
 */
export async function certify(
  context: StepContext,
  request: StoredRequest,
  tasks: readonly StoredTask[],
  outcome: CertificateBody['outcome'],
): Promise<void> {
  const { deps, tenant } = context;
  const by = workflowActor(context);
  const nonce = randomBytes(NONCE_BYTES);
  const subjectId = request.subjectIds[0] ?? NOBODY;
  const certificateId = randomUUID();
  const [registered, sealed, receipts, rechecks, recipients, planned] = await Promise.all([
    deps.registry.stores(tenant.id),
    deps.packages.info(tenant.id, request.id),
    deps.requests.receipts(tenant.id, request.id),
    deps.erasureWatch.rechecks(tenant.id, request.id),
    certifiedRecipients(context, request),
    deps.requests.plan(tenant.id, request.id, request.planVersion),
  ]);
  const countedAgain = new Set(
    receipts.filter((each) => each.phase === 'verify' && each.method === COUNTED_AGAIN).map((each) => each.taskId),
  );
  const { identity, approval } = request;
  if (identity === null || approval === null) throw new VestigeError('internal', 'an executed request was approved');
  const body: CertificateBody = {
    schema: CERTIFICATE_SCHEMA,
    certificateId,
    tenant: tenant.name,
    requestId: request.id,
    type: request.type,
    regime: request.clock.regime,
    ground: request.ground,
    outcome,
    subjectCommitment: subjectCommitment(nonce, subjectId),
    dates: {
      received: request.receivedAt.toISOString(),
      identified: identity.at,
      approved: approval.at,
      executed: (request.executedAt ?? by.now).toISOString(),
      issued: by.now.toISOString(),
    },
    approval: { planHash: approval.planHash, by: approval.by, filedBy: request.filedBy, singleKey: approval.singleKey },
    scope: {
      selectors: request.selectorCount,
      aliases: request.aliasCount,
      eventsBefore: request.suppression?.erasedBefore.toISOString() ?? null,
    },
    targets: tasks.map((task) => ({
      ...certifiedTarget(task, registeredFor(registered, task.node), countedAgain, by.now),
      ...unreportedOf(task, receipts),
      ...keptOf(task, planned?.plan.exemptions ?? [], approval.by),
    })),
    recipients,
    rechecks: rechecks.map(({ dueAt }) => dueAt.toISOString()),
    notCovered: notCovered(request, tasks, registered),
    package: sealed === null || !givesCopy(request.type) ? null : { sha256: sealed.sha256, complete: sealed.complete },
    log: { origin: deps.logKeys.origin(tenant) },
  };
  await deps.requests.finish(
    tenant.id,
    request.id,
    {
      outcome: outcome === 'completed' ? 'complete' : 'complete_with_exceptions',
      certificateId,
      certificate: canonicalBytes(signCertificate(body, deps.signingKey)),
      handover: { nonce: nonce.toString('base64url'), subjectId },
    },
    by,
  );
}

async function certifiedRecipients(
  { deps, tenant }: StepContext,
  request: StoredRequest,
): Promise<CertifiedRecipient[]> {
  const [notices, parties, holds] = await Promise.all([
    deps.notices.notices(tenant.id, request.id),
    deps.registry.parties(tenant.id),
    deps.notices.holds(tenant.id),
  ]);
  return notices.map(({ party, nodes, sent, acknowledged, excuse }) => ({
    party,
    legalName: parties.find(({ id }) => id === party)?.legalName ?? null,
    nodes: [...nodes],
    notice: sent && { channel: sent.channel, sentAt: sent.at.toISOString() },
    acknowledged: acknowledged && { as: acknowledged.as, at: acknowledged.at.toISOString() },
    excuse: excuse?.code ?? null,
    heldSince: holds.find((hold) => hold.party === party && hold.liftedOn === null)?.since ?? null,
  }));
}

function certifiedTarget(
  task: StoredTask,
  store: RegisteredStore | null,
  countedAgain: ReadonlySet<string>,
  now: Date,
): CertifiedTarget {
  const { state, exemption } = task;
  if (state !== 'verified' && state !== 'no_data_found' && state !== 'delegated' && state !== 'exempt') {
    throw new VestigeError('internal', 'a certificate speaks of ended tasks only');
  }
  const backupDays = store?.backupRetentionDays ?? null;
  return {
    node: task.node,
    action: task.action,
    origin: task.origin as CertifiedTarget['origin'],
    result: state,
    method: task.method,
    // Of a place that was exempted after an attempt had died, what that attempt announced is all that is known.
    found: Math.max(task.counts?.found ?? 0, task.announced ?? 0),
    erased: task.counts?.erased ?? 0,
    residual: task.counts?.residual ?? 0,
    verification: levelOf(task, countedAgain),
    executedBy: task.executedBy,
    verifiedBy: task.verifiedBy,
    evidenceDigest: task.evidenceDigest,
    cannotErase: [...task.cannotErase],
    backupHorizon:
      backupDays === null || task.action !== 'erase'
        ? null
        : new Date(now.getTime() + backupDays * DAY_MS).toISOString().slice(0, 10),
    exception: exemption && { code: exemption.code, approvedBy: exemption.by, reviewAt: exemption.reviewAt },
  };
}

/** What went without anybody reporting it: the counts of the task hold it, the receipts do not (ADR 0083). */
function unreportedOf({ id, action, counts }: StoredTask, receipts: readonly Receipt[]): { unreported?: number } {
  if (action !== 'erase' || counts === null) return {};
  const executed = receipts.filter(({ taskId, phase }) => taskId === id && phase === 'execute');
  const unreported = counts.erased - executed.reduce((sum, { erased }) => sum + erased, 0);
  return unreported > 0 ? { unreported } : {};
}

/** Parts of a place that was worked on; of a place that was exempted later, as a whole, the exception says it all. */
function keptOf(
  { node, state, keeps }: StoredTask,
  exemptions: readonly PlanExemption[],
  approvedBy: string,
): { kept?: CertifiedKept[] } {
  if (keeps.length === 0 || state === 'exempt') return {};
  const kept = exemptions
    .filter((each) => each.node === node)
    .map(({ categories, from, to, code, reviewAt }) => ({ categories, from, to, code, approvedBy, reviewAt }));
  return { kept };
}

/**
 * research/compliance.md §3.5: our own telemetry is counted in the engine's files; others through a second credential,
 * unless their verifier says that it could only look again the same way.
 */
function levelOf(task: StoredTask, countedAgain: ReadonlySet<string>): CertifiedTarget['verification'] {
  if (task.verifiedBy === null) return task.executedBy === null ? null : 'V0';
  if (task.node === OWN_TELEMETRY) return countedAgain.has(task.id) ? 'V1' : 'V3';
  return task.action === 'erase' && !countedAgain.has(task.id) ? 'V2' : 'V1';
}

function notCovered(
  request: StoredRequest,
  tasks: readonly StoredTask[],
  registered: readonly RegisteredStore[],
): string[] {
  const kept = tasks
    .filter((task) => task.cannotErase.length > 0)
    .map((task) => `${task.node} keeps, beyond the reach of its connector: ${task.cannotErase.join(', ')}.`);
  const planned = new Set(tasks.map((task) => task.node));
  const unserved = registered
    .filter((store) => store.connector === null && !planned.has(store.id))
    .map((store) => `${store.id} is registered without a connector, and no span named this person there.`);
  return [
    ...kept,
    ...unserved,
    'Places that no span, no batch run and no registered store shows.',
    'Models that were trained on the data.',
    ...(request.type === 'erasure'
      ? ['The encrypted copy that answered an earlier access or portability request, until it expires.']
      : []),
    'Deleted rows in the files and the write-ahead log of the control database, until Postgres reuses their space.',
  ];
}
