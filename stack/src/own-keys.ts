import { createPrivateKey, generateKeyPairSync, type KeyObject, randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { VestigeError } from '@vestige/core/errors';
import type { TenantKey } from '@vestige/core/identity/token';
import { Secret } from '@vestige/core/secret';
import { storedApiKey } from './kept-api-key.ts';
import { createPrivateFile } from './private-file.ts';
import { SubjectKeys } from './subject-keys.ts';

/** Where an all-in-one installation keeps what it made for itself; every file is 0600. */
export const keyFiles = (dataDir: string) => ({
  signingKey: join(dataDir, 'signing-key.pem'),
  auditKey: join(dataDir, 'audit-key.pem'),
  subjectKeys: join(dataDir, 'subject-keys.json'),
  adminKey: join(dataDir, 'admin-key'),
  workerKey: join(dataDir, 'worker-key'),
  verifierKey: join(dataDir, 'verifier-key'),
});

/**
 * The key that signs certificates, or one that signs audit logs.
 *
 * @param file PKCS#8 PEM, Ed25519
 * @param make writes a new key when the file is not there; without it, an absent file is an error
 * @param variable the setting that names the file
 * @throws VestigeError misconfigured
 */
export function readSigningKey(
  file: string,
  make: boolean,
  variable: string = 'VESTIGE_SIGNING_KEY_FILE',
): Secret<KeyObject> {
  if (make && !existsSync(file)) {
    const { privateKey } = generateKeyPairSync('ed25519');
    createPrivateFile(file, privateKey.export({ type: 'pkcs8', format: 'pem' }).toString());
  }
  let key: KeyObject | null = null;
  try {
    key = createPrivateKey(readFileSync(file));
  } catch {
    // Which of the two it was, the sentence below covers; the parser's words could quote the file.
  }
  if (key?.asymmetricKeyType !== 'ed25519') {
    throw new VestigeError(
      'misconfigured',
      `${file} (${variable}) is missing or no Ed25519 private key. Make one with: openssl genpkey -algorithm ed25519 -out ${file}`,
    );
  }
  return new Secret(key);
}

/**
 * Subject keys of an all-in-one installation: those of the configuration, then those of the key file, which gets one for
 * `tenant` at the first start. Losing the file makes every stored token unreadable, so it belongs into backups.
 *
 * @throws VestigeError misconfigured for a damaged file
 */
export function ownSubjectKeys(dataDir: string, tenant: string, given: readonly TenantKey[]): TenantKey[] {
  const file = keyFiles(dataDir).subjectKeys;
  if (!given.some((key) => key.tenant === tenant)) {
    const key = { kid: 'k1', key: randomBytes(32).toString('base64') };
    createPrivateFile(file, `${JSON.stringify({ [tenant]: [key] })}\n`);
  }
  return [...given, ...storedSubjectKeys(dataDir)];
}

/** Keys that `vestige up` made in this folder; [] when it never ran there. */
export function storedSubjectKeys(dataDir: string): TenantKey[] {
  const file = keyFiles(dataDir).subjectKeys;
  if (!existsSync(file)) return [];
  const parsed = SubjectKeys.safeParse(readFileSync(file, 'utf8'));
  if (!parsed.success)
    throw new VestigeError('misconfigured', `The key file ${file} is damaged; restore it from a backup.`);
  return parsed.data;
}

/** The admin key that `vestige up` made in this folder; null when it never ran there. */
export const storedAdminKey = (dataDir: string): Secret | null => storedApiKey(keyFiles(dataDir).adminKey);

export const keyringOptions = ({ defaultRegion }: { readonly defaultRegion: string | undefined }) =>
  defaultRegion === undefined ? {} : { defaultRegion };
