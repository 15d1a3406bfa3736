import { randomUUID } from 'node:crypto';
import { VestigeError } from '@vestige/core/errors';
import type { TenantId } from '@vestige/core/ids';
import { PROOF_BYTES_MAX, PROOFS_MAX } from '@vestige/core/request/identity-policy';
import { isOpen } from '@vestige/core/request/request-state';
import { and, asc, eq, gt, lte } from 'drizzle-orm';
import { insertAudit } from '../audit/insert-audit.ts';
import { type Database, type Transaction, withTenant } from '../postgres.ts';
import type { IdentityProofStore, NewProof, StoredProof } from './identity-proof-store.ts';
import { destroyProofs } from './identity-proofs.ts';
import { lockRequest, readPolicy, requireRequest, storedRequest } from './request-rows.ts';
import type { By } from './request-store.ts';
import { newRequestKey, requestKey, seal, unseal } from './sealing.ts';
import { identityProofs } from './tables.ts';

const DAY_MS = 86_400_000;
const EXPIRED_PER_CALL = 100;

export function postgresIdentityProofStore(db: Database): IdentityProofStore {
  return {
    add: (tenant, requestId, proof, by) => withTenant(db, tenant, (tx) => addProof(tx, tenant, requestId, proof, by)),

    proofs: (tenant, requestId, now) =>
      withTenant(db, tenant, async (tx) => {
        await requireRequest(tx, tenant, requestId);
        const rows = await tx
          .select(WITHOUT_CONTENT)
          .from(identityProofs)
          .where(and(ofRequest(tenant, requestId), gt(identityProofs.expiresAt, now)))
          .orderBy(asc(identityProofs.addedAt), asc(identityProofs.id));
        return rows.map(storedProof);
      }),

    read: (tenant, requestId, id, purpose, by) =>
      withTenant(db, tenant, async (tx) => {
        const [row] = await tx
          .select()
          .from(identityProofs)
          .where(and(ofRequest(tenant, requestId), eq(identityProofs.id, id), gt(identityProofs.expiresAt, by.now)));
        const key = await requestKey(tx, tenant, requestId, 'identity');
        if (!row || key === null) return null;
        const content = unseal(key, place(tenant, requestId, id), row.sealed);
        await insertAudit(tx, tenant, {
          type: 'identity.proof_read',
          actor: by.actor,
          object: { kind: 'request', id: requestId },
          requestId,
          purpose,
          payload: { proof: id, kind: row.kind },
        });
        return { ...storedProof(row), content };
      }),

    destroy: (tenant, requestId, id, by) =>
      withTenant(db, tenant, async (tx) => {
        // Locked, so that a proof added meanwhile does not lose the key that it is sealed with.
        await lockRequest(tx, tenant, requestId);
        return (await destroyProofs(tx, tenant, requestId, 'removed', by, eq(identityProofs.id, id))) > 0;
      }),

    expire: (tenant, by) =>
      withTenant(db, tenant, async (tx) => {
        const due = await tx
          .selectDistinct({ requestId: identityProofs.requestId })
          .from(identityProofs)
          .where(and(eq(identityProofs.tenant, tenant), lte(identityProofs.expiresAt, by.now)))
          .orderBy(asc(identityProofs.requestId))
          .limit(EXPIRED_PER_CALL);
        let destroyed = 0;
        for (const { requestId } of due) {
          await lockRequest(tx, tenant, requestId);
          const over = lte(identityProofs.expiresAt, by.now);
          destroyed += await destroyProofs(tx, tenant, requestId, 'expired', by, over);
        }
        return destroyed;
      }),
  };
}

async function addProof(
  tx: Transaction,
  tenant: TenantId,
  requestId: string,
  { kind, assurance, mediaType, content }: NewProof,
  by: By,
): Promise<StoredProof> {
  const request = storedRequest(await lockRequest(tx, tenant, requestId));
  if (!isOpen(request.state) || request.identity !== null) {
    throw new VestigeError('conflict', 'who the person is has been decided: nothing more is taken in');
  }
  const { proofKinds, proofDays } = (await readPolicy(tx, tenant)).identity;
  if (!proofKinds.includes(kind)) {
    throw new VestigeError('conflict', `this tenant takes no proof of the kind ${kind}`, { kind, taken: proofKinds });
  }
  if (content.length > PROOF_BYTES_MAX) {
    throw new VestigeError('too_large', `a proof has at most ${PROOF_BYTES_MAX} bytes`, { bytesMax: PROOF_BYTES_MAX });
  }
  const there = await tx.select({ id: identityProofs.id }).from(identityProofs).where(ofRequest(tenant, requestId));
  if (there.length >= PROOFS_MAX) throw new VestigeError('too_large', `a request has at most ${PROOFS_MAX} proofs`);
  const id = randomUUID();
  const key =
    (await requestKey(tx, tenant, requestId, 'identity')) ?? (await newRequestKey(tx, tenant, requestId, 'identity'));
  const [row] = await tx
    .insert(identityProofs)
    .values({
      tenant,
      requestId,
      id,
      kind,
      assurance,
      mediaType,
      byteCount: content.length,
      addedBy: by.actor,
      addedAt: by.now,
      expiresAt: new Date(by.now.getTime() + proofDays * DAY_MS),
      sealed: seal(key, place(tenant, requestId, id), content),
    })
    .returning(WITHOUT_CONTENT);
  if (!row) throw new VestigeError('internal', 'the proof was not stored');
  await insertAudit(tx, tenant, {
    type: 'identity.proof_add',
    actor: by.actor,
    object: { kind: 'request', id: requestId },
    requestId,
    payload: { proof: id, kind, assurance, bytes: content.length, expiresAt: row.expiresAt.toISOString() },
  });
  return storedProof(row);
}

const place = (tenant: TenantId, requestId: string, id: string) => `${tenant}/${requestId}/identity/${id}`;

const ofRequest = (tenant: TenantId, requestId: string) =>
  and(eq(identityProofs.tenant, tenant), eq(identityProofs.requestId, requestId));

const WITHOUT_CONTENT = {
  id: identityProofs.id,
  kind: identityProofs.kind,
  assurance: identityProofs.assurance,
  mediaType: identityProofs.mediaType,
  byteCount: identityProofs.byteCount,
  addedBy: identityProofs.addedBy,
  addedAt: identityProofs.addedAt,
  expiresAt: identityProofs.expiresAt,
};

type Row = Pick<typeof identityProofs.$inferSelect, keyof typeof WITHOUT_CONTENT>;

function storedProof({ id, kind, assurance, mediaType, byteCount, addedBy, addedAt, expiresAt }: Row): StoredProof {
  return { id, kind, assurance, mediaType, bytes: byteCount, addedBy, addedAt, expiresAt };
}
