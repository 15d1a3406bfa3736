import { describe, expect, test } from 'vitest';
import { checksumOf, migrationFile } from './files.ts';
import { assertOneRepeatableStatement } from './one-statement.ts';
import { migrationStatus, pendingMigrations } from './plan.ts';

const files = ['0001-a.sql', '0002-b.sql', '0003-c.sql'].map((name) => migrationFile(name, `CREATE ${name}`));
const applied = (...names: string[]) =>
  files
    .filter((file) => names.includes(file.name))
    .map(({ name, checksum }) => ({ name, checksum, appliedAt: '2026-01-01T00:00:00Z' }));

describe('what is pending', () => {
  test('is every file, in order, for an empty database', () => {
    expect(pendingMigrations(files, [])).toEqual(files);
  });

  test('is nothing when everything was applied', () => {
    expect(pendingMigrations(files, applied('0001-a.sql', '0002-b.sql', '0003-c.sql'))).toEqual([]);
  });

  test('is refused when an applied file was edited, naming the file', () => {
    const edited = [migrationFile('0001-a.sql', 'CREATE other'), ...files.slice(1)];
    expect(() => pendingMigrations(edited, applied('0001-a.sql'))).toThrow(
      'Migration 0001-a.sql was edited after it was applied; restore the file and put the change into a new one.',
    );
  });

  test('is refused when an applied file is gone', () => {
    expect(() => pendingMigrations(files.slice(1), applied('0001-a.sql'))).toThrow('0001-a.sql was applied');
  });

  test('is refused when a file was slipped in before the last applied one', () => {
    expect(() => pendingMigrations(files, applied('0001-a.sql', '0003-c.sql'))).toThrow('0002-b.sql comes before');
  });

  test('shows in the status beside what is applied', () => {
    expect(migrationStatus(files, applied('0001-a.sql')).map((row) => row.state)).toEqual([
      'applied',
      'pending',
      'pending',
    ]);
  });
});

describe('a file', () => {
  test('changes the checksum of all when it changes', () => {
    expect(checksumOf(files)).not.toBe(checksumOf([migrationFile('0001-a.sql', 'x'), ...files.slice(1)]));
  });

  test('is for clusters only when its first line says so', () => {
    expect(migrationFile('0001-a.sql', '-- cluster only\nCREATE').clusterOnly).toBe(true);
    expect(migrationFile('0001-a.sql', '-- a\n-- cluster only\nCREATE').clusterOnly).toBe(false);
  });

  test('for ClickHouse holds one statement', () => {
    const two = migrationFile('0001-a.sql', 'CREATE TABLE IF NOT EXISTS a (x Int8); DROP TABLE IF EXISTS b');
    expect(() => assertOneRepeatableStatement(two)).toThrow('more than one statement');
  });

  test('for ClickHouse may have semicolons in comments and strings, and one at the end', () => {
    const one = migrationFile('0001-a.sql', "-- a; b\nALTER TABLE a ADD COLUMN IF NOT EXISTS b String DEFAULT ';';\n");
    expect(() => assertOneRepeatableStatement(one)).not.toThrow();
  });

  test('for ClickHouse creates only what may be there already', () => {
    const once = migrationFile('0001-a.sql', '-- IF NOT EXISTS\nCREATE TABLE a (x Int8)');
    expect(() => assertOneRepeatableStatement(once)).toThrow('cannot run twice');
  });
});
