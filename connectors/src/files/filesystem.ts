import type { Stats } from 'node:fs';
import { open, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { inTurn } from '../in-turn.ts';
import { type Connector, ConnectorError, type Erased, type Job, noUsableSelector, type Row } from '../kit.ts';
import { comparable, formsOf } from '../selectors.ts';
import { tryToWrite } from './probe.ts';
import { makeLike, makePrivate } from './same-owner.ts';

const identifierType = z.string().regex(/^[a-z][a-z0-9_]{0,31}$/);

const Folder = z.discriminatedUnion('layout', [
  /** One file (or folder) per person: the name holds an identifier, e.g. `{customer_id}.json`. */
  z.strictObject({
    layout: z.literal('file_per_person'),
    node: z.string().min(3).max(512),
    folder: z.string().min(1),
    /** Exactly one `{identifier type}`, no path separators. */
    name: z.string().regex(/^[^/\\{}]*\{[a-z][a-z0-9_]{0,31}\}[^/\\{}]*$/),
  }),
  /** JSON lines of many people: lines of the person go, the others stay byte for byte. */
  z.strictObject({
    layout: z.literal('json_lines'),
    node: z.string().min(3).max(512),
    folder: z.string().min(1),
    /** File names end with this. */
    suffix: z.string().min(1).default('.jsonl'),
    /** Identifier type → top-level field. */
    identifiers: z
      .record(identifierType, z.string().min(1))
      .refine((map) => Object.keys(map).length > 0, 'needs at least one identifier'),
  }),
]);
type Folder = z.infer<typeof Folder>;

export const FilesystemConfig = z.strictObject({
  connector: z.literal('filesystem'),
  folders: z.array(Folder).min(1).max(200),
});

/** A JSON-lines file is rewritten in memory; a larger one is refused rather than half done. */
const FILE_BYTES_MAX = 256 * 1024 * 1024;

/**
 * Files. Unlinking frees blocks without wiping them: on copy-on-write and flash storage overwriting would not reach them
 * either, so the receipt names `freed blocks` instead of pretending.
 */
export function filesystemConnector(config: z.infer<typeof FilesystemConfig>): Connector {
  const folderOf = (node: string): Folder => {
    const folder = config.folders.find((candidate) => candidate.node === node);
    if (!folder)
      throw new ConnectorError('permanent', 'unmapped_node', `${node} has no mapping in this worker's configuration.`);
    return folder;
  };
  return {
    kind: 'filesystem',
    nodes: config.folders.map((folder) => folder.node),
    cannotErase: ['backups', 'file system snapshots', 'freed blocks'],
    verifiesBy: 'same_path',
    matchesRefs: () => false,

    async check() {
      for (const folder of config.folders) {
        await guarded(() => readdir(folder.folder));
        await guarded(() => tryToWrite(folder.folder));
      }
    },
    search: async (job) => (await find(folderOf(job.node), job)).reduce((sum, hit) => sum + hit.rows.length, 0),
    async export(job, emit) {
      const hits = await find(folderOf(job.node), job);
      let rows = 0;
      for (const hit of hits) {
        for (const row of hit.rows) {
          await emit(row);
          rows++;
        }
      }
      return rows;
    },
    async erase(job): Promise<Erased> {
      const folder = folderOf(job.node);
      // One at a time: two tasks that rewrite one file would each put back what the other took out.
      return inTurn(folder.folder, async () => {
        await dropLeftovers(folder.folder);
        const hits = await find(folder, job);
        let erased = 0;
        for (const hit of hits) {
          job.signal.throwIfAborted();
          if (hit.rest === null) await guarded(() => rm(hit.file, { recursive: true }));
          else await replace(hit.file, hit.rest, hit.seen);
          erased += hit.rows.length;
          job.progress?.(erased);
        }
        if (hits.length > 0) await syncFolder(folder.folder);
        return { found: erased, erased, method: folder.layout === 'json_lines' ? 'rewrite' : 'unlink' };
      });
    },
    // A second walk over the folder as it is now; there is no credential to change on a mounted file system.
    verify: async (job) => (await find(folderOf(job.node), job)).reduce((sum, hit) => sum + hit.rows.length, 0),
    async close() {},
  };
}

interface Hit {
  readonly file: string;
  readonly rows: readonly Row[];
  /** What stays of the file, a character for a byte; null when all of it goes. */
  readonly rest: string | null;
  /** The file as it was read. */
  readonly seen: Stats;
}

async function find(folder: Folder, job: Job): Promise<Hit[]> {
  const names = await guarded(() => readdir(folder.folder));
  return folder.layout === 'file_per_person' ? findFiles(folder, names, job) : findLines(folder, names, job);
}

async function findFiles(
  folder: Extract<Folder, { layout: 'file_per_person' }>,
  names: readonly string[],
  job: Job,
): Promise<Hit[]> {
  const [, before = '', type = '', after = ''] = /^([^{]*)\{([^}]+)\}(.*)$/.exec(folder.name) ?? [];
  const values = new Set(formsOf(type, job.selectors));
  if (values.size === 0) throw noUsableSelector(folder.node, [type]);
  // Compared with names that are there, never joined into a path: an identifier like `../x` cannot leave the folder.
  const hits = names.filter(
    (name) =>
      name.length > before.length + after.length &&
      name.startsWith(before) &&
      name.endsWith(after) &&
      values.has(comparable(type, name.slice(before.length, name.length - after.length))),
  );
  return Promise.all(
    hits.map(async (name) => {
      const file = path.join(folder.folder, name);
      const facts = await guarded(() => stat(file));
      const content =
        facts.isFile() && facts.size <= FILE_BYTES_MAX ? (await guarded(() => readFile(file))).toString('utf8') : null;
      return {
        file,
        rows: [{ bytes: facts.size, modifiedAt: facts.mtime.toISOString(), content }],
        rest: null,
        seen: facts,
      };
    }),
  );
}

async function findLines(
  folder: Extract<Folder, { layout: 'json_lines' }>,
  names: readonly string[],
  job: Job,
): Promise<Hit[]> {
  const wanted = Object.entries(folder.identifiers)
    .map(([type, field]) => ({ type, field, values: new Set(formsOf(type, job.selectors)) }))
    .filter((entry) => entry.values.size > 0);
  if (wanted.length === 0) throw noUsableSelector(folder.node, Object.keys(folder.identifiers));
  const hits: Hit[] = [];
  for (const name of names.filter((candidate) => candidate.endsWith(folder.suffix)).sort()) {
    const file = path.join(folder.folder, name);
    const facts = await guarded(() => stat(file));
    if (facts.size > FILE_BYTES_MAX) {
      throw new ConnectorError(
        'needs_human',
        'file_too_large',
        `filesystem: a file is larger than ${FILE_BYTES_MAX} bytes; split it first.`,
      );
    }
    // A character for a byte: lines of other people stay as they are, also where they are no UTF-8.
    const lines = (await guarded(() => readFile(file, 'latin1'))).split('\n');
    const rows: Row[] = [];
    const rest = lines.filter((bytes) => {
      const line = Buffer.from(bytes, 'latin1').toString('utf8');
      const row = parseLine(line);
      if (row === null) refuseUnread(line, wanted);
      const hit =
        row !== null &&
        wanted.some(({ type, field, values }) => values.has(comparable(type, String(row[field] ?? ''))));
      if (hit) rows.push(row);
      return !hit;
    });
    if (rows.length > 0) hits.push({ file, rows, rest: rest.join('\n'), seen: facts });
  }
  return hits;
}

/** A torn or foreign line stays as it is; one that names the person must not be passed over as if it did not. */
function refuseUnread(line: string, wanted: readonly { type: string; values: ReadonlySet<string> }[]): void {
  for (const { type, values } of wanted) {
    const text = comparable(type, line);
    for (const value of values) {
      if (!text.includes(value)) continue;
      throw new ConnectorError(
        'needs_human',
        'unreadable_line',
        'filesystem: a line that is no JSON object holds an identifier of the person; repair or remove it.',
      );
    }
  }
}

function parseLine(line: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(line);
    return value !== null && typeof value === 'object' && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : null;
  } catch {
    return null;
  }
}

