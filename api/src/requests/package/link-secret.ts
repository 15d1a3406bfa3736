import { createHash, randomBytes, randomInt, randomUUID } from 'node:crypto';
import { TenantId } from '@vestige/core/ids';
import type { LinkAttempt, NewLink } from '@vestige/store/requests/package-store';

/**
 * The two secrets of a link (ADR 0060). The address holds 24 random bytes, which nobody guesses; the code is short enough
 * to be read out, and worth five tries. The tenant stands in the address because the database shows nothing without one.
 */
const TENANT_BYTES = 4;
const SECRET_BYTES = 24;
/** Crockford's base 32: no I, L, O, U. Ten of them are 50 bits. */
const CODE_LETTERS = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const CODE_CHARS = 10;

export function newLink(
  tenant: TenantId,
): Pick<NewLink, 'id' | 'tokenHash' | 'codeHash'> & { readonly path: string; readonly code: string } {
  const bytes = Buffer.alloc(TENANT_BYTES + SECRET_BYTES);
  bytes.writeUInt32BE(tenant);
  randomBytes(SECRET_BYTES).copy(bytes, TENANT_BYTES);
  const token = bytes.toString('base64url');
  const letters = Array.from({ length: CODE_CHARS }, () => CODE_LETTERS[randomInt(CODE_LETTERS.length)]).join('');
  return {
    id: randomUUID(),
    path: `/copies/${token}`,
    code: `${letters.slice(0, 5)}-${letters.slice(5)}`,
    ...hashesOf(token, letters),
  };
}

/** Null for what cannot be an address of ours. */
export function readLink(token: string, code: string): ({ readonly tenant: TenantId } & LinkAttempt) | null {
  const bytes = Buffer.from(token, 'base64url');
  if (bytes.length !== TENANT_BYTES + SECRET_BYTES || bytes.toString('base64url') !== token) return null;
  const tenant = TenantId.safeParse(bytes.readUInt32BE());
  return tenant.success ? { tenant: tenant.data, ...hashesOf(token, asTyped(code)) } : null;
}

/** As people type: lower case, with blanks, with the letters that were left out because they look like digits. */
function asTyped(code: string): string {
  return code
    .toUpperCase()
    .replaceAll(/[^0-9A-Z]/g, '')
    .replaceAll('O', '0')
    .replaceAll(/[IL]/g, '1')
    .slice(0, 2 * CODE_CHARS);
}

function hashesOf(token: string, code: string): LinkAttempt {
  const hash = (text: string) => createHash('sha256').update(text).digest();
  return { tokenHash: hash(token), codeHash: hash(`${token}\0${code}`) };
}
