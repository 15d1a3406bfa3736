import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { frame, segmentHeader } from '@vestige/collector/log/segment-format';
import { TenantId } from '@vestige/core/ids';
import { describe, expect, onTestFinished, test } from 'vitest';
import { settingFindings, versionFinding } from './clickhouse.ts';
import { asyncInsertFinding, grantFindings } from './clickhouse-logins.ts';
import { contentFindings, type LogContent, logFindings } from './collector-log.ts';
import { clockFinding } from './finding.ts';
import { dataFolder, diskFinding, nodeFinding } from './machine.ts';
import { postgresVersionFinding, roleFinding } from './postgres.ts';

const stateOf = (findings: readonly { check: string; state: string }[], check: string) =>
  findings.find((finding) => finding.check === check)?.state;
const touches = (settings: string, codec = 'CODEC(NONE)', ttl = 'TTL received_on + toIntervalDay(400)') => ({
  name: 'touches',
  create: `CREATE TABLE touches (\`subject_id\` FixedString(16) ${codec}, \`ts\` DateTime) ${ttl} SETTINGS ${settings}`,
});

test('a Node that cannot run TypeScript is too old', () => {
  expect(nodeFinding('20.20.2').state).toBe('bad');
  expect(nodeFinding('22.17.0').state).toBe('bad');
  expect(nodeFinding('22.18.0').state).toBe('good');
  expect(nodeFinding('26.10.0').state).toBe('good');
});

test('a data folder that can be made is good, and one below a file is not', async () => {
  expect((await diskFinding(dataFolder(join(import.meta.dirname, 'not', 'there')))).check).toBe('disk');
  expect(await diskFinding(dataFolder(join(import.meta.filename, 'data')))).toMatchObject({ state: 'bad' });
});

test('a clock more than a second off, either way, is bad', () => {
  expect(clockFinding('clock', 'it', 1_000).state).toBe('good');
  expect(clockFinding('clock', 'it', -1_001).state).toBe('bad');
});

const CLEAN = 'old_parts_lifetime = 1, cleanup_delay_period = 1, max_cleanup_delay_period = 1';

test('ClickHouse settings that weaken a promise are named with their table', () => {
  const weak = settingFindings(
    {
      tables: [touches('old_parts_lifetime = 1, max_cleanup_delay_period = 1', 'CODEC(ZSTD(1))', '')],
      guardedTables: [],
    },
    'api',
  );
  expect(weak.find(({ check }) => check === 'clean-up')).toMatchObject({ state: 'good' });
  for (const check of ['subject bytes', 'ttl', 'row policies']) expect(stateOf(weak, check), check).toBe('warning');
  const slow = settingFindings({ tables: [touches('old_parts_lifetime = 1')], guardedTables: [] }, 'api');
  expect(slow.find(({ check }) => check === 'clean-up')?.says).toContain('max_cleanup_delay_period of touches');

  const strong = settingFindings({ tables: [touches(CLEAN)], guardedTables: ['touches'] }, 'api');
  expect(strong.every(({ state }) => state === 'good')).toBe(true);
});

test('a server that collects inserts whatever they ask for is bad, an untested one is looked at', () => {
  expect(asyncInsertFinding({ user: 'collector', asyncInsert: true }).state).toBe('bad');
  expect(asyncInsertFinding({ user: 'collector', asyncInsert: false }).state).toBe('good');
  expect(versionFinding({ user: 'admin', version: '25.12.1.1' }).state).toBe('warning');
  expect(versionFinding({ user: 'admin', version: '27.1.1.1' }).state).toBe('good');
});

test('a login that lacks a privilege is bad, one that has too many or serves several roles is looked at', () => {
  const beyond = ['INSERT ON spans', 'INSERT ON touches', 'ALTER DELETE ON touches', 'SELECT ON erase_queue'];
  const login = (user: string, missing: readonly string[]) => ({ user, missing, asyncInsert: false });
  const rightly = {
    collector: login('collector', beyond.slice(2)),
    api: login('api', beyond),
    eraser: login('eraser', ['INSERT ON touches', 'INSERT ON erase_evidence']),
    verifier: login('verifier', beyond.slice(0, 3)),
  };
  expect(grantFindings(rightly).map(({ state }) => state)).toEqual(['good']);
  const states = (findings: ReturnType<typeof grantFindings>) => findings.map(({ state }) => state);
  expect(states(grantFindings({ ...rightly, api: login('api', beyond.slice(1)) }))).toEqual(['warning']);
  const lacking = grantFindings({ ...rightly, collector: login('collector', ['INSERT ON spans', ...beyond.slice(2)]) });
  expect(lacking).toMatchObject([{ state: 'bad', says: expect.stringContaining('INSERT ON spans') }]);
  const one = login('vestige', []);
  expect(states(grantFindings({ collector: one, api: one, eraser: one, verifier: one }))).toEqual(['warning']);
});