const REWRITE_SUFFIX = '.vestige-rewrite';

/** What a worker that died while rewriting left: a copy of everybody in the file, which no later search would read (FM22). */
async function dropLeftovers(folder: string): Promise<void> {
  const names = await guarded(() => readdir(folder));
  for (const name of names.filter((each) => each.endsWith(REWRITE_SUFFIX))) {
    await guarded(() => rm(path.join(folder, name), { force: true }));
  }
}

/**
 * New content beside the old, synced, then renamed over it: a crash leaves one or the other, never half a file. Owner and
 * mode stay what they were; where this process may not give the file back to its owner, the old one is left alone.
 */
async function replace(file: string, content: string, seen: Stats): Promise<void> {
  const next = `${file}${REWRITE_SUFFIX}`;
  await guarded(async () => {
    try {
      await writeSynced(next, content);
      await makeLike(next, seen);
      const now = await stat(file);
      if (now.ino !== seen.ino || now.size !== seen.size || now.mtimeMs !== seen.mtimeMs) {
        const text = 'filesystem: a file was written while it was being rewritten; trying again.';
        throw new ConnectorError('retryable', 'conflict', text);
      }
      await rename(next, file);
    } catch (error) {
      await rm(next, { force: true });
      throw error;
    }
  });
}

async function writeSynced(file: string, content: string): Promise<void> {
  const handle = await open(file, 'w');
  try {
    await makePrivate(file);
    await handle.writeFile(content, 'latin1');
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function syncFolder(folder: string): Promise<void> {
  await guarded(async () => {
    const handle = await open(folder, 'r');
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  });
}

async function guarded<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof ConnectorError) throw error;
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
    if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS') {
      throw new ConnectorError('permanent', 'permission_denied', `filesystem: this process may not do that (${code}).`);
    }
    if (code === 'ENOENT')
      throw new ConnectorError('permanent', 'missing_folder', 'filesystem: a mapped folder or file does not exist.');
    throw new ConnectorError('retryable', 'unreachable', `filesystem: the operation failed (${code}).`);
  }
}
