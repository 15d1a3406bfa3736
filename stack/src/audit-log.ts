import { readFileSync } from 'node:fs';
import { folderWitness, webhookWitness } from '@vestige/api/audit/anchoring/copies';
import { tsaWitness } from '@vestige/api/audit/anchoring/tsa-witness';
import type { Witness } from '@vestige/api/audit/anchoring/witness';
import { LogKeys } from '@vestige/api/audit/log-keys';
import { VestigeError } from '@vestige/core/errors';
import { readSigningKey } from './own-keys.ts';

/** How the audit logs of an installation are called, signed and shown to others. */
export interface AuditLogSettings {
  readonly origin: string;
  /** The first one stays; a second one is there while a key is handed over. Null: made in the data folder. */
  readonly keyFiles: readonly string[] | null;
  readonly copyFolder: string | null;
  readonly copyUrl: string | null;
  readonly timestampUrls: readonly string[];
  /** PEM certificates of who vouches for the time-stamping authorities. */
  readonly timestampAuthoritiesFile: string | null;
  readonly timestampEveryS: number;
}

/**
 * @param ownKeyFile where the key of an all-in-one installation lies, and is made
 * @throws VestigeError misconfigured
 */
export function readLogKeys({ origin, keyFiles }: AuditLogSettings, ownKeyFile: string | null): LogKeys {
  if (keyFiles === null && ownKeyFile === null)
    throw new VestigeError('misconfigured', 'VESTIGE_AUDIT_KEY_FILES is missing.');
  const keys =
    keyFiles === null
      ? [readSigningKey(ownKeyFile ?? '', true, 'VESTIGE_AUDIT_KEY_FILES')]
      : keyFiles.map((file) => readSigningKey(file, false, 'VESTIGE_AUDIT_KEY_FILES'));
  return new LogKeys(origin, keys);
}

/** @throws VestigeError misconfigured when time stamps are asked for and nobody vouches for them */
export function witnessesOf(settings: AuditLogSettings): Witness[] {
  const { copyFolder, copyUrl, timestampUrls, timestampAuthoritiesFile, timestampEveryS } = settings;
  const authorities = timestampUrls.length === 0 ? [] : certificatesIn(timestampAuthoritiesFile);
  return [
    ...(copyFolder === null ? [] : [folderWitness(copyFolder)]),
    ...(copyUrl === null ? [] : [webhookWitness(copyUrl)]),
    ...timestampUrls.map((url) => tsaWitness({ url, authorities, everyS: timestampEveryS })),
  ];
}

function certificatesIn(file: string | null): string[] {
  let text = '';
  try {
    text = file === null ? '' : readFileSync(file, 'utf8');
  } catch {
    // The sentence below covers a file that cannot be read as well as one that holds none.
  }
  const found = text.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g);
  if (found === null) {
    throw new VestigeError(
      'misconfigured',
      'VESTIGE_AUDIT_TSA_CA_FILE holds no certificates; VESTIGE_AUDIT_TSA_URLS needs those of the authorities, in PEM form.',
    );
  }
  return [...found];
}
