import { mkdtempSync, rmSync } from 'node:fs';
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
