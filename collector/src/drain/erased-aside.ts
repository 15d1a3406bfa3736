import { setTimeout as sleep } from 'node:timers/promises';
import type { TenantId } from '@vestige/core/ids';
import type { AliasStore } from '@vestige/store/control/alias-store';
import type { Aside } from '../log/aside.ts';

/**
 * Bytes set aside carry tokens in clear for up to a week, so an erasure would leave the person in them. They go as a
 * whole: nobody has been able to store them, and cutting a token out of bytes that cannot be read is guessing.
 */

/** A token wherever it begins in bytes of any kind; core/src/identity/token.ts has the form. */
const TOKEN_IN_BYTES = /ps1\.[a-z0-9]{1,32}\.[A-Za-z0-9_-]{22}/g;
const PREFIX = 'ps1.';
const RETRY_MS = 1_000;

export interface ErasedAsideDeps {
  readonly aside: Pick<Aside, 'dropWhere'>;
  readonly aliases: Pick<AliasStore, 'suppressedAmong'>;
  readonly onDropped: (files: number) => void;
  readonly onRetry: (error: unknown) => void;
  /** Nobody waits for the answer any more. */
  readonly isClosed: () => boolean;
}

/** Resolves when nothing set aside names anybody on the tenant's suppression list; asks again while the database is away. */
export async function dropErasedAside(deps: ErasedAsideDeps, tenant: TenantId): Promise<void> {
  while (!deps.isClosed()) {
    try {
      const dropped = await deps.aside.dropWhere((bytes) => namesErased(deps.aliases, tenant, bytes));
      if (dropped > 0) deps.onDropped(dropped);
      return;
    } catch (error) {
      deps.onRetry(error);
      await sleep(RETRY_MS, undefined, { ref: false });
    }
  }
}

/**
 * Also true for bytes with a piece of a token that is none any more: whose it was cannot be asked. A piece whose
 * beginning is missing is not recognised; it stays until the week is over (docs/erasure.md).
 */
export async function namesErased(
  aliases: Pick<AliasStore, 'suppressedAmong'>,
  tenant: TenantId,
  bytes: Uint8Array,
): Promise<boolean> {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
  const tokens = text.match(TOKEN_IN_BYTES) ?? [];
  if (text.split(PREFIX).length - 1 > tokens.length) return true;
  return tokens.length > 0 && (await aliases.suppressedAmong(tenant, [...new Set(tokens)])).size > 0;
}
