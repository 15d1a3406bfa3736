import { randomUUID } from 'node:crypto';
import { AbortMultipartUploadCommand, DeleteObjectCommand } from '@aws-sdk/client-s3';
import { type As, type Candidate, type ConnectorDefinition, defineConnector } from '../define-connector.ts';
import { keyTemplate } from '../key-template.ts';
import { ConnectorError, type Row } from '../kit.ts';
import type { Wanted } from '../wanted.ts';
import { dropLines, linesOf } from './index-lines.ts';
import { type ObjectFamily, S3Config, typesOf } from './mapping.ts';
import {
  contentOf,
  headOf,
  OBJECT_BYTES_MAX,
  type ObjectVersion,
  openS3,
  type S3Session,
  s3Failure,
  statusOf,
  uploadsUnder,
  versionsUnder,
} from './session.ts';

type Found =
  | { readonly version: ObjectVersion }
  | { readonly upload: { readonly key: string; readonly uploadId: string } }
  | { readonly line: string };

/** Keys compared with the mapping at start. A larger bucket is compared as far as this. */
const CHECKED_KEYS_MAX = 10_000;
const AT_ONCE = 16;

/**
 * Amazon S3 and what speaks its protocol. Where a bucket keeps versions, a delete without a version id only hides the
 * object; here each version and each delete marker goes by its id, and so do the parts of unfinished uploads.
 *
 * What is under object lock or legal hold stays, and the task says so instead of ending well.
 */
export const s3Definition: ConnectorDefinition<S3Config> = defineConnector<S3Config, S3Session, Found>({
  kind: 's3',
  config: S3Config,
  nodes: (config) => Object.fromEntries(config.objects.map((family) => [family.node, typesOf(family)])),
  cannotErase: (config) => [
    'backups',
    'replicated buckets',
    'server access logs',
    'versions under object lock or legal hold',
    ...(config.objects.some((family) => family.metadata) ? ['unfinished uploads whose key names nobody'] : []),
    ...(config.objects.some((family) => family.index) ? ['objects missing from their index'] : []),
  ],
  verifiesBy: ({ credential, verifyCredential }) =>
    verifyCredential && verifyCredential.accessKeyId !== credential?.accessKeyId ? 'other_path' : 'same_path',
  open: openS3,
  close: async (session) => session.client.destroy(),
  check,
  find: (session, wanted, config) => find(session, wanted, familyOf(config, wanted.node)),
  remove: (session, keys, wanted, config) => remove(session, keys, familyOf(config, wanted.node)),
  async removeBytes({ locked }) {
    if (locked.versions === 0) return;
    const until =
      locked.until === null ? 'a legal hold is lifted' : `their retention ends, the last on ${locked.until}`;
    const text = `s3: ${locked.versions} object versions are locked and stay until ${until}; all others are gone.`;
    throw new ConnectorError('needs_human', 'object_lock', text);
  },
  method: 'delete_versions',
  failure: s3Failure,
});

async function check(session: S3Session, config: S3Config, as: As): Promise<void> {
  const templates = config.objects.map((family) => keyTemplate(family.keys, '/'));
  for (const [i, family] of config.objects.entries()) {
    for await (const version of versionsUnder(session, templates[i]?.prefix ?? '', null)) {
      if (family.metadata && !version.isDeleteMarker) await headOf(session, version);
      break;
    }
    if (family.index) await linesOf(session, family.index);
    if (as === 'worker') await deleteNothing(session, templates[i]?.example(`vestige-check-${randomUUID()}`) ?? '');
  }
  if (as === 'worker') await refuseUnmapped(session, config);
}

/** Deletes what is not there, by version id where there are versions, so that not even a delete marker is left. */
async function deleteNothing({ client, bucket, keepsVersions }: S3Session, key: string): Promise<void> {
  const at = { Bucket: bucket, Key: key };
  const missing = (error: unknown) => {
    if (statusOf(error) !== 404) throw error;
  };
  await client.send(new DeleteObjectCommand({ ...at, ...(keepsVersions ? { VersionId: 'null' } : {}) })).catch(missing);
  await client.send(new AbortMultipartUploadCommand({ ...at, UploadId: randomUUID() })).catch(missing);
}

