import {
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  ListMultipartUploadsCommand,
  ListObjectVersionsCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { connectorContract, JANE, JOHN, jobFor } from '../connector-contract.ts';
import type { Row } from '../kit.ts';
import { answerAsS3 } from '../testing/s3-answers.ts';
import type { TestServer } from '../testing/servers.ts';
import { S3_OWNER, S3_READER, startTestS3 } from '../testing/swift.ts';
import { S3Config } from './mapping.ts';
import { s3Definition } from './s3.ts';

const PROFILES = 'store:s3://crm/profiles';
const UPLOADS = 'store:s3://crm/uploads';
const TICKETS = 'store:s3://crm/tickets';

let server: TestServer;
let admin: S3Client;
beforeAll(async () => {
  server = await startTestS3();
  admin = clientOf(server);
});
afterAll(async () => {
  admin.destroy();
  await server.stop();
});

const clientOf = ({ port }: Pick<TestServer, 'port'>) =>
  new S3Client({
    region: 'us-east-1',
    endpoint: `http://127.0.0.1:${port}`,
    forcePathStyle: true,
    credentials: { ...S3_OWNER },
  });

let buckets = 0;
async function bucketWith(options: { versions?: boolean } = {}) {
  const bucket = `crm-${buckets++}`;
  await admin.send(new CreateBucketCommand({ Bucket: bucket }));
  if (options.versions) {
    const on = { Status: 'Enabled' as const };
    await admin.send(new PutBucketVersioningCommand({ Bucket: bucket, VersioningConfiguration: on }));
  }
  const put = (key: string, body: string, metadata: Record<string, string> = {}) =>
    admin.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: body, Metadata: metadata }));
  const open = (more: object = {}) =>
    s3Definition.create(
      S3Config.parse({
        connector: 's3',
        bucket,
        endpoint: `http://127.0.0.1:${server.port}`,
        credential: S3_OWNER,
        verifyCredential: S3_READER,
        objects: [
          { node: PROFILES, keys: 'profiles/{email}.json' },
          { node: UPLOADS, keys: 'uploads/*', metadata: { email: 'owner' } },
        ],
        ...more,
      }),
    );
  const versions = async () => {
    const page = await admin.send(new ListObjectVersionsCommand({ Bucket: bucket }));
    return [
      ...(page.Versions ?? []).map((version) => `${version.Key} ${version.VersionId} ${version.ETag}`),
      ...(page.DeleteMarkers ?? []).map((marker) => `${marker.Key} ${marker.VersionId} deleted`),
    ].sort();
  };
  return { bucket, put, open, versions };
}

for (const versions of [false, true]) {
  connectorContract(versions ? 's3, a bucket that keeps versions' : 's3, a plain bucket', async () => {
    const it = await bucketWith({ versions });
    await it.put(`profiles/${JANE}.json`, '{"name":"Jane"}');
    await it.put('profiles/Jane@Example.com.json', '{"name":"Jane D."}');
    await it.put(`profiles/${JOHN}.json`, '{"name":"John"}');
    await it.put('profiles/other@example.com.json', '{"name":"Other"}');
    return {
      connector: it.open(),
      node: PROFILES,
      everything: it.versions,
      addJane: async () => void (await it.put(`profiles/${JANE}.json`, 'late')),
      bytesHold: async () => null,
      cleanUp: async () => undefined,
    };
  });
}

test('every version and every delete marker of hers goes, and of nobody else', async () => {
  const { bucket, put, open, versions } = await bucketWith({ versions: true });
  for (const body of ['one', 'two', 'three']) await put(`profiles/${JANE}.json`, body);
  await admin.send(new DeleteObjectCommand({ Bucket: bucket, Key: `profiles/${JANE}.json` }));
  await put(`profiles/${JOHN}.json`, 'one');
  await put(`profiles/${JOHN}.json`, 'two');
  const johns = (await versions()).filter((version) => version.includes(JOHN));

  expect(await open().search(jobFor(PROFILES, JANE))).toBe(4);
  expect(await open().erase(jobFor(PROFILES, JANE))).toMatchObject({ found: 4, erased: 4, method: 'delete_versions' });
  expect(await open().verify(jobFor(PROFILES, JANE))).toBe(0);
  expect(await versions()).toEqual(johns);
});

