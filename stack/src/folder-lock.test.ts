import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { lockFolder } from './folder-lock.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'vestige-lock-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

test('a folder is held by one, who may let go of it', () => {
  const first = lockFolder(folder);
  expect(() => lockFolder(folder)).toThrow(
    `The data folder ${folder} is in use by another Vestige process (pid ${process.pid}). Stop that process, or choose another folder with VESTIGE_DATA_DIR.`,
  );

  first.release();
  first.release();

  lockFolder(folder).release();
});

test('a folder that is not there yet is made', () => {
  lockFolder(join(folder, 'a', 'b')).release();
});

test('a folder that cannot be made is named, with the variable that moves it', () => {
  writeFileSync(join(folder, 'a file'), '');
  const below = join(folder, 'a file', 'data');
  expect(() => lockFolder(below)).toThrow(
    `The data folder ${below} cannot be made or written. Change its owner, or set VESTIGE_DATA_DIR.`,
  );
});