async function refuseUnmapped(session: S3Session, config: S3Config): Promise<void> {
  const known = [
    ...config.objects.map((family) => keyTemplate(family.keys, '/')),
    ...config.objects.flatMap((family) => (family.index ? [keyTemplate(family.index.object, '/')] : [])),
    ...config.withoutPersonalData.map((text) => keyTemplate(text, '')),
  ];
  const unmapped = new Set<string>();
  let looked = 0;
  for await (const { key } of versionsUnder(session, '', null)) {
    if (looked++ >= CHECKED_KEYS_MAX || unmapped.size >= 20) break;
    // Only the first folder is told, and only when it is a plain word: the rest may be somebody's address.
    if (!known.some((template) => template.read(key) !== null)) {
      unmapped.add(/^[A-Za-z_-]{1,24}(?=\/)/.exec(key)?.[0] ?? '(a key outside any folder)');
    }
  }
  if (unmapped.size === 0) return;
  const text = `s3: no mapping for objects under ${[...unmapped].join(', ')}. Map them under \`objects\`, or list them under \`withoutPersonalData\`.`;
  throw new ConnectorError('needs_human', 'unmapped_table', text);
}

function familyOf(config: S3Config, node: string): ObjectFamily {
  const family = config.objects.find((candidate) => candidate.node === node);
  if (family) return family;
  throw new ConnectorError('permanent', 'unmapped_node', `${node} has no mapping in this worker's configuration.`);
}

async function* find(session: S3Session, wanted: Wanted, family: ObjectFamily): AsyncIterable<Candidate<Found>> {
  const template = keyTemplate(family.keys, '/');
  const owners = family.index ? await ownersOf(session, family.index, wanted) : null;
  const ownerOf = (key: string) => (owners ? owners.get(key) : template.read(key)) ?? null;
  for await (const versions of byKey(versionsUnder(session, template.prefix, wanted.signal))) {
    const key = versions[0]?.key ?? '';
    if (template.read(key) === null) continue;
    if (family.metadata) yield* whoseByMetadata(session, versions, family.metadata, wanted);
    else {
      const identifiers = ownerOf(key);
      if (identifiers) for (const version of versions) yield candidateOf(session, version, identifiers);
    }
  }
  if (!family.metadata) {
    for await (const upload of uploadsUnder(session, template.prefix)) {
      const identifiers = template.read(upload.key) && ownerOf(upload.key);
      if (identifiers) yield { key: { upload }, identifiers, row: { key: upload.key, unfinishedUpload: true } };
    }
  }
  // Last, so that a line is there as long as what it leads to.
  if (family.index) {
    for (const { text, key, identifiers } of await linesOf(session, family.index)) {
      yield { key: { line: text }, identifiers, row: { indexedObject: key, line: text } };
    }
  }
}

/** Object key → the person's identifiers, of objects that an index gives to her and to nobody else. */
async function ownersOf(session: S3Session, index: NonNullable<ObjectFamily['index']>, wanted: Wanted) {
  const isHers = (identifiers: Readonly<Record<string, string>>) =>
    Object.entries(identifiers).some(([type, text]) => wanted.names(type, text));
  const lines = await linesOf(session, index);
  const hers = new Map(lines.filter((line) => isHers(line.identifiers)).map((line) => [line.key, line.identifiers]));
  if (lines.some((line) => hers.has(line.key) && !isHers(line.identifiers))) {
    const text = 's3: an index gives an object of the person to somebody else too; a human must say whose it is.';
    throw new ConnectorError('needs_human', 'shared_object', text);
  }
  return hers;
}

