import { createHash, randomUUID } from 'node:crypto';
import { openCheckpoint, parseVerifierKeys } from '@vestige/core/audit/checkpoint';
import { verifyConsistency } from '@vestige/core/audit/consistency';
import { verifyInclusion } from '@vestige/core/audit/inclusion';
import { leafHash } from '@vestige/core/audit/merkle-hash';
import { parseTlogProof } from '@vestige/core/audit/tlog-proof';
import { startTestClickHouse, type TestClickHouse } from '@vestige/e2e/harness/engines';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openTestApi, type TestApi } from '../testing/open-test-api.ts';
import { keepLog } from './keep-log.ts';

const origin = 'vestige.example.com/audit/acme';
let clickhouse: TestClickHouse;
let api: TestApi;
let auditor: string;

beforeAll(async () => {
  clickhouse = await startTestClickHouse();
  api = await openTestApi({ clickhouse });
  auditor = await api.bearer(api.acme, 'audit:read');
});
afterAll(async () => {
  await api.close();
  await clickhouse.stop();
});

const get = async (path: string, headers: Record<string, string> = {}, bearer = auditor) => {
  const response = await api.app.request(path, { headers: { authorization: `Bearer ${bearer}`, ...headers } });
  return { status: response.status, text: await response.text() };
};
const write = async (count: number) => {
  const event = { type: 'test.happened', actor: 'key:abc', object: { kind: 'test', id: '1' } };
  for (let n = 0; n < count; n += 1) await api.deps.audit.append(api.acme.id, event);
};
const keys = async () => parseVerifierKeys((await get('/v1/audit/keys')).text);
/** Names and contents of a tar archive, by hand: another way than the one that wrote it. */
function untar(bytes: Buffer): Map<string, string> {
  const files = new Map<string, string>();
  for (let at = 0; bytes[at] !== 0; ) {
    const field = (from: number, length: number) =>
      bytes.toString('ascii', at + from, at + from + length).replace(/\0.*$/, '');
    const size = Number.parseInt(field(124, 12), 8);
    files.set(field(0, 100), bytes.toString('utf8', at + 512, at + 512 + size));
    at += 512 + Math.ceil(size / 512) * 512;
  }
  return files;
}
const bundle = async (query = '', headers = {}) => {
  const response = await api.app.request(`/v1/audit/bundle${query}`, {
    headers: { authorization: `Bearer ${auditor}`, ...headers },
  });
  expect(response.status).toBe(200);
  return untar(Buffer.from(await response.arrayBuffer()));
};

describe('entries', () => {
  const page = async (query: string) => JSON.parse((await get(`/v1/audit/entries?${query}`)).text);

  test('come newest first when they are asked for so, narrowed by type and by actor, people unnamed', async () => {
    await write(3);
    const subjectId = randomUUID();
    const look = { type: 'subject.read', actor: 'key:abc', object: { kind: 'subject', id: subjectId }, subjectId };
    await api.deps.audit.append(api.acme.id, look);
    const newest = await page('order=newest&limit=2');
    expect(newest.items).toMatchObject([{ type: 'subject.read', object: { id: '-' } }, { type: 'test.happened' }]);
    const older = await page(`order=newest&limit=2&cursor=${newest.nextCursor}`);
    expect(older.items[0].index).toBe(newest.items[1].index - 1);
    expect((await page('order=newest&type=subject.')).items.map(({ type }: { type: string }) => type)).toEqual([
      'subject.read',
    ]);
    expect((await page('order=newest&actor=key:nobody')).items).toEqual([]);
  });

  test('are not narrowed where that would read the whole log, nor turned round for one person', async () => {
    for (const query of ['type=subject.', 'actor=key:abc', `order=newest&subjectId=${randomUUID()}`]) {
      expect((await page(query)).code, query).toBe('bad_request');
    }
  });
});

