import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openBundle, UnreadableBundle } from './bundle-files.ts';
import { ordinaryDay } from './testing/made-log.ts';

let folder: string;
const log = ordinaryDay();
const files = log.files();
const at = (name: string) => join(folder, name);

/** The plainest archive that tar writes. */
function tarred(): Buffer {
  const blocks = [...files].flatMap(([name, bytes]) => {
    const header = Buffer.alloc(512);
    header.write(name, 0);
    header.write(`${bytes.length.toString(8).padStart(11, '0')}\0`, 124);
    header.write('        ', 148);
    header.write('0', 156);
    header.write('ustar\0', 257);
    header.write(
      `${header
        .reduce((sum, byte) => sum + byte, 0)
        .toString(8)
        .padStart(6, '0')}\0 `,
      148,
    );
    return [header, bytes, Buffer.alloc((512 - (bytes.length % 512)) % 512)];
  });
  return Buffer.concat([...blocks, Buffer.alloc(1024)]);
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vestige-bundle-'));
  for (const [name, bytes] of files) {
    await mkdir(dirname(at(`unpacked/${name}`)), { recursive: true });
    await writeFile(at(`unpacked/${name}`), bytes);
  }
  await writeFile(at('bundle.tar'), tarred());
  await writeFile(at('bundle.tar.gz'), gzipSync(tarred()));
  await writeFile(at('keys'), log.vkeys.map(({ vkey }) => vkey).join('\n'));
  await writeFile(at('cut.tar'), tarred().subarray(0, 5_000));
  await writeFile(at('damaged.tar.gz'), gzipSync(tarred()).subarray(0, 900));
  await writeFile(at('kept.note'), [...log.notes.values()][1] ?? '');
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const run = (...args: string[]) =>
  new Promise<{ code: number; out: string; err: string }>((resolve) => {
    const main = join(import.meta.dirname, 'main.ts');
    execFile(process.execPath, [main, ...args], (error, out, err) =>
      resolve({ code: Number(error?.code ?? 0), out, err }),
    );
  });

test.each(['unpacked', 'bundle.tar', 'bundle.tar.gz'])('a bundle is read as %s', async (name) => {
  const { names, read } = openBundle(at(name));
  expect(names).toEqual([...files.keys()].sort());
  for (const [each, bytes] of files) expect(read(each)?.equals(bytes)).toBe(true);
  expect(read('absent')).toBeNull();
});

test.each(['cut.tar', 'damaged.tar.gz', 'keys', 'absent'])('%s is no bundle, and says so', (name) => {
  expect(() => openBundle(at(name))).toThrow(UnreadableBundle);
});

test('the command line needs nothing but the files, and answers with its exit code', async () => {
  const good = await run(at('bundle.tar'), '--keys', at('keys'), '--saved', at('kept.note'));
  expect([good.code, good.err]).toEqual([0, '']);
  expect(good.out).toContain('The log HOLDS.');

  const other = ordinaryDay();
  await writeFile(at('other-keys'), other.vkeys.map(({ vkey }) => vkey).join('\n'));
  const bad = await run(at('bundle.tar'), '--keys', at('other-keys'), '--json');
  expect([bad.code, JSON.parse(bad.out).verdict]).toEqual([7, 'broken']);

  const unreadable = await run(at('cut.tar'));
  expect([unreadable.code, unreadable.out]).toEqual([2, '']);
  expect(unreadable.err).toContain('cut off');
  expect((await run()).code).toBe(2);
  expect((await run('--unknown')).code).toBe(2);
  expect((await run(at('bundle.tar'), '--keys', at('absent'))).err).toContain('cannot be read');
});
