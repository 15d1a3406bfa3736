import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SubjectKeyring } from '@vestige/core/identity/keyring';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { destroySubjectKey, rotateSubjectKey, subjectKeyIdsIn } from './subject-key-file.ts';
import { SubjectKeys } from './subject-keys.ts';

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'vestige-keys-'));
  file = join(folder, 'keys.json');
  const key = Buffer.alloc(32, 7).toString('base64');
  writeFileSync(file, JSON.stringify({ acme: [{ kid: 'k1', key }], rival: [{ kid: 'old', key }] }));
});
afterEach(() => rmSync(folder, { recursive: true }));
const tokens = () =>
  new SubjectKeyring(SubjectKeys.parse(readFileSync(file, 'utf8'))).tokensFor('acme', 'email', 'a@example.com');

describe('the file of pseudonymisation keys', () => {
  test('after two rotations still leads from an identifier to what the first key named', () => {
    const [before] = tokens();
    expect([rotateSubjectKey(file, 'acme'), rotateSubjectKey(file, 'acme')]).toEqual(['k2', 'k3']);
    expect(subjectKeyIdsIn(file, 'acme')).toEqual(['k3', 'k2', 'k1']);
    expect(tokens()).toHaveLength(3);
    expect(tokens()[2]).toBe(before);
    expect(subjectKeyIdsIn(file, 'rival')).toEqual(['old']);
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  test('no longer leads to what a destroyed key named, and holds no byte of it', () => {
    const [before] = tokens();
    const old = Buffer.alloc(32, 7).toString('base64');
    rotateSubjectKey(file, 'acme');
    destroySubjectKey(file, 'acme', 'k1');
    expect(tokens()).not.toContain(before);
    expect(JSON.parse(readFileSync(file, 'utf8')).acme.map(({ key }: { key: string }) => key)).not.toContain(old);
  });

  test('does not give up the key that applications use, nor one that it has not', () => {
    expect(() => destroySubjectKey(file, 'acme', 'k1')).toThrow('Rotate it first');
    expect(() => destroySubjectKey(file, 'acme', 'k9')).toThrow('no key k9');
    expect(() => rotateSubjectKey(file, 'nobody')).toThrow('no keys of that tenant');
    expect(() => rotateSubjectKey(join(folder, 'absent.json'), 'acme')).toThrow('not there');
  });
});
