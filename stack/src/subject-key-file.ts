import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { VestigeError } from '@vestige/core/errors';
import { writePrivateFile } from './private-file.ts';
import { SubjectKeys } from './subject-keys.ts';

/** The file of pseudonymisation keys: tenant name to its keys, newest first, as {@link SubjectKeys} reads it. */
interface KeyFile {
  [tenant: string]: { kid: string; key: string }[];
}

/**
 * Puts a new key before the others, which stay for what they have named.
 *
 * @returns its id
 * @throws VestigeError `not_found` without file or tenant, `misconfigured` for a damaged file
 */
export function rotateSubjectKey(file: string, tenant: string): string {
  const content = contentOf(file);
  const keys = keysOf(content, tenant);
  const highest = Math.max(0, ...keys.map(({ kid }) => Number(/^k(\d{1,6})$/.exec(kid)?.[1] ?? 0)));
  const kid = `k${highest + 1}`;
  write(file, { ...content, [tenant]: [{ kid, key: randomBytes(32).toString('base64') }, ...keys] });
  return kid;
}

/**
 * Takes a key away for good. From then on nobody who asks by an identifier is led to what it named.
 *
 * @throws VestigeError `not_found` for an id that is not there, `conflict` for the newest key, under which applications write
 */
export function destroySubjectKey(file: string, tenant: string, kid: string): void {
  const content = contentOf(file);
  const keys = keysOf(content, tenant);
  if (!keys.some((key) => key.kid === kid)) throw new VestigeError('not_found', `There is no key ${kid}.`);
  if (keys[0]?.kid === kid) {
    throw new VestigeError(
      'conflict',
      `${kid} is the key that applications use. Rotate it first, and give them the new one.`,
    );
  }
  write(file, { ...content, [tenant]: keys.filter((key) => key.kid !== kid) });
}

export const subjectKeyIdsIn = (file: string, tenant: string): string[] =>
  keysOf(contentOf(file), tenant).map(({ kid }) => kid);

function contentOf(file: string): KeyFile {
  if (!existsSync(file)) throw new VestigeError('not_found', `The key file ${file} is not there.`);
  const text = readFileSync(file, 'utf8');
  if (!SubjectKeys.safeParse(text).success)
    throw new VestigeError('misconfigured', `The key file ${file} is damaged; restore it from a backup.`);
  return JSON.parse(text) as KeyFile;
}

function keysOf(content: KeyFile, tenant: string): KeyFile[string] {
  const keys = Object.hasOwn(content, tenant) ? content[tenant] : undefined;
  if (keys === undefined) throw new VestigeError('not_found', 'The key file has no keys of that tenant.');
  return keys;
}

const write = (file: string, content: KeyFile): void => writePrivateFile(file, `${JSON.stringify(content)}\n`);