/** Each version carries its own metadata. A delete marker carries none: it goes when nobody else has a version under its key. */
async function* whoseByMetadata(
  session: S3Session,
  versions: readonly ObjectVersion[],
  names: Readonly<Record<string, string>>,
  wanted: Wanted,
): AsyncIterable<Candidate<Found>> {
  const hers: Candidate<Found>[] = [];
  const objects = versions.filter((version) => !version.isDeleteMarker);
  for (let at = 0; at < objects.length; at += AT_ONCE) {
    const some = objects.slice(at, at + AT_ONCE);
    const heads = await Promise.all(some.map((version) => headOf(session, version)));
    for (const [i, version] of some.entries()) {
      const metadata = heads[i]?.metadata ?? {};
      const identifiers = Object.fromEntries(
        Object.entries(names).map(([type, name]) => [type, metadata[name.toLowerCase()]]),
      );
      const isHers = Object.entries(identifiers).some(([type, text]) => text && wanted.names(type, text));
      if (isHers) hers.push(candidateOf(session, version, identifiers));
    }
  }
  yield* hers;
  const [first] = hers;
  if (!first || hers.length < objects.length) return;
  for (const marker of versions.filter((version) => version.isDeleteMarker)) {
    yield candidateOf(session, marker, first.identifiers);
  }
}

/** All versions of one key, the current one last. */
async function* byKey(versions: AsyncIterable<ObjectVersion>): AsyncIterable<ObjectVersion[]> {
  const inOrder = (group: readonly ObjectVersion[]) =>
    group.toSorted((a, b) => Number(a.isCurrent) - Number(b.isCurrent));
  let group: ObjectVersion[] = [];
  for await (const version of versions) {
    if (group.length > 0 && group[0]?.key !== version.key) {
      yield inOrder(group);
      group = [];
    }
    group.push(version);
  }
  if (group.length > 0) yield inOrder(group);
}

function candidateOf(
  session: S3Session,
  version: ObjectVersion,
  identifiers: Candidate<Found>['identifiers'],
): Candidate<Found> {
  return { key: { version }, identifiers, row: () => rowOf(session, version) };
}

async function rowOf(session: S3Session, version: ObjectVersion): Promise<Row> {
  const { key, versionId, isDeleteMarker } = version;
  if (isDeleteMarker) return { key, versionId, deleteMarker: true };
  const { bytes } = await contentOf(session, version, OBJECT_BYTES_MAX);
  const content = Buffer.from(bytes);
  const text = content.toString('utf8');
  const isText = Buffer.from(text, 'utf8').equals(content);
  return { key, versionId, ...(isText ? { content: text } : { contentBase64: content.toString('base64') }) };
}

async function remove(session: S3Session, found: readonly Found[], family: ObjectFamily): Promise<number> {
  let removed = 0;
  const objects = found.filter((each): each is Exclude<Found, { line: string }> => !('line' in each));
  // The current version goes last: before that, deleting it would make an older one of hers what every reader gets.
  const isCurrent = (each: (typeof objects)[number]) => 'version' in each && each.version.isCurrent;
  for (const wave of [objects.filter((each) => !isCurrent(each)), objects.filter(isCurrent)]) {
    for (let at = 0; at < wave.length; at += AT_ONCE) {
      const gone = await Promise.all(wave.slice(at, at + AT_ONCE).map((each) => removeOne(session, each)));
      removed += gone.filter(Boolean).length;
    }
  }
  const lines = new Set(found.flatMap((each) => ('line' in each ? [each.line] : [])));
  // What is locked must still be found when it is not any more.
  if (lines.size === 0 || !family.index || session.locked.versions > 0) return removed;
  await dropLines(session, family.index, lines);
  return removed + lines.size;
}

async function removeOne(session: S3Session, found: Exclude<Found, { line: string }>): Promise<boolean> {
  const { client, bucket } = session;
  if ('upload' in found) {
    const { key, uploadId } = found.upload;
    await client.send(new AbortMultipartUploadCommand({ Bucket: bucket, Key: key, UploadId: uploadId }));
    return true;
  }
  const { key, versionId } = found.version;
  const at = { Bucket: bucket, Key: key, ...(versionId === null ? {} : { VersionId: versionId }) };
  try {
    await client.send(new DeleteObjectCommand(at));
    return true;
  } catch (error) {
    // A lock is refused with the same words as a missing right; only the object itself tells which it is.
    const head = statusOf(error) === 403 ? await headOf(session, found.version).catch(() => null) : null;
    if (!head?.held && head?.lockedUntil == null) throw error;
    const { locked } = session;
    locked.versions++;
    if (head.lockedUntil !== null && (locked.until === null || head.lockedUntil > locked.until)) {
      locked.until = head.lockedUntil;
    }
    return false;
  }
}