describe('the log of the collector', () => {
  const empty: LogContent = { segments: 0, records: 0, bytes: 0, oldestMs: null, damaged: [], torn: [], aside: 0 };
  const NOW_MS = Date.parse('2026-11-23T00:00:00Z');
  const statesOf = (content: Partial<LogContent>) =>
    contentFindings({ ...empty, ...content }, NOW_MS).map(({ state }) => state);

  test('is good when nothing waits, or not for long', () => {
    expect(statesOf({})).toEqual(['good']);
    expect(statesOf({ segments: 1, records: 2, oldestMs: NOW_MS - 1_000 })).toEqual(['good']);
  });

  test('is looked at when accepted spans wait, or when something was put aside', () => {
    expect(statesOf({ segments: 1, records: 2, oldestMs: NOW_MS - 600_000 })).toEqual(['warning']);
    expect(statesOf({ aside: 1 })).toEqual(['good', 'warning']);
  });

  test('is bad when damaged, and not when only its end is missing', () => {
    expect(statesOf({ damaged: ['0000000001.log'] })).toEqual(['good', 'bad']);
    expect(statesOf({ torn: ['0000000001.log'] })).toEqual(['good', 'good']);
  });

  test('is read from its files: whole, torn, damaged and put aside', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'vestige-doctor-log-'));
    onTestFinished(() => rm(folder, { recursive: true }));
    const salt = Buffer.from('saltsalt');
    const record = { tenant: TenantId.parse(1), spans: 3, payload: Buffer.from('payload') };
    const whole = Buffer.concat([segmentHeader(salt), ...frame(salt, [record], NOW_MS - 1_000)]);
    const damaged = Buffer.from(whole);
    damaged[damaged.length - 1] = 0xff;
    await writeFile(join(folder, '0000000001.log'), whole);
    await writeFile(join(folder, '0000000002.log'), whole.subarray(0, whole.length - 2));
    await writeFile(join(folder, '0000000003.log'), damaged);
    await writeFile(join(folder, 'lock'), '');
    await mkdir(join(folder, 'aside'));
    await writeFile(join(folder, 'aside', 'damaged-1'), 'x');
    const findings = await logFindings({ logDir: folder, bytesMax: 1 }, NOW_MS);
    expect(findings.map(({ state }) => state)).toEqual(['good', 'good', 'bad', 'good', 'warning']);
    expect(findings[1]?.says).toContain('1 requests');
    expect(findings[1]?.says).toContain('oldest for 1 s');
    const absent = await logFindings({ logDir: join(folder, 'none'), bytesMax: 2 ** 60 }, NOW_MS);
    expect(absent.map(({ state }) => state)).toEqual(['warning', 'good']);
  });
});

test('a Postgres that the migrations do not run on is bad', () => {
  expect(postgresVersionFinding({ version: '14.9', user: 'v' }).state).toBe('bad');
  expect(postgresVersionFinding({ version: '17.2 (Debian)', user: 'v' }).state).toBe('good');
});

test('an application role that could look past row security is bad, one that is more than it must be is told', () => {
  const role = {
    version: '17.0',
    user: 'vestige',
    strong: false,
    maker: false,
    roles: ['vestige_app'],
    directory: false,
    ownsTables: 0,
    clockSkewMs: 0,
  };
  const state = (facts: Partial<typeof role>, process?: 'collector') =>
    roleFinding({ ...role, ...facts }, process).state;
  expect(state({})).toBe('good');
  expect(state({ strong: true })).toBe('bad');
  expect(state({ roles: [] })).toBe('bad');
  expect(state({ ownsTables: 3 })).toBe('bad');
  expect(state({ directory: true })).toBe('bad');
  expect(state({ roles: ['vestige_app', 'vestige_collector'] })).toBe('warning');
  expect(state({ maker: true })).toBe('warning');
  expect(state({}, 'collector')).toBe('bad');
  expect(state({ roles: ['vestige_collector'] }, 'collector')).toBe('good');
});
