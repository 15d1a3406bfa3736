import { chmodSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Secret } from '@vestige/core/secret';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { keyFiles, ownSubjectKeys, readSigningKey, storedAdminKey, storedSubjectKeys } from './own-keys.ts';

let dataDir: string;
beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'vestige-keys-'));
});
afterEach(() => rmSync(dataDir, { recursive: true }));

const mode = (file: string) => statSync(file).mode & 0o777;

describe('the signing key', () => {
  test('is made once, for this user alone, and the same ever after', () => {
    const file = keyFiles(dataDir).signingKey;
    const first = readSigningKey(file, true).reveal();

    expect(readSigningKey(file, true).reveal().equals(first)).toBe(true);
    expect(mode(file)).toBe(0o600);
  });

  test('is never made where an operator has to provide it', () => {
    const file = join(dataDir, 'absent.pem');
    expect(() => readSigningKey(file, false)).toThrow(
      '(VESTIGE_SIGNING_KEY_FILE) is missing or no Ed25519 private key',
    );
  });

  test('is refused when it is of another kind, without a word of its content', () => {
    const file = join(dataDir, 'odd.pem');
    writeFileSync(file, 'hunter2');
    chmodSync(file, 0o600);
    expect(() => readSigningKey(file, true)).toThrow(/^(?!.*hunter2).*Ed25519/s);
  });
});

describe('subject keys of an installation of one’s own', () => {
  test('are made once, kept for this user alone, and read back', () => {
    const made = ownSubjectKeys(dataDir, 'default', []);

    expect(made).toMatchObject([{ tenant: 'default', kid: 'k1' }]);
    expect(storedSubjectKeys(dataDir).map(({ key }) => key.reveal())).toEqual(made.map(({ key }) => key.reveal()));
    expect(ownSubjectKeys(dataDir, 'default', []).map(({ key }) => key.reveal())).toEqual(
      made.map(({ key }) => key.reveal()),
    );
    expect(mode(keyFiles(dataDir).subjectKeys)).toBe(0o600);
  });

  test('of the configuration come first, and none is made beside them', () => {
    const given = { tenant: 'default', kid: 'k9', key: new Secret<Uint8Array>(Buffer.alloc(32)) };
    expect(ownSubjectKeys(dataDir, 'default', [given])).toEqual([given]);
    expect(storedSubjectKeys(dataDir)).toEqual([]);
  });

  test('that are damaged stop the start: new ones would make every stored token unreadable', () => {
    writeFileSync(keyFiles(dataDir).subjectKeys, '{');
    expect(() => ownSubjectKeys(dataDir, 'default', [])).toThrow('is damaged; restore it from a backup');
  });
});

test('there is no admin key where vestige never ran', () => {
  expect(storedAdminKey(dataDir)).toBeNull();
});
