import { DeleteObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { ConnectorError } from '../kit.ts';
import type { ObjectFamily } from './mapping.ts';
import { contentOf, type ObjectVersion, type S3Session, versionsUnder } from './session.ts';

type Index = NonNullable<ObjectFamily['index']>;

/** One line of an index: whose an object is. */
export interface IndexLine {
  readonly text: string;
  readonly key: string;
  readonly identifiers: Readonly<Record<string, string>>;
}

const INDEX_BYTES_MAX = 64 * 1024 * 1024;

/**
 * The lines of every version of an index, each once: an older version still names the person after the newest has
 * forgotten her.
 */
export async function linesOf(session: S3Session, index: Index): Promise<IndexLine[]> {
  const texts = new Set<string>();
  for (const version of await versionsOf(session, index)) {
    for (const text of await textsIn(session, version)) texts.add(text);
  }
  return [...texts].map((text) => parse(text, index));
}

/** Writes the index anew without these lines, and deletes its older versions, which still have them. */
export async function dropLines(session: S3Session, index: Index, lines: ReadonlySet<string>): Promise<void> {
  const { client, bucket } = session;
  const at = { Bucket: bucket, Key: index.object };
  const { bytes, etag } = await contentOf(session, { key: index.object, versionId: null }, INDEX_BYTES_MAX);
  const text = Buffer.from(bytes).toString('utf8');
  const rest = text.split('\n').filter((line) => !lines.has(line));
  // `IfMatch`: a line that the application adds meanwhile must not be lost; the task is then tried again.
  await client.send(new PutObjectCommand({ ...at, Body: rest.join('\n'), ...(etag ? { IfMatch: etag } : {}) }));
  if (!session.keepsVersions) return;
  for (const version of await versionsOf(session, index)) {
    const stays = !(await textsIn(session, version)).some((line) => lines.has(line));
    if (!stays) await client.send(new DeleteObjectCommand({ ...at, VersionId: version.versionId ?? 'null' }));
  }
}

async function versionsOf(session: S3Session, index: Index): Promise<ObjectVersion[]> {
  const found: ObjectVersion[] = [];
  for await (const version of versionsUnder(session, index.object, null)) {
    if (version.key === index.object && !version.isDeleteMarker) found.push(version);
  }
  if (found.length > 0) return found;
  const text = 's3: an index object does not exist; without it nobody can be found.';
  throw new ConnectorError('permanent', 'missing_table', text);
}

async function textsIn(session: S3Session, version: ObjectVersion): Promise<string[]> {
  const { bytes } = await contentOf(session, version, INDEX_BYTES_MAX);
  return Buffer.from(bytes)
    .toString('utf8')
    .split('\n')
    .filter((line) => line.trim() !== '');
}

function parse(text: string, index: Index): IndexLine {
  try {
    const line = JSON.parse(text) as Record<string, unknown>;
    const key = line[index.keyField];
    if (typeof key === 'string') {
      const named = Object.entries(index.identifiers).map(
        ([type, field]) => [type, String(line[field] ?? '')] as const,
      );
      return { text, key, identifiers: Object.fromEntries(named) };
    }
  } catch {
    // told below, without the line
  }
  const message = `s3: a line of an index is no JSON object with \`${index.keyField}\`; repair it.`;
  throw new ConnectorError('needs_human', 'unreadable_line', message);
}
