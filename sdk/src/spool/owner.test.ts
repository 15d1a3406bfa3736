import { spawn } from 'node:child_process';
import { mkdtempSync, utimesSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { isAlive, OWNER_FILE, SILENT_MS, self } from './owner.ts';

function folderOf(owner: object, beatMs = Date.now()): string {
  const folder = mkdtempSync(join(tmpdir(), 'vestige-owner-'));
  const path = join(folder, OWNER_FILE);
  writeFileSync(path, JSON.stringify(owner));
  utimesSync(path, beatMs / 1_000, beatMs / 1_000);
  return folder;
}

test('this process lives', () => expect(isAlive(folderOf(self()), Date.now())).toBe(true));

test('an earlier process with the same pid does not', () => {
  expect(isAlive(folderOf({ ...self(), startTicks: '1' }), Date.now())).toBe(process.platform !== 'linux');
});

test('a process that has ended does not, at once', async () => {
  const child = spawn(process.execPath, ['-e', '']);
  await new Promise((resolve) => child.on('exit', resolve));
  expect(isAlive(folderOf({ ...self(), pid: child.pid, startTicks: '5' }), Date.now())).toBe(false);
});

test('on another host only silence tells', () => {
  const elsewhere = { host: 'elsewhere', pid: 1, startTicks: '1' };
  expect(isAlive(folderOf(elsewhere), Date.now())).toBe(true);
  expect(isAlive(folderOf(elsewhere, Date.now() - SILENT_MS - 1_000), Date.now())).toBe(false);
});

test('in another container of the same host name only silence tells: its process 1 is not ours', () => {
  const beside = { ...self(), host: hostname(), startTicks: '1', pids: 'pid:[1]' };
  expect(isAlive(folderOf(beside), Date.now())).toBe(true);
  expect(isAlive(folderOf(beside, Date.now() - SILENT_MS - 1_000), Date.now())).toBe(false);
});

test('a folder without an owner, or with an unreadable one, is an orphan', () => {
  expect(isAlive(mkdtempSync(join(tmpdir(), 'vestige-owner-')), Date.now())).toBe(false);
  const folder = folderOf({});
  writeFileSync(join(folder, OWNER_FILE), '{');
  expect(isAlive(folder, Date.now())).toBe(false);
});