test('what spreads over many pages is all found, versions of one key among them', async () => {
  const { put, open, versions } = await bucketWith({ versions: true });
  for (let n = 0; n < 20; n++) {
    await put(`profiles/${JANE}.json`, `version ${n}`);
    await put(`profiles/p${n}@example.com.json`, 'another');
  }
  const connector = open({ pageKeys: 7 });
  expect(await connector.erase(jobFor(PROFILES, JANE))).toMatchObject({ found: 20, erased: 20 });
  expect(await connector.search(jobFor(PROFILES, JANE))).toBe(0);
  expect(await connector.search(jobFor(PROFILES, 'p19@example.com'))).toBe(1);
  expect((await versions()).length).toBe(20);
});

test('parts of an upload that was never finished go too', async () => {
  const { bucket, open } = await bucketWith();
  const at = { Bucket: bucket, Key: `profiles/${JANE}.json` };
  const { UploadId } = await admin.send(new CreateMultipartUploadCommand(at));
  await admin.send(new UploadPartCommand({ ...at, UploadId, PartNumber: 1, Body: 'half of Jane' }));

  expect(await open().search(jobFor(PROFILES, JANE))).toBe(1);
  expect(await open().erase(jobFor(PROFILES, JANE))).toMatchObject({ found: 1, erased: 1 });
  expect((await admin.send(new ListMultipartUploadsCommand({ Bucket: bucket }))).Uploads ?? []).toEqual([]);
});

test('objects whose metadata names her go, with older versions of hers, and without those of the next owner', async () => {
  const { bucket, put, open } = await bucketWith({ versions: true });
  await put('uploads/1.pdf', 'hers', { owner: 'Jane@Example.com' });
  await put('uploads/2.pdf', 'his', { owner: JOHN });
  await put('uploads/3.pdf', 'hers before', { owner: JANE });
  await put('uploads/3.pdf', 'his now', { owner: JOHN });
  await admin.send(new DeleteObjectCommand({ Bucket: bucket, Key: 'uploads/1.pdf' }));
  const rows: Row[] = [];
  await open().export(jobFor(UPLOADS, JANE), async (row) => void rows.push(row));

  expect(rows.flatMap((row) => (row['content'] === undefined ? [] : [row['content']]))).toEqual([
    'hers',
    'hers before',
  ]);
  expect(await open().erase(jobFor(UPLOADS, JANE))).toMatchObject({ found: 3, erased: 3 });
  const left = await admin.send(new ListObjectVersionsCommand({ Bucket: bucket }));
  expect(left.Versions?.map((version) => version.Key)).toEqual(['uploads/2.pdf', 'uploads/3.pdf']);
  expect(left.DeleteMarkers ?? []).toEqual([]);
});

describe('objects that an index gives to people', () => {
  const objects = [
    {
      node: TICKETS,
      keys: 'tickets/*',
      index: { object: 'index/tickets.jsonl', keyField: 'object', identifiers: { email: 'email' } },
    },
  ];
  const line = (object: string, email: string) => JSON.stringify({ object, email });

  test('go with their lines, in every version of the index', async () => {
    const { bucket, put, open, versions } = await bucketWith({ versions: true });
    await put('index/tickets.jsonl', `${line('tickets/1', JANE)}\n`);
    await put('index/tickets.jsonl', `${line('tickets/1', JANE)}\n${line('tickets/2', JOHN)}\n`);
    await put('tickets/1', 'hers');
    await put('tickets/2', 'his');
    const s3 = await answerAsS3(server);
    const connector = open({ objects, endpoint: `http://127.0.0.1:${s3.port}` });
    await connector.check();

    expect(await connector.erase(jobFor(TICKETS, JANE))).toMatchObject({ found: 2, erased: 2 });
    expect(await connector.verify(jobFor(TICKETS, JANE))).toBe(0);
    const index = await admin.send(new GetObjectCommand({ Bucket: bucket, Key: 'index/tickets.jsonl' }));
    expect(await index.Body?.transformToString()).toBe(`${line('tickets/2', JOHN)}\n`);
    expect((await versions()).map((version) => version.split(' ')[0])).toEqual(['index/tickets.jsonl', 'tickets/2']);
    await s3.stop();
  });

  test('are left alone by a server that cannot refuse to overwrite a newer index', async () => {
    const { put, open, versions } = await bucketWith();
    await put('index/tickets.jsonl', `${line('tickets/1', JANE)}\n`);
    const before = await versions();
    await expect(open({ objects }).erase(jobFor(TICKETS, JANE))).rejects.toMatchObject({
      class: 'permanent',
      code: 'not_supported',
    });
    expect(await versions()).toEqual(before);
  });

  test.each([
    ['no index object', null, 'missing_table'],
    ['a line that is no JSON', 'tickets/1 jane', 'unreadable_line'],
  ])('are not looked for with %s', async (_, content, code) => {
    const { put, open } = await bucketWith();
    if (content !== null) await put('index/tickets.jsonl', content);
    const connector = open({ objects });
    await expect(connector.check()).rejects.toMatchObject({ code });
    await expect(connector.search(jobFor(TICKETS, JANE))).rejects.toMatchObject({ code });
  });

  test('and that it gives to somebody else too are a question for a human', async () => {
    const { put, open } = await bucketWith();
    await put('index/tickets.jsonl', `${line('tickets/1', JANE)}\n${line('tickets/1', JOHN)}`);
    await put('tickets/1', 'both');
    await expect(open({ objects }).erase(jobFor(TICKETS, JANE))).rejects.toMatchObject({ code: 'shared_object' });
  });
});

