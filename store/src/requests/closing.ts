import { createHash } from 'node:crypto';
import { VestigeError } from '@vestige/core/errors';
import type { TenantId } from '@vestige/core/ids';
import type { RequestCommand } from '@vestige/core/request/request';
import { and, eq, lt } from 'drizzle-orm';
import { insertAudit } from '../audit/insert-audit.ts';
import { requireRecipientsTold } from '../notices/require-told.ts';
import type { Transaction } from '../postgres.ts';
import { readPolicy, transition } from './request-rows.ts';
import type { By, Proof, ReopenSelectors, StoredRequest } from './request-store.ts';
import { endRestriction } from './restricting.ts';
import type { LiftNotice } from './restriction-store.ts';
import { destroySelectors, putHandover, putSelectors, takeHandover } from './selectors.ts';
import { certificates, planRecords, requestKeys, requests, taskData } from './tables.ts';

const DAY_MS = 86_400_000;
const EXPIRED_PER_CALL = 100;

/** Ends of a request. Whichever it is, what the request knew about the person ends in the same transaction. */
export function endRequest(
  tx: Transaction,
  tenant: TenantId,
  id: string,
  command: RequestCommand,
  by: By,
  changes: Parameters<typeof transition>[5] = async () => ({}),
  facts: Parameters<typeof transition>[6] = {},
): Promise<StoredRequest> {
  return transition(
    tx,
    tenant,
    id,
    command,
    by,
    async (request) => {
      const also = await changes(request);
      await forgetPerson(tx, tenant, id);
      // Who takes the request back needs no notice that its effect ends.
      if (command.event === 'withdraw') await endRestriction(tx, tenant, id, WITHDRAWN(by.now), by);
      return { ...also, subjectIds: [], attention: null };
    },
    facts,
  );
}

const WITHDRAWN = (now: Date): LiftNotice => ({
  toldOn: now.toISOString().slice(0, 10),
  channel: 'the person’s own withdrawal',
  reason: 'withdrawn',
});

export function finishRequest(
  tx: Transaction,
  tenant: TenantId,
  id: string,
  proof: Proof,
  by: By,
): Promise<StoredRequest> {
  return endRequest(
    tx,
    tenant,
    id,
    { event: proof.outcome },
    by,
    async (request) => {
      await requireRecipientsTold(tx, tenant, id);
      await tx.insert(certificates).values({
        tenant,
        requestId: id,
        planVersion: request.planVersion,
        id: proof.certificateId,
        bytes: Buffer.from(proof.certificate),
        issuedAt: by.now,
      });
      await putHandover(tx, tenant, id, JSON.stringify(proof.handover));
      return {};
    },
    { payload: { certificate: proof.certificateId, certificateSha256: sha256Of(proof.certificate) } },
  );
}

/** The audit entry fixes every byte of the certificate, so that its place in the log proves the whole of it. */
const sha256Of = (bytes: Uint8Array): string => `sha256:${createHash('sha256').update(bytes).digest('hex')}`;

/** Something was left, came back, or another identifier turned up: the request goes on, with the identifiers it is given. */
export function reopenRequest(
  tx: Transaction,
  tenant: TenantId,
  id: string,
  selectors: ReopenSelectors,
  reason: string,
  by: By,
): Promise<StoredRequest> {
  return transition(
    tx,
    tenant,
    id,
    { event: 'reopen' },
    by,
    async () => {
      await putSelectors(tx, tenant, id, selectors);
      return {
        selectorCount: selectors.identifiers.length + selectors.tokens.length,
        suppressionVersion: null,
        erasedBefore: null,
        tailUntil: null,
        suppressed: false,
        telemetryDoneAtS: null,
        executedAt: null,
      };
    },
    { payload: { reason } },
  );
}

/** The nonce and subject id behind a certificate, once. */
export async function handOver(
  tx: Transaction,
  tenant: TenantId,
  id: string,
  purpose: string,
  by: By,
): Promise<{ nonce: string; subjectId: string } | null> {
  const text = await takeHandover(tx, tenant, id);
  if (text === null) return null;
  await insertAudit(tx, tenant, {
    type: 'certificate.handover',
    actor: by.actor,
    object: { kind: 'request', id },
    requestId: id,
    purpose,
  });
  return JSON.parse(text) as { nonce: string; subjectId: string };
}

/** A handover nobody asked for is destroyed after the time a package lives: the person was answered long ago. */
export async function expireHandovers(tx: Transaction, tenant: TenantId, by: By): Promise<number> {
  const { packageDays } = await readPolicy(tx, tenant);
  const before = new Date(by.now.getTime() - packageDays * DAY_MS);
  const due = await tx
    .select({ id: requestKeys.requestId })
    .from(requestKeys)
    .innerJoin(requests, and(eq(requests.tenant, requestKeys.tenant), eq(requests.id, requestKeys.requestId)))
    .where(and(eq(requestKeys.tenant, tenant), eq(requestKeys.purpose, 'handover'), lt(requests.endedAt, before)))
    .limit(EXPIRED_PER_CALL);
  for (const { id } of due) await takeHandover(tx, tenant, id);
  for (const { id } of due) {
    await insertAudit(tx, tenant, {
      type: 'certificate.handover_expire',
      actor: by.actor,
      object: { kind: 'request', id },
      requestId: id,
    });
  }
  return due.length;
}

export async function latestCertificate(tx: Transaction, tenant: TenantId, id: string): Promise<Uint8Array | null> {
  const rows = await tx
    .select({ bytes: certificates.bytes, planVersion: certificates.planVersion })
    .from(certificates)
    .where(and(eq(certificates.tenant, tenant), eq(certificates.requestId, id)));
  return rows.sort((a, b) => b.planVersion - a.planVersion)[0]?.bytes ?? null;
}

async function forgetPerson(tx: Transaction, tenant: TenantId, id: string): Promise<void> {
  if (!(await destroySelectors(tx, tenant, id)))
    throw new VestigeError('internal', 'the request had no key to destroy');
  await tx.delete(planRecords).where(and(eq(planRecords.tenant, tenant), eq(planRecords.requestId, id)));
  await tx.delete(taskData).where(and(eq(taskData.tenant, tenant), eq(taskData.requestId, id)));
}