describe('proofs', () => {
  test('an entry is proven by a file that needs nothing else', async () => {
    await write(5);
    const { text } = await get('/v1/audit/proof?index=3');
    const proof = parseTlogProof(text);
    const checkpoint = openCheckpoint(proof.checkpoint, origin, await keys());
    const entry = proof.extra ?? Buffer.alloc(0);
    expect(JSON.parse(Buffer.from(entry).toString('utf8'))).toMatchObject({ type: 'test.happened' });
    expect(verifyInclusion(3, checkpoint.size, leafHash(entry), proof.hashes, checkpoint.root)).toBe(true);
  });

  test('an entry that no checkpoint covers yet gets one', async () => {
    await write(1);
    await api.deps.auditLog.sequence(api.acme.id);
    const { size } = await api.deps.auditLog.status(api.acme.id);
    const proof = parseTlogProof((await get(`/v1/audit/proof?index=${size - 1}`)).text);
    expect(openCheckpoint(proof.checkpoint, origin, await keys()).size).toBe(size);
    expect((await get(`/v1/audit/proof?index=${size}`)).status).toBe(404);
    expect((await get(`/v1/audit/proof?index=${size - 1}&size=1`)).status).toBe(404);
  });

  test('what an auditor kept is shown to be the beginning of what is there now', async () => {
    const kept = openCheckpoint((await get('/v1/audit/checkpoint')).text, origin, await keys());
    await write(4);
    await bundle();
    const now = openCheckpoint((await get('/v1/audit/checkpoint')).text, origin, await keys());
    expect(now.size).toBeGreaterThan(kept.size);
    const { hashes } = JSON.parse((await get(`/v1/audit/consistency?from=${kept.size}&to=${now.size}`)).text);
    const proof = hashes.map((hash: string) => Buffer.from(hash, 'base64'));
    expect(verifyConsistency(kept.size, now.size, proof, kept.root, now.root)).toBe(true);
    expect((await get(`/v1/audit/checkpoint?size=${kept.size}`)).status).toBe(200);
    expect((await get('/v1/audit/checkpoint?size=999999')).status).toBe(404);
  });

  test('sizes that never were are refused, and so is asking for nothing', async () => {
    expect((await get('/v1/audit/consistency?from=2&to=1')).status).toBe(400);
    expect((await get('/v1/audit/consistency?from=1&to=99999')).status).toBe(400);
    expect((await get('/v1/audit/proof')).status).toBe(400);
    expect((await get(`/v1/audit/proof?certificate=${randomUUID()}`)).status).toBe(404);
    expect((await get('/v1/audit/proof?index=1', {}, await api.bearer(api.acme, 'lineage:read'))).status).toBe(403);
  });
});

