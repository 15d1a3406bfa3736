import { clickHouseLines, clickHouseText } from '@vestige/e2e/harness/clickhouse-text';
import { startTestClickHouse, type TestClickHouse } from '@vestige/e2e/harness/engines';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CLICKHOUSE_ROLES, type ClickHouseRole, ROLE_DEFINITIONS } from './roles.ts';
import { ERASE_EVIDENCE, ERASE_FOUND, ERASE_QUEUE, TENANT_TABLES } from './tables.ts';

/** Roles as the engine enforces them, asked of its own catalog: a new table is in a list here, or fails. */

/** Not tenants’ rows, or not for whoever is fenced by tenant: who may touch them instead. */
const OUTSIDE_THE_FENCE: Readonly<Record<string, readonly ClickHouseRole[]>> = {
  [ERASE_QUEUE]: ['eraser', 'verifier'],
  [ERASE_FOUND]: ['eraser', 'verifier'],
  [ERASE_EVIDENCE]: ['verifier'],
  schema_migrations: [],
};

let engine: TestClickHouse;
beforeAll(async () => {
  engine = await startTestClickHouse();
});
afterAll(() => engine?.stop());

const ask = (role: ClickHouseRole, sql: string, settings: Record<string, string> = {}) =>
  clickHouseText(engine.url(role), sql, settings);
const may = async (role: ClickHouseRole, privilege: string) => (await ask(role, `CHECK GRANT ${privilege}`)) === '1';

const PROCESS_ROLES = CLICKHOUSE_ROLES.filter((role) => role !== 'admin');

describe('every table of the engine', () => {
  let tables: string[];
  beforeAll(async () => {
    tables = await clickHouseLines(
      engine.url('admin'),
      "SELECT name FROM system.tables WHERE database = 'vestige' AND engine NOT IN ('MaterializedView') ORDER BY name",
    );
  });

  test('is fenced by tenant, or named with those who may touch it', () => {
    const unknown = tables.filter(
      (name) => !(name in OUTSIDE_THE_FENCE) && !(TENANT_TABLES as readonly string[]).includes(name),
    );
    expect(
      unknown.map(
        (name) => `${name}: add it to TENANT_TABLES (stack/src/clickhouse/tables.ts) or to OUTSIDE_THE_FENCE here`,
      ),
    ).toEqual([]);
  });

  test('has a row policy for each role that works for one tenant at a time', async () => {
    const fenced = PROCESS_ROLES.filter((role) => ROLE_DEFINITIONS[role].rowPolicy);
    expect(fenced).toEqual(['api']);
    for (const table of TENANT_TABLES) {
      const policies = await clickHouseLines(
        engine.url('admin'),
        `SELECT DISTINCT arrayJoin(apply_to_list) AS who FROM system.row_policies
         WHERE database = 'vestige' AND table = '${table}' ORDER BY who`,
      );
      expect([table, ...policies]).toEqual([table, 'api']);
    }
  });

  test('can be read by those alone who need it, and is emptied, dropped or altered by none of them', async () => {
    const wrong: string[] = [];
    for (const table of tables) {
      const readers = OUTSIDE_THE_FENCE[table] ?? PROCESS_ROLES;
      for (const role of PROCESS_ROLES) {
        if ((await may(role, `SELECT ON ${table}`)) !== readers.includes(role)) wrong.push(`${role} reads ${table}`);
        for (const privilege of ['DROP TABLE', 'ALTER COLUMN', 'ALTER UPDATE', 'OPTIMIZE', 'ALTER TTL']) {
          if (await may(role, `${privilege} ON ${table}`)) wrong.push(`${role} may ${privilege} ${table}`);
        }
        if (table !== ERASE_QUEUE && (await may(role, `TRUNCATE ON ${table}`))) wrong.push(`${role} empties ${table}`);
      }
      for (const role of PROCESS_ROLES) {
        const deletes = await may(role, `ALTER DELETE ON ${table}`);
        if (deletes && role !== 'eraser') wrong.push(`${role} deletes from ${table}`);
      }
    }
    expect(wrong).toEqual([]);
  });
});

describe('a role', () => {
  test.each(CLICKHOUSE_ROLES.filter((role) => role !== 'verifier'))(
    '%s cannot look behind deleted rows',
    async (role) => {
      for (const setting of ['apply_deleted_mask', 'apply_patch_parts']) {
        await expect(ask(role, `SELECT 1 SETTINGS ${setting} = 0`)).rejects.toThrow('SETTING_CONSTRAINT_VIOLATION');
        await expect(ask(role, 'SELECT 1', { [setting]: '0' })).rejects.toThrow('SETTING_CONSTRAINT_VIOLATION');
      }
    },
  );

  test.each(PROCESS_ROLES)('%s has a limit for time and memory that it cannot lift', async (role) => {
    const { maxima, settings } = ROLE_DEFINITIONS[role];
    for (const setting of ['max_execution_time', 'max_memory_usage']) {
      const most = maxima[setting] ?? 0;
      expect(Number(settings[setting])).toBeGreaterThan(0);
      expect(Number(settings[setting])).toBeLessThanOrEqual(most);
      for (const value of [most + 1, 0]) {
        await expect(ask(role, `SELECT 1 SETTINGS ${setting} = ${value}`)).rejects.toThrow(
          'SETTING_CONSTRAINT_VIOLATION',
        );
      }
    }
  });

  test('api returns no more rows than it may, and says so instead of cutting', async () => {
    const { max_result_rows: most = 0 } = ROLE_DEFINITIONS.api.maxima;
    const rows = (count: number) => `SELECT number FROM numbers(${count}) FORMAT Null`;
    await expect(ask('api', rows(most + 1))).rejects.toThrow('TOO_MANY_ROWS');
    await expect(ask('api', `${rows(1)} SETTINGS max_result_rows = 0`)).rejects.toThrow('SETTING_CONSTRAINT_VIOLATION');
    await expect(ask('api', "SELECT 1 SETTINGS result_overflow_mode = 'break'")).rejects.toThrow(
      'SETTING_CONSTRAINT_VIOLATION',
    );
  });

  test('api cannot make itself writable', async () => {
    await expect(ask('api', 'SELECT 1 SETTINGS readonly = 0')).rejects.toThrow('READONLY');
    await expect(ask('api', 'CREATE TABLE loot (x Int8) ENGINE = Memory')).rejects.toThrow(/READONLY|ACCESS_DENIED/);
  });

  test.each(PROCESS_ROLES)('%s cannot make users, give rights or read other people’s queries', async (role) => {
    for (const statement of [
      'CREATE USER mallory',
      `GRANT SELECT ON vestige.erase_queue TO ${role}`,
      'SELECT count() FROM system.query_log',
      'DROP ROW POLICY IF EXISTS x ON vestige.spans',
    ]) {
      await expect(ask(role, statement)).rejects.toThrow(/ACCESS_DENIED|ACCESS_STORAGE|READONLY|UNKNOWN_TABLE/);
    }
  });
});
