import { randomBytes } from 'node:crypto';
import { VestigeError } from '@vestige/core/errors';
import type { TenantId } from '@vestige/core/ids';
import type { Selector } from '@vestige/core/request/worker-protocol';
import { and, asc, eq, inArray } from 'drizzle-orm';
import type { Transaction } from '../postgres.ts';
import type { RequestSelectors } from './request-store.ts';
import { destroyRequestKey, newRequestKey, requestKey, seal, unseal } from './sealing.ts';
import { requestIdentifiers, requestKeys } from './tables.ts';

/** What a request is about, in the clear for the length of a call and encrypted everywhere else. */
const ALIAS_NONCE_BYTES = 32;
const place = (tenant: TenantId, requestId: string, kind: string) => `${tenant}/${requestId}/${kind}`;
type Kind = (typeof requestIdentifiers.$inferSelect)['kind'];
const ENDING_WITH_REQUEST: Kind[] = ['identifier', 'correction', 'token', 'alias_nonce'];

/** A fresh key and everything under it; what was there before is gone. */
export async function putSelectors(
  tx: Transaction,
  tenant: TenantId,
  requestId: string,
  selectors: RequestSelectors & { readonly corrections?: readonly Selector[] | undefined },
): Promise<void> {
  await tx.delete(requestIdentifiers).where(ofKinds(tenant, requestId, ENDING_WITH_REQUEST));
  const key = await newRequestKey(tx, tenant, requestId, 'selectors');
  await insert(tx, tenant, requestId, key, 'identifier', selectors.identifiers.map(textOf));
  await insert(tx, tenant, requestId, key, 'correction', (selectors.corrections ?? []).map(textOf));
  await insert(tx, tenant, requestId, key, 'token', selectors.tokens);
  await insert(tx, tenant, requestId, key, 'alias_nonce', [randomBytes(ALIAS_NONCE_BYTES).toString('base64url')]);
}

/** The tokens that lead to the person, as the plan found them: given ones and all their aliases. */
export async function putTokens(tx: Transaction, tenant: TenantId, requestId: string, tokens: readonly string[]) {
  const key = await requestKey(tx, tenant, requestId, 'selectors');
  if (key === null) throw new VestigeError('conflict', 'the identifiers of this request are destroyed');
  await tx.delete(requestIdentifiers).where(ofKinds(tenant, requestId, ['token']));
  await insert(tx, tenant, requestId, key, 'token', tokens);
}

export interface KnownSelectors extends RequestSelectors {
  readonly corrections: readonly Selector[];
}

/** Empty once destroyed. */
export async function readSelectors(tx: Transaction, tenant: TenantId, requestId: string): Promise<KnownSelectors> {
  const found = await readSelectorsOf(tx, tenant, [requestId]);
  return found.get(requestId) ?? { identifiers: [], corrections: [], tokens: [] };
}

/** The same of many requests at once; those whose selectors are destroyed are left out. */
export async function readSelectorsOf(
  tx: Transaction,
  tenant: TenantId,
  requestIds: readonly string[],
): Promise<Map<string, KnownSelectors>> {
  const keys = await tx
    .select({ id: requestKeys.requestId, key: requestKeys.key })
    .from(requestKeys)
    .where(
      and(
        eq(requestKeys.tenant, tenant),
        inArray(requestKeys.requestId, [...requestIds]),
        eq(requestKeys.purpose, 'selectors'),
      ),
    );
  const rows = await tx
    .select()
    .from(requestIdentifiers)
    .where(
      and(
        eq(requestIdentifiers.tenant, tenant),
        inArray(requestIdentifiers.requestId, [...requestIds]),
        inArray(requestIdentifiers.kind, ['identifier', 'correction', 'token']),
      ),
    )
    .orderBy(asc(requestIdentifiers.ordinal));
  return new Map(
    keys.map(({ id, key }) => {
      const textsOf = (kind: Kind) =>
        rows
          .filter((row) => row.requestId === id && row.kind === kind)
          .map(({ sealed }) => unseal(key, place(tenant, id, kind), sealed).toString());
      const identifiers = textsOf('identifier').map(selectorOf);
      return [id, { identifiers, corrections: textsOf('correction').map(selectorOf), tokens: textsOf('token') }];
    }),
  );
}

export async function readAliasNonce(tx: Transaction, tenant: TenantId, requestId: string): Promise<Uint8Array> {
  const key = await requestKey(tx, tenant, requestId, 'selectors');
  const [row] = await tx
    .select({ sealed: requestIdentifiers.sealed })
    .from(requestIdentifiers)
    .where(ofKinds(tenant, requestId, ['alias_nonce']));
  if (key === null || row === undefined) {
    throw new VestigeError('conflict', 'the identifiers of this request are destroyed');
  }
  const text = unseal(key, place(tenant, requestId, 'alias_nonce'), row.sealed).toString();
  return Buffer.from(text, 'base64url');
}

/** Returns whether there was anything to destroy. */
export async function destroySelectors(tx: Transaction, tenant: TenantId, requestId: string): Promise<boolean> {
  await tx.delete(requestIdentifiers).where(ofKinds(tenant, requestId, ENDING_WITH_REQUEST));
  return destroyRequestKey(tx, tenant, requestId, 'selectors');
}

export async function putHandover(tx: Transaction, tenant: TenantId, requestId: string, text: string): Promise<void> {
  await tx.delete(requestIdentifiers).where(ofKinds(tenant, requestId, ['handover']));
  const key = await newRequestKey(tx, tenant, requestId, 'handover');
  await insert(tx, tenant, requestId, key, 'handover', [text]);
}

/** Reads and destroys. */
export async function takeHandover(tx: Transaction, tenant: TenantId, requestId: string): Promise<string | null> {
  const key = await requestKey(tx, tenant, requestId, 'handover');
  if (key === null) return null;
  const rows = await tx
    .delete(requestIdentifiers)
    .where(ofKinds(tenant, requestId, ['handover']))
    .returning({ sealed: requestIdentifiers.sealed });
  await destroyRequestKey(tx, tenant, requestId, 'handover');
  return rows[0] ? unseal(key, place(tenant, requestId, 'handover'), rows[0].sealed).toString() : null;
}

async function insert(
  tx: Transaction,
  tenant: TenantId,
  requestId: string,
  key: Uint8Array,
  kind: Kind,
  texts: readonly string[],
): Promise<void> {
  if (texts.length === 0) return;
  const sealedAt = place(tenant, requestId, kind);
  const values = texts.map((text, ordinal) => ({
    tenant,
    requestId,
    kind,
    ordinal,
    sealed: seal(key, sealedAt, Buffer.from(text)),
  }));
  await tx.insert(requestIdentifiers).values(values);
}

const textOf = ({ type, value }: Selector): string => JSON.stringify({ type, value });
const selectorOf = (text: string): Selector => JSON.parse(text) as Selector;

function ofKinds(tenant: TenantId, requestId: string, kinds: Kind[]) {
  return and(
    eq(requestIdentifiers.tenant, tenant),
    eq(requestIdentifiers.requestId, requestId),
    inArray(requestIdentifiers.kind, kinds),
  );
}