test('a locked version stays, is told of with its date, and everything else is gone', async () => {
  const { bucket, put, open } = await bucketWith({ versions: true });
  await put(`profiles/${JANE}.json`, 'free');
  const locked = await put(`profiles/${JANE}.json`, 'locked');
  const held = await put('profiles/Jane@Example.com.json', 'held');
  const s3 = await answerAsS3(server, {
    [locked.VersionId ?? '']: { mode: 'COMPLIANCE', until: '2099-01-02T00:00:00Z' },
    [held.VersionId ?? '']: { legalHold: true },
  });
  try {
    const connector = open({ endpoint: `http://127.0.0.1:${s3.port}` });
    await expect(connector.erase(jobFor(PROFILES, JANE))).rejects.toMatchObject({
      class: 'needs_human',
      code: 'object_lock',
      message: expect.stringMatching(/2 object versions.*2099-01-02/),
    });
    expect(await connector.search(jobFor(PROFILES, JANE))).toBe(2);
  } finally {
    await s3.stop();
  }
  expect((await admin.send(new ListObjectVersionsCommand({ Bucket: bucket }))).Versions).toHaveLength(2);
});

describe('what stands in the way is an error at start, never a zero later', () => {
  test('a bucket that is not there', async () => {
    const { open } = await bucketWith();
    const connector = open({ bucket: 'nobodys-bucket' });
    for (const call of ['check', 'search', 'erase', 'verify'] as const) {
      await expect(connector[call](jobFor(PROFILES, JANE))).rejects.toMatchObject({ code: 'missing_table' });
    }
  });

  test('objects that nobody mapped are told of by folder, without the identifiers in them', async () => {
    const { put, open } = await bucketWith();
    await put(`chats/${JANE}.txt`, 'hi');
    const error = await open()
      .check()
      .catch((e) => e);
    expect(error).toMatchObject({ class: 'needs_human', code: 'unmapped_table' });
    expect(error.message).toContain('chats');
    expect(error.message).not.toContain(JANE);
    await open({ withoutPersonalData: ['chats/*'] }).check();
  });

  test('the check leaves nothing behind', async () => {
    const { open, versions } = await bucketWith({ versions: true });
    await open().check();
    expect(await versions()).toEqual([]);
  });

  test('a server that is down is tried again', async () => {
    const { open } = await bucketWith();
    await expect(open({ endpoint: 'http://127.0.0.1:1' }).search(jobFor(PROFILES, JANE))).rejects.toMatchObject({
      class: 'retryable',
      code: 'unreachable',
    });
  });

  test('a credential that may only read', async () => {
    const { put, open } = await bucketWith();
    await put(`profiles/${JANE}.json`, 'x');
    const connector = open({ credential: S3_READER, verifyCredential: undefined });
    expect(await connector.search(jobFor(PROFILES, JANE))).toBe(1);
    await expect(connector.check()).rejects.toMatchObject({ class: 'permanent', code: 'permission_denied' });
    await expect(connector.erase(jobFor(PROFILES, JANE))).rejects.toMatchObject({ code: 'permission_denied' });
    expect(connector.verifiesBy).toBe('same_path');
  });
});
