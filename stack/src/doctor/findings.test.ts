import { join } from 'node:path';
import { expect, test } from 'vitest';
import { settingFindings } from './clickhouse.ts';
import { clockFinding } from './finding.ts';
import { diskFinding, nodeFinding } from './machine.ts';
import { roleFinding } from './postgres.ts';

const stateOf = (findings: readonly { check: string; state: string }[], check: string) =>
  findings.find((finding) => finding.check === check)?.state;
const touches = (settings: string) => ({
  name: 'touches',
  create: `CREATE TABLE touches (subject_id String) SETTINGS ${settings}`,
});

test('a Node that cannot run TypeScript is too old', () => {
  expect(nodeFinding('20.20.2').state).toBe('bad');
  expect(nodeFinding('22.17.0').state).toBe('bad');
  expect(nodeFinding('22.18.0').state).toBe('good');
  expect(nodeFinding('26.10.0').state).toBe('good');
});

test('a data folder that can be made is good, and one below a file is not', async () => {
  expect((await diskFinding(join(import.meta.dirname, 'not', 'there'))).check).toBe('disk');
  expect(await diskFinding(join(import.meta.filename, 'data'))).toMatchObject({ state: 'bad' });
});

test('a clock more than a second off, either way, is bad', () => {
  expect(clockFinding('clock', 'it', 1_000).state).toBe('good');
  expect(clockFinding('clock', 'it', -1_001).state).toBe('bad');
});

test('ClickHouse settings that weaken a promise are named with their table', () => {
  const weak = settingFindings({
    asyncInsert: true,
    tables: [touches('non_replicated_deduplication_window = 100')],
    guardedTables: [],
  });
  for (const check of ['async_insert', 'deduplication', 'old_parts_lifetime', 'row policies']) {
    expect(stateOf(weak, check), check).toBe('warning');
  }

  const strong = settingFindings({
    asyncInsert: false,
    tables: [touches('replicated_deduplication_window = 10000, old_parts_lifetime = 1')],
    guardedTables: ['touches'],
  });
  expect(strong.every(({ state }) => state === 'good')).toBe(true);
});

test('an application role that could look past row security is bad', () => {
  const role = { version: '17.0', user: 'vestige', strong: false, member: true, ownsTables: 0, clockSkewMs: 0 };
  expect(roleFinding(role).state).toBe('good');
  expect(roleFinding({ ...role, strong: true }).state).toBe('bad');
  expect(roleFinding({ ...role, member: false }).state).toBe('bad');
  expect(roleFinding({ ...role, ownsTables: 3 }).state).toBe('bad');
});
