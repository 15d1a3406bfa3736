import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type DemoReport, faultsOf } from '@vestige/example-support-desk/demo/report';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

/** The demo as a reader of the README starts it: one command, its exit code, and the last line of its output. */

const root = path.resolve(import.meta.dirname, '..');
const RUN_MS_MAX = 170_000;

let folder: string;
let exitCode: number | null;
let output: string;
let report: DemoReport;
let group: number;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'vestige-journey-'));
  // A process group of its own: whatever it starts and forgets is found in it afterwards.
  const demo = spawn(process.execPath, ['examples/support-desk/src/demo/main.ts', '--json'], {
    cwd: root,
    env: { PATH: process.env['PATH'], HOME: process.env['HOME'], TMPDIR: folder },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  group = demo.pid ?? 0;
  let text = '';
  for (const stream of [demo.stdout, demo.stderr]) stream.setEncoding('utf8').on('data', (part) => (text += part));
  const late = setTimeout(() => process.kill(-group, 'SIGKILL'), RUN_MS_MAX);
  [exitCode] = (await once(demo, 'close')) as [number | null];
  clearTimeout(late);
  output = text;
  const last = output.trimEnd().split('\n').at(-1) ?? '';
  report = last.startsWith('{') ? JSON.parse(last) : null;
}, RUN_MS_MAX + 10_000);
afterAll(() => rm(folder, { recursive: true, force: true, maxRetries: 3 }));

describe('one person, from span to certificate', () => {
  test('every claim of the report holds against what the application really did', () => {
    expect(report, output).not.toBeNull();
    expect(faultsOf(report)).toEqual([]);
    expect(exitCode).toBe(0);
  });

  test('the report counts something in every part, so that none of it holds for want of anything to check', () => {
    expect(report.spans.sent).toBeGreaterThan(100);
    expect(report.lineage.expected.length).toBeGreaterThan(10);
    expect(report.residency.expected.length).toBeGreaterThanOrEqual(7);
    expect(report.access.stores).toBeGreaterThanOrEqual(5);
    expect(report.erasure.tasks).toBeGreaterThanOrEqual(7);
    expect(report.resurrection.lateSpansSuppressed).toBeGreaterThan(0);
  });

  test('her package is there, for her and for no other user of the machine', async () => {
    const file = await stat(report.access.packagePath);
    expect(file.size).toBeGreaterThan(1_000);
    expect(file.mode & 0o077).toBe(0);
  });

  test('nothing keeps running, and no folder but that of the package is left', async () => {
    expect(() => process.kill(-group, 0)).toThrow(expect.objectContaining({ code: 'ESRCH' }));
    // The database engine leaves the group, but its arguments name the folder.
    const processes = execFileSync('ps', ['-A', '-o', 'args='], { encoding: 'utf8' }).split('\n');
    expect(processes.filter((args) => args.includes(folder))).toEqual([]);
    expect(await readdir(folder)).toEqual([path.basename(path.dirname(report.access.packagePath))]);
  });
});
