import type { TenantKey } from '@vestige/core/identity/token';
import { Secret } from '@vestige/core/secret';
import { z } from 'zod';

/** Below this a key could be guessed; HMAC-SHA-256 gains nothing above 64. */
const KEY_BYTES_MIN = 32;

const KeyText = z.base64().transform((text, context) => {
  const key = Buffer.from(text, 'base64');
  if (key.length < KEY_BYTES_MIN) context.addIssue(`a key has fewer than ${KEY_BYTES_MIN} bytes`);
  return new Secret<Uint8Array>(key);
});

const Keys = z.record(
  z.string().regex(/^[a-z][a-z0-9-]{0,62}$/),
  z.array(z.strictObject({ kid: z.string().regex(/^[a-z0-9]{1,32}$/), key: KeyText })).min(1),
);

/** `{"<tenant>": [{"kid": "<key id>", "key": "<base64>"}]}`, newest key first, as variables and the key file hold it. */
export const SubjectKeys = z.string().transform((text, context): TenantKey[] => {
  const parsed = Keys.safeParse(json(text));
  if (!parsed.success) {
    context.addIssue('must be JSON: tenant name to a list of {"kid", "key"}, each key base64 of at least 32 bytes');
    return z.NEVER;
  }
  return Object.entries(parsed.data).flatMap(([tenant, keys]) => keys.map(({ kid, key }) => ({ tenant, kid, key })));
});

function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
