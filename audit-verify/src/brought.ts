import { createPublicKey, type KeyObject, X509Certificate } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Brought } from './verify-bundle.ts';

/** Files that an auditor names on the command line. */
export interface BroughtFiles {
  readonly keys?: string | undefined;
  /** Notes, or folders of notes. */
  readonly saved?: readonly string[] | undefined;
  readonly tsaCa?: string | undefined;
  readonly issuer?: string | undefined;
}

export class UnreadableFile extends Error {}

/** @throws UnreadableFile in a sentence that names the file */
export function readBrought({ keys, saved = [], tsaCa, issuer }: BroughtFiles): Brought {
  return {
    keys: keys === undefined ? null : textOf(keys),
    saved: saved.flatMap(notesIn).map((at) => ({ at, note: textOf(at) })),
    authorities: tsaCa === undefined ? [] : certificatesIn(tsaCa),
    issuer: issuer === undefined ? null : publicKeyIn(issuer),
  };
}

function notesIn(path: string): string[] {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat?.isDirectory() !== true) return [path];
  return readdirSync(path)
    .filter((name) => name.endsWith('.note'))
    .sort()
    .map((name) => join(path, name));
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    throw new UnreadableFile(`The file ${file} cannot be read.`);
  }
}

function certificatesIn(file: string): X509Certificate[] {
  const found = textOf(file).match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g);
  if (found === null) throw new UnreadableFile(`The file ${file} holds no certificates in PEM form.`);
  return found.map((pem) => new X509Certificate(pem));
}

function publicKeyIn(file: string): KeyObject {
  const pem = textOf(file);
  try {
    return createPublicKey(pem);
  } catch {
    throw new UnreadableFile(`The file ${file} holds no public key in PEM form.`);
  }
}