describe('the bundle', () => {
  test('holds every entry as it was hashed, in its place, up to a checkpoint that was just signed', async () => {
    await write(300);
    const files = await bundle();
    const { size, format } = JSON.parse(files.get('bundle.json') ?? '');
    expect(format).toBe('urn:vestige:audit-bundle:v1');
    const lines = [...files]
      .filter(([name]) => name.startsWith('entries/'))
      .flatMap(([, text]) => text.trimEnd().split('\n'));
    expect(lines).toHaveLength(size);
    expect(lines.at(-1)).toContain('audit.bundle_read');
    const note = files.get(`checkpoints/${String(size).padStart(12, '0')}.note`) ?? '';
    const { root } = openCheckpoint(note, origin, parseVerifierKeys(files.get('vkeys.txt') ?? ''));
    const proof = await api.deps.auditLog.inclusionProof(api.acme.id, 257, size);
    expect(verifyInclusion(257, size, leafHash(Buffer.from(lines[257] ?? '')), proof, root)).toBe(true);
  });

  test('withholds what names a person, unless it is asked for about that person with a purpose', async () => {
    const [jane, joe] = [randomUUID(), randomUUID()];
    const look = (subjectId: string) => ({
      type: 'subject.read',
      actor: 'key:a',
      object: { kind: 'subject', id: subjectId },
      purpose: 'test',
    });
    await api.deps.audit.append(api.acme.id, look(jane));
    await api.deps.audit.append(api.acme.id, look(joe));
    const everything = [...(await bundle()).values()].join('\n');
    expect(everything).not.toContain(jane);
    expect(everything).toContain('"withheld":true');
    expect((await get(`/v1/audit/bundle?subjectId=${jane}`)).status).toBe(400);
    const hers = [...(await bundle(`?subjectId=${jane}`, { 'vestige-purpose': 'her complaint' })).values()].join('\n');
    expect(hers).toContain(jane);
    expect(hers).not.toContain(joe);
    const looks = await api.deps.audit.entries(api.acme.id, {
      afterIndex: -1,
      limit: 1000,
      subjectIds: [jane],
      readsOnly: true,
    });
    expect(looks.map(({ type }) => type)).toEqual(['subject.read', 'subject.audit_read']);
  });

  test('says of an erased payload by whose leave', async () => {
    const jane = randomUUID();
    await api.deps.audit.append(api.acme.id, {
      type: 'subject.read',
      actor: 'key:a',
      object: { kind: 'subject', id: jane },
      purpose: 'test',
    });
    await api.deps.audit.erasePayloads(api.acme.id, [jane], { actor: 'system:test', requestId: 'r-1' });
    const files = await bundle();
    const erased = [...files]
      .filter(([name]) => name.startsWith('payloads/'))
      .flatMap(([, text]) => text.trimEnd().split('\n'))
      .map((line) => JSON.parse(line))
      .findLast(({ redactedBy }) => redactedBy !== undefined);
    const entries = [...files]
      .filter(([name]) => name.startsWith('entries/'))
      .flatMap(([, text]) => text.trimEnd().split('\n'));
    expect(JSON.parse(entries[erased.redactedBy] ?? '')).toMatchObject({
      type: 'audit.payloads_erased',
      requestId: 'r-1',
      redacts: [[erased.index, erased.index]],
    });
  });

  test('two at once are made, a third waits its turn, and one that is given up makes room', async () => {
    const ask = () => api.app.request('/v1/audit/bundle', { headers: { authorization: `Bearer ${auditor}` } });
    const [one, two] = [await ask(), await ask()];
    expect((await ask()).status).toBe(429);
    await one.body?.cancel();
    const three = await ask();
    expect(three.status).toBe(200);
    await Promise.all([two.arrayBuffer(), three.arrayBuffer()]);
    expect((await ask()).status).toBe(200);
  });
});

test('a log that is kept says that it is alive; one that nobody keeps shows what is wrong', async () => {
  const status = async () => JSON.parse((await get('/v1/audit/status')).text);
  expect((await status()).problems).toContain('heartbeat_missing');
  await keepLog({ ...api.deps, witnesses: [] }, api.acme, 0);
  expect(await status()).toMatchObject({ problems: [], waiting: 0, heartbeat: { day: expect.any(String) } });
});

test('another tenant’s log has another name, and its keys open nothing of ours', async () => {
  const theirs = await api.bearer(api.rival, 'audit:read');
  const rivalKeys = parseVerifierKeys((await get('/v1/audit/keys', {}, theirs)).text);
  expect(rivalKeys[0]?.name).toBe('vestige.example.com/audit/rival');
  const ours = (await get('/v1/audit/checkpoint')).text;
  expect(() => openCheckpoint(ours, origin, rivalKeys)).toThrow('no known key');
  expect((await get('/v1/audit/checkpoint', {}, theirs)).text).toMatch(/^vestige\.example\.com\/audit\/rival\n/);
});

test('a digest of a bundle made twice from the same log differs in what was logged since alone', async () => {
  const [one, other] = [await bundle(), await bundle()];
  const first = [...one]
    .filter(([name]) => name.startsWith('entries/'))
    .map(([, text]) => text)
    .join('');
  const second = [...other]
    .filter(([name]) => name.startsWith('entries/'))
    .map(([, text]) => text)
    .join('');
  const digest = (text: string) => createHash('sha256').update(text).digest('hex');
  expect(digest(second.slice(0, first.length))).toBe(digest(first));
});
