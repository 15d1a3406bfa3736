import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { describe, expect, test } from 'vitest';
import { entriesOf } from '../testing/unzip.ts';
import { dataFile, deliveredRows, rowLine } from './data-files.ts';
import { type PackageFile, sha256, zipStream } from './zip.ts';

const crm = 'store:sqlite:/data/crm.db/main.customers';
const lines = [
  { a: '=1+1', b: { c: 1 } },
  { a: '+1', d: '@x,"y"\n' },
  { a: -4, d: '\u202e' },
].map(rowLine);
const joined = (parts: Iterable<Buffer>) => Buffer.concat([...parts]).toString();
const zipOf = (files: PackageFile[], at: Date) =>
  buffer(Readable.from(zipStream(Readable.from(files) as AsyncIterable<PackageFile>, at)));
const at = new Date('2026-06-01T10:00:00.000Z');

describe('the files of a store', () => {
  test('a spreadsheet runs no cell of the CSV, and the JSON lines say what was delivered', () => {
    const file = dataFile(0, crm, lines, [], null);
    expect(joined(file.csv())).toBe(
      `\ufeff"a","b","d"\r\n"'=1+1","{""c"":1}",""\r\n"'+1","","'@x,""y""\n"\r\n"-4","","⟨U+202E⟩"\r\n`,
    );
    expect(joined(file.jsonl())).toBe(lines.map((line) => `${line}\n`).join(''));
    expect(joined(file.jsonl())).not.toContain('\u202e');
    expect(file.sha256).toBe(sha256(Buffer.from(joined(file.jsonl()))));
    expect(file.columns.map(({ name, types }) => [name, types])).toEqual([
      ['a', ['number', 'string']],
      ['b', ['object']],
      ['d', ['string']],
    ]);
  });

  test('a store’s name cannot lead a file out of its folder', () => {
    expect(dataFile(2, 'store:../../etc/passwd', [], [], null).name).toBe('data/003-store-etc-passwd');
    expect(dataFile(0, '///', [], [], null).name).toBe('data/001-store');
  });

  test('rows come out of a delivery as they went in, whatever its last line ends with', () => {
    const given = Buffer.from('{"a":"ü"}\n\n{"b":2}');
    expect([...deliveredRows(given)]).toEqual([{ a: 'ü' }, { b: 2 }]);
    expect([...deliveredRows(Buffer.from('\n'))]).toEqual([]);
  });
});

describe('the ZIP', () => {
  const files = (): PackageFile[] => [
    { name: 'data/a.txt', content: [Buffer.from('a'), Buffer.from('b')] },
    { name: 'index.html', content: Buffer.from('x'.repeat(300_000)) },
    { name: 'empty', content: [] },
  ];

  test('equal files make equal packages, in whichever time zone', async () => {
    const before = process.env['TZ'];
    const hashes = [];
    try {
      for (const zone of ['UTC', 'Pacific/Apia', 'America/Los_Angeles']) {
        process.env['TZ'] = zone;
        hashes.push(sha256(await zipOf(files(), at)));
      }
    } finally {
      if (before === undefined) delete process.env['TZ'];
      else process.env['TZ'] = before;
    }
    expect(new Set(hashes).size).toBe(1);
  });

  test('its manifest names every other file with its size and hash', async () => {
    const entries = await entriesOf(await zipOf(files(), at));
    const manifest = JSON.parse(entries.get('manifest.json')?.toString() ?? '');
    expect(manifest.files).toEqual(
      [...entries]
        .filter(([name]) => name !== 'manifest.json')
        .map(([name, text]) => [name, Buffer.from(text)] as const)
        .map(([name, content]) => ({ name, bytes: content.length, sha256: sha256(content) })),
    );
    expect(manifest.files).toHaveLength(3);
  });

  test('a file that cannot be read to its end makes no package', async () => {
    const broken = async function* (): AsyncIterable<Buffer> {
      yield Buffer.from('a');
      throw new Error('gone');
    };
    await expect(zipOf([{ name: 'a', content: broken() }], at)).rejects.toThrow('gone');
    const noFiles = async function* (): AsyncIterable<PackageFile> {
      yield { name: 'a', content: Buffer.from('a') };
      throw new Error('lost');
    };
    await expect(buffer(Readable.from(zipStream(noFiles(), at)))).rejects.toThrow('lost');
  });
});
