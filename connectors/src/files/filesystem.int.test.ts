import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { connectorContract, JANE, JOHN, jobFor } from '../connector-contract.ts';
import { bytesHold } from '../testing/bytes.ts';
import { filesystemConnector } from './filesystem.ts';

const NODE = 'store:file:exports';

connectorContract('filesystem, JSON lines', async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'vestige-lines-'));
  const line = (email: string, text: string) => `${JSON.stringify({ email, text })}\n`;
  await writeFile(
    path.join(folder, 'a.jsonl'),
    line(JANE, 'one') + line(JOHN, 'two') + line('Jane@Example.com', 'three'),
  );
  await writeFile(path.join(folder, 'b.jsonl'), line(JOHN, 'four'));
  return {
    connector: filesystemConnector({
      connector: 'filesystem',
      folders: [{ layout: 'json_lines', node: NODE, folder, suffix: '.jsonl', identifiers: { email: 'email' } }],
    }),
    node: NODE,
    everything: async () => {
      const files = (await readdir(folder)).sort();
      return (await Promise.all(files.map((file) => readFile(path.join(folder, file), 'utf8'))))
        .flatMap((text) => text.split('\n'))
        .filter(Boolean);
    },
    addJane: () => writeFile(path.join(folder, 'c.jsonl'), line(JANE, 'late')),
    bytesHold: (text) => bytesHold(folder, text),
    cleanUp: () => rm(folder, { recursive: true }),
  };
});

test('a file named after a person is unlinked, and its neighbours stay', async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'vestige-files-'));
  await writeFile(path.join(folder, `${JANE}.json`), '{}');
  await writeFile(path.join(folder, `${JOHN}.json`), '{}');
  const connector = filesystemConnector({
    connector: 'filesystem',
    folders: [{ layout: 'file_per_person', node: NODE, folder, name: '{email}.json' }],
  });

  expect(await connector.erase(jobFor(NODE, 'Jane@Example.com'))).toMatchObject({ found: 1, erased: 1 });
  expect(await connector.verify(jobFor(NODE, JANE))).toBe(0);
  expect(await connector.erase(jobFor(NODE, `../${path.basename(folder)}/${JOHN}`))).toMatchObject({ found: 0 });
  expect(await readdir(folder)).toEqual([`${JOHN}.json`]);
  await rm(folder, { recursive: true });
});

test('a file is found whatever the case of its name and of the template', async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'vestige-files-'));
  await writeFile(path.join(folder, 'User_Jane@Example.com.JSON'), '{}');
  const connector = filesystemConnector({
    connector: 'filesystem',
    folders: [{ layout: 'file_per_person', node: NODE, folder, name: 'User_{email}.JSON' }],
  });
  expect(await connector.search(jobFor(NODE, JANE))).toBe(1);
  await rm(folder, { recursive: true });
});

test('a line that cannot be read but names the person stops the task; one that names somebody else does not', async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'vestige-lines-'));
  await writeFile(path.join(folder, 'a.jsonl'), `{"email":"${JOHN}"}\n{"email":"Jane@Example.com","text":"to`);
  const connector = filesystemConnector({
    connector: 'filesystem',
    folders: [{ layout: 'json_lines', node: NODE, folder, suffix: '.jsonl', identifiers: { email: 'email' } }],
  });
  const refusal = { class: 'needs_human', code: 'unreadable_line' };
  await expect(connector.erase(jobFor(NODE, JANE))).rejects.toMatchObject(refusal);
  await expect(connector.verify(jobFor(NODE, JANE))).rejects.toMatchObject(refusal);
  expect(await connector.search(jobFor(NODE, JOHN))).toBe(1);
  await rm(folder, { recursive: true });
});

test('lines of other people stay byte for byte, also where they are no UTF-8, and the file as closed as it was', async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'vestige-lines-'));
  const file = path.join(folder, 'a.jsonl');
  const johns = Buffer.from(`${JSON.stringify({ email: JOHN, town: 'K\u00f6ln' })}\r\n`, 'latin1');
  await writeFile(file, '');
  for (const mode of [0o600, 0o640, 0o664]) {
    await chmod(file, mode);
    await writeFile(
      file,
      Buffer.concat([johns, Buffer.from(`${JSON.stringify({ email: JANE, town: 'Köln' })}\n`), johns]),
    );
    const connector = filesystemConnector({
      connector: 'filesystem',
      folders: [{ layout: 'json_lines', node: NODE, folder, suffix: '.jsonl', identifiers: { email: 'email' } }],
    });
    const exported: unknown[] = [];
    await connector.export(jobFor(NODE, JANE), async (row) => void exported.push(row));
    expect(exported).toEqual([{ email: JANE, town: 'Köln' }]);
    expect(await connector.erase(jobFor(NODE, JANE))).toMatchObject({ found: 1, erased: 1 });
    expect(Buffer.concat([johns, johns]).equals(await readFile(file))).toBe(true);
    expect((await stat(file)).mode & 0o777).toBe(mode);
  }
  await rm(folder, { recursive: true });
});

test('a folder that is gone is a failure, not an empty answer', async () => {
  const connector = filesystemConnector({
    connector: 'filesystem',
    folders: [{ layout: 'file_per_person', node: NODE, folder: '/nonexistent/vestige', name: '{email}.json' }],
  });

  await expect(connector.check()).rejects.toMatchObject({ code: 'missing_folder' });
  await expect(connector.search(jobFor(NODE, JANE))).rejects.toMatchObject({ class: 'permanent' });
});
