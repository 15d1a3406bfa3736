import { relative } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type ScratchClickHouse, startScratchClickHouse } from '@vestige/e2e/harness/scratch-clickhouse';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { filesHolding } from './testing/byte-search.ts';

/**
 * What ClickHouse itself does with bytes that were deleted, one test for each measured fact (CH1 to CH18 of
 * docs/erasure.md). Our recipe is built on them; when a new version of the engine behaves otherwise, a test here says
 * which assumption fell. Run on a bare engine with none of our settings, wide parts and nothing compressed, so that a
 * byte search of the folder is the ground truth.
 *
 * Not to be had in the embedded engine, and therefore not here: replication (Keeper keeps mutation texts, an absent
 * replica rewrites later) and `system.query_log`.
 */
let engine: ScratchClickHouse;
beforeAll(async () => {
  engine = await startScratchClickHouse();
});
afterAll(() => engine?.stop());

const ask = (sql: string, settings?: Record<string, string | number>) => engine.ask(sql, settings);
const WAIT_MS_MAX = 20_000;

/** Everything on the disk as it is in memory, and replaced parts gone after a second unless a test says otherwise. */
const PLAIN_FILES = `min_bytes_for_wide_part = 0, min_rows_for_wide_part = 0, compress_marks = 0, compress_primary_key = 0,
  cleanup_delay_period = 1, cleanup_delay_period_random_add = 0, max_cleanup_delay_period = 1,
  merge_tree_clear_old_parts_interval_seconds = 1, merge_selecting_sleep_ms = 200, max_merge_selecting_sleep_ms = 500`;
const FORGETFUL = 'old_parts_lifetime = 1';
const HOARDING = 'old_parts_lifetime = 600';
const PATCHABLE = 'enable_block_number_column = 1, enable_block_offset_column = 1';
const PATCH_MODE = { lightweight_delete_mode: 'lightweight_update_force' };
const HEAVY = { mutations_sync: 2 };

/** A table in a database of its own, with 1,000 rows of ten people in one part of January. */
async function people(name: string, settings = FORGETFUL, { columns = '', order = 'ts, id' } = {}) {
  await ask(`CREATE DATABASE IF NOT EXISTS ${name} ENGINE = Atomic`);
  await ask(`
    CREATE TABLE ${name}.t (ts DateTime CODEC(NONE), id UInt64 CODEC(NONE), who String CODEC(NONE) ${columns})
    ENGINE = MergeTree PARTITION BY toYYYYMM(ts) ORDER BY (${order}) SETTINGS ${PLAIN_FILES}, ${settings}`);
  await fill(name);
  return { him: `${name}_person_7_`, condition: `who = '${name}_person_7_'` };
}

const fill = (name: string, from = '2026-01-01 00:00:00', rows = 1000) =>
  ask(`INSERT INTO ${name}.t (ts, id, who)
       SELECT toDateTime('${from}') + number, number, concat('${name}_person_', toString(number % 10), '_') FROM numbers(${rows})`);

const count = async (name: string, where: string, settings?: Record<string, number>) =>
  Number(await ask(`SELECT count() FROM ${name}.t WHERE ${where}`, settings));
/** Rows that the mask of a lightweight delete hides count as well. */
const rawCount = (name: string, where: string) => count(name, where, { apply_deleted_mask: 0, apply_patch_parts: 0 });
const one = async (sql: string) => Number(await ask(sql));
const activeRows = (name: string) =>
  one(
    `SELECT sum(rows) FROM system.parts WHERE database = '${name}' AND table = 't' AND active AND NOT startsWith(partition_id, 'patch-')`,
  );
const inactiveParts = (name: string) =>
  one(`SELECT count() FROM system.parts WHERE database = '${name}' AND table = 't' AND NOT active`);
const patchParts = (name: string) =>
  one(`SELECT count() FROM system.parts WHERE database = '${name}' AND startsWith(partition_id, 'patch-')`);
const files = async (bytes: string) =>
  (await filesHolding(engine.dataDir, [bytes])).map((file) => relative(engine.dataDir, file));
const mutationTexts = (name: string) => ask(`SELECT command FROM system.mutations WHERE database = '${name}'`);

async function until<T>(look: () => Promise<T>, done: (seen: T) => boolean): Promise<T> {
  for (const deadline = performance.now() + WAIT_MS_MAX; ; await sleep(200)) {
    const seen = await look();
    if (done(seen) || performance.now() > deadline) return seen;
  }
}
/** Who asks for the state sees parts too whose files are just being removed; `NOT active` alone passes over them. */
const replacedParts = (name: string) =>
  one(
    `SELECT count() FROM system.parts WHERE database = '${name}' AND table = 't' AND _state IN ('Outdated', 'Deleting')`,
  );
const settle = (name: string) =>
  until(
    () => replacedParts(name),
    (parts) => parts === 0,
  );

describe('a lightweight delete', () => {
  test('CH1: hides rows and keeps every byte, and whoever may change a setting reads them', async () => {
    const { him, condition } = await people('ch1', HOARDING);
    expect(await files(him)).toHaveLength(1);
    await ask(`DELETE FROM ch1.t WHERE ${condition}`);
    expect(await count('ch1', condition)).toBe(0);
    expect(await count('ch1', condition, { apply_deleted_mask: 0 })).toBe(100);
    expect(await activeRows('ch1')).toBe(1000);
    expect(await one(`SELECT has_lightweight_delete FROM system.parts WHERE database = 'ch1' AND active`)).toBe(1);
    // The replaced part, the new part, and the statement.
    expect((await files(him)).filter((file) => file.endsWith('who.bin')).length).toBe(2);
    expect(await mutationTexts('ch1')).toContain('UPDATE _row_exists = 0');
  });

  test('CH2: followed by APPLY DELETED MASK leaves the bytes in the parts that were replaced', async () => {
    const { him, condition } = await people('ch2', HOARDING);
    await ask(`DELETE FROM ch2.t WHERE ${condition}`);
    await ask('ALTER TABLE ch2.t APPLY DELETED MASK', HEAVY);
    expect(await activeRows('ch2')).toBe(900);
    expect(await inactiveParts('ch2')).toBe(2);
    expect((await files(him)).filter((file) => file.endsWith('who.bin')).length).toBe(2);
  });

  test('CH3: and after the clean-up of replaced parts the statement alone still names him', async () => {
    const { him, condition } = await people('ch3');
    await ask(`DELETE FROM ch3.t WHERE ${condition}`);
    await ask('ALTER TABLE ch3.t APPLY DELETED MASK', HEAVY);
    expect(await settle('ch3')).toBe(0);
    const left = await files(him);
    expect(left.length).toBeGreaterThan(0);
    expect(left.filter((file) => !/mutation_\d+\.txt$/.test(file))).toEqual([]);
  });

  test('CH4: as a patch part leaves the part itself untouched and no trace in system.mutations', async () => {
    const { condition } = await people('ch4', `${HOARDING}, ${PATCHABLE}`);
    await ask(`DELETE FROM ch4.t WHERE ${condition}`, PATCH_MODE);
    expect(await count('ch4', condition)).toBe(0);
    expect([await patchParts('ch4'), await activeRows('ch4'), await rawCount('ch4', condition)]).toEqual([
      1, 1000, 100,
    ]);
    expect(await mutationTexts('ch4')).toBe('');
  });

  test('CH4a: as a patch part survives one APPLY DELETED MASK, for ever', async () => {
    const { him, condition } = await people('ch4a', `${FORGETFUL}, ${PATCHABLE}`);
    await ask(`DELETE FROM ch4a.t WHERE ${condition}`, PATCH_MODE);
    await ask('ALTER TABLE ch4a.t APPLY DELETED MASK', HEAVY);
    await settle('ch4a');
    expect(
      await until(
        () => patchParts('ch4a'),
        (parts) => parts === 0,
      ),
    ).toBe(0);
    expect([await count('ch4a', condition), await activeRows('ch4a')]).toEqual([0, 1000]);
    expect((await files(him)).some((file) => file.endsWith('who.bin'))).toBe(true);
  });

  test.each([
    ['ch4b1', ['ALTER TABLE ch4b1.t APPLY PATCHES', 'ALTER TABLE ch4b1.t APPLY DELETED MASK']],
    ['ch4b2', ['ALTER TABLE ch4b2.t APPLY DELETED MASK', 'ALTER TABLE ch4b2.t APPLY DELETED MASK']],
    // One whole merge is enough in most runs and not in all: it may start without the patch.
    ['ch4b3', ['OPTIMIZE TABLE ch4b3.t FINAL', 'OPTIMIZE TABLE ch4b3.t FINAL']],
  ])('CH4b: as a patch part is gone after two steps (%s)', async (name, steps) => {
    const { him, condition } = await people(name, `${FORGETFUL}, ${PATCHABLE}`);
    await ask(`DELETE FROM ${name}.t WHERE ${condition}`, PATCH_MODE);
    for (const step of steps) await ask(step, HEAVY);
    await settle(name);
    expect([await count(name, condition), await activeRows(name)]).toEqual([0, 900]);
    expect((await files(him)).filter((file) => file.endsWith('.bin'))).toEqual([]);
  });

  test('CH5: is refused on a table with a projection, or loses the projection', async () => {
    const { condition } = await people('ch5', FORGETFUL, {
      columns: ', PROJECTION by_who (SELECT who, count() GROUP BY who)',
    });
    const projections = () => one(`SELECT count() FROM system.projection_parts WHERE database = 'ch5' AND active`);
    expect(await projections()).toBe(1);
    await expect(ask(`DELETE FROM ch5.t WHERE ${condition}`)).rejects.toThrow('344');
    await ask(`ALTER TABLE ch5.t MODIFY SETTING lightweight_mutation_projection_mode = 'drop'`);
    await ask(`DELETE FROM ch5.t WHERE ${condition}`);
    expect([await count('ch5', condition), await projections()]).toEqual([0, 0]);
  });

  test('CH6: leaves the value in the primary key, in skip indexes and in dictionaries too, until the mask is applied', async () => {
    await ask('CREATE DATABASE ch6 ENGINE = Atomic');
    await ask(`
      CREATE TABLE ch6.t (
        who String CODEC(NONE), lc LowCardinality(String) CODEC(NONE),
        INDEX by_set who TYPE set(0) GRANULARITY 1, INDEX by_minmax who TYPE minmax GRANULARITY 1)
      ENGINE = MergeTree ORDER BY who SETTINGS ${PLAIN_FILES}, ${FORGETFUL}`);
    await ask(`INSERT INTO ch6.t SELECT concat('ch6_', leftPad(toString(number % 100), 3, '0'), '_end'),
               concat('ch6lc_', toString(number % 100), '_end') FROM numbers(100000)`);
    await ask(`DELETE FROM ch6.t WHERE who IN (SELECT 'ch6_000_end')`);
    await settle('ch6');
    const kinds = async () =>
      [...new Set((await files('ch6_000_end')).map((file) => file.split('/').at(-1) ?? ''))].sort();
    const masked = await kinds();
    for (const kind of [/^primary\.c?idx$/, /^skp_idx_by_set\.idx/, /^skp_idx_by_minmax\.idx/, /^who\.bin$/])
      expect(
        masked.some((file) => kind.test(file)),
        `${kind} among ${masked}`,
      ).toBe(true);
    expect((await files('ch6lc_0_end')).some((file) => file.includes('dict'))).toBe(true);
    await ask('ALTER TABLE ch6.t APPLY DELETED MASK', HEAVY);
    await settle('ch6');
    const left = [...(await files('ch6_000_end')), ...(await files('ch6lc_0_end'))];
    expect(left.filter((file) => !/mutation_\d+\.txt$/.test(file))).toEqual([]);
  });
});

describe('a heavy delete', () => {
  test('CH7: rewrites the parts that hold him and links the others, in one pass', async () => {
    const { him, condition } = await people('ch7', HOARDING);
    await fill('ch7', '2026-02-01 00:00:00', 5);
    await ask(`ALTER TABLE ch7.t DELETE WHERE ${condition}`, HEAVY);
    expect([await activeRows('ch7'), await inactiveParts('ch7')]).toEqual([905, 2]);
    const places = await files(him);
    expect(places.filter((file) => file.endsWith('who.bin'))).toHaveLength(1);
    expect(places.filter((file) => /mutation_\d+\.txt$/.test(file))).toHaveLength(1);
    await ask(`ALTER TABLE ch7.t MODIFY SETTING ${FORGETFUL}`);
    await settle('ch7');
    expect((await files(him)).filter((file) => file.endsWith('.bin'))).toEqual([]);
  });

  test('CH9: by a queue names nobody, but reads the queue when it runs: emptied before, it is done and did nothing', async () => {
    const { condition } = await people('ch9');
    await ask(`CREATE TABLE ch9.queue (batch UInt32, who String) ENGINE = MergeTree ORDER BY batch`);
    const queued = `who IN (SELECT who FROM ch9.queue WHERE batch = 1)`;
    await ask(`INSERT INTO ch9.queue VALUES (1, 'ch9_person_7_')`);
    await ask(`ALTER TABLE ch9.t DELETE WHERE ${queued}`, HEAVY);
    expect(await count('ch9', condition)).toBe(0);
    expect(await mutationTexts('ch9')).not.toContain('person_7');

    await fill('ch9');
    await ask('SYSTEM STOP MERGES ch9.t');
    await ask(`ALTER TABLE ch9.t DELETE WHERE ${queued}`, { mutations_sync: 0 });
    await ask('TRUNCATE TABLE ch9.queue');
    await ask('SYSTEM START MERGES ch9.t');
    const open = () => one(`SELECT countIf(NOT is_done) FROM system.mutations WHERE database = 'ch9'`);
    expect(await until(open, (mutations) => mutations === 0)).toBe(0);
    expect(await ask(`SELECT DISTINCT latest_fail_reason FROM system.mutations WHERE database = 'ch9'`)).toBe('');
    expect(await count('ch9', condition)).toBe(100);
  });

  test('CH10: by a dictionary names nobody either', async () => {
    const { condition } = await people('ch10');
    await ask('CREATE TABLE ch10.queue (batch UInt32, who String) ENGINE = MergeTree ORDER BY batch');
    await ask(`INSERT INTO ch10.queue VALUES (1, 'ch10_person_7_')`);
    await ask(`CREATE DICTIONARY ch10.queued (who String, batch UInt32) PRIMARY KEY who
               SOURCE(CLICKHOUSE(QUERY 'SELECT who, batch FROM ch10.queue')) LAYOUT(COMPLEX_KEY_HASHED()) LIFETIME(0)`);
    await ask(`ALTER TABLE ch10.t DELETE WHERE dictHas('ch10.queued', tuple(who))`, HEAVY);
    expect(await count('ch10', condition)).toBe(0);
    expect(await mutationTexts('ch10')).not.toContain('person_7');
  });

  test('CH11: with a bound parameter keeps the bound value in system.mutations and in a file', async () => {
    const { him } = await people('ch11');
    await ask('ALTER TABLE ch11.t DELETE WHERE who = {who: String}', { ...HEAVY, param_who: him });
    await settle('ch11');
    expect(await mutationTexts('ch11')).toContain(him);
    const left = await files(him);
    expect(left).toHaveLength(1);
    expect(left[0]).toMatch(/mutation_\d+\.txt$/);
  });

  test('CH12: is remembered: with finished_mutations_to_keep = 1 the last statement, with 0 all of them', async () => {
    for (const [name, keep] of [
      ['ch12a', 1],
      ['ch12b', 0],
    ] as const) {
      await people(name, `${FORGETFUL}, finished_mutations_to_keep = ${keep}`);
      for (const person of [7, 6, 5])
        await ask(`ALTER TABLE ${name}.t DELETE WHERE who = '${name}_person_${person}_'`, HEAVY);
    }
    const kept = (name: string) => one(`SELECT count() FROM system.mutations WHERE database = '${name}'`);
    expect(
      await until(
        () => kept('ch12a'),
        (mutations) => mutations === 1,
      ),
    ).toBe(1);
    expect(await kept('ch12b')).toBe(3);
    expect(await settle('ch12a')).toBe(0);
    expect(await files('ch12a_person_7_')).toEqual([]);
    expect(await files('ch12a_person_5_')).toHaveLength(1);
  });

  test('CH13: does not touch what is written after it was submitted', async () => {
    const { condition } = await people('ch13');
    await ask('SYSTEM STOP MERGES ch13.t');
    await ask(`ALTER TABLE ch13.t DELETE WHERE ${condition}`, { mutations_sync: 0 });
    await ask(`INSERT INTO ch13.t VALUES ('2026-01-01 00:00:00', 1, 'ch13_person_7_')`);
    await ask('SYSTEM START MERGES ch13.t');
    const open = () => one(`SELECT countIf(NOT is_done) FROM system.mutations WHERE database = 'ch13'`);
    expect(await until(open, (mutations) => mutations === 0)).toBe(0);
    expect(await count('ch13', condition)).toBe(1);
  });

  test('CH14: does not reach frozen and detached parts; attached again, he is back', async () => {
    const { him, condition } = await people('ch14');
    await fill('ch14', '2026-02-01 00:00:00');
    await ask(`ALTER TABLE ch14.t FREEZE WITH NAME 'snap'`);
    await ask(`ALTER TABLE ch14.t DETACH PARTITION '202602'`);
    await ask(`ALTER TABLE ch14.t DELETE WHERE ${condition}`, HEAVY);
    await settle('ch14');
    expect(await count('ch14', condition)).toBe(0);
    const left = await files(him);
    for (const folder of ['shadow/snap/', '/detached/'])
      expect(
        left.some((file) => file.includes(folder)),
        folder,
      ).toBe(true);
    expect(await one(`SELECT count() FROM system.detached_parts WHERE database = 'ch14'`)).toBe(1);
    await ask(`ALTER TABLE ch14.t ATTACH PARTITION '202602'`);
    expect(await count('ch14', condition)).toBe(100);
  });

  test('CH15: does not reach what a materialised view made of the rows', async () => {
    const { condition } = await people('ch15');
    await ask(
      'CREATE MATERIALIZED VIEW ch15.seen ENGINE = SummingMergeTree ORDER BY who AS SELECT who, 1 AS n FROM ch15.t',
    );
    await fill('ch15');
    await ask(`ALTER TABLE ch15.t DELETE WHERE ${condition}`, HEAVY);
    expect(await one(`SELECT count() FROM ch15.seen WHERE ${condition}`)).toBeGreaterThan(0);
  });
});

describe('what looks like a way to erase, or is one', () => {
  test('CH8: min_age_to_force_merge_seconds cleans a partition of two parts and never one of a single part', async () => {
    const { condition } = await people('ch8', `${FORGETFUL}, min_age_to_force_merge_seconds = 1`);
    await ask(`DELETE FROM ch8.t WHERE ${condition}`);
    await people('ch8two', `${FORGETFUL}, min_age_to_force_merge_seconds = 1`);
    await fill('ch8two', '2026-01-10 00:00:00');
    await ask(`DELETE FROM ch8two.t WHERE who = 'ch8two_person_7_'`);
    expect(
      await until(
        () => activeRows('ch8two'),
        (rows) => rows === 1800,
      ),
    ).toBe(1800);
    // The engine has merged what it wants to merge; this part it leaves alone (150 s were observed).
    await sleep(3_000);
    expect([await count('ch8', condition), await activeRows('ch8')]).toEqual([0, 1000]);
    await ask('OPTIMIZE TABLE ch8.t FINAL SETTINGS optimize_skip_merged_partitions = 0');
    expect(await activeRows('ch8')).toBe(900);
  });

  test('CH16: DROP TABLE leaves the files until the delayed drop, and frozen copies for ever', async () => {
    const { him } = await people('ch16');
    await ask(`ALTER TABLE ch16.t FREEZE WITH NAME 'kept'`);
    await ask('DROP TABLE ch16.t');
    expect(await one(`SELECT count() FROM system.dropped_tables WHERE database = 'ch16'`)).toBe(1);
    expect((await files(him)).some((file) => file.startsWith('store/'))).toBe(true);
    const left = await until(
      () => files(him),
      (places) => places.every((file) => file.startsWith('shadow/')),
    );
    expect(left.length).toBeGreaterThan(0);
    expect(left.every((file) => file.startsWith('shadow/kept/'))).toBe(true);
  });

  test('CH17: a part that is expired as a whole leaves soon', async () => {
    await ask('CREATE DATABASE ch17 ENGINE = Atomic');
    await ask(`CREATE TABLE ch17.t (ts DateTime, who String CODEC(NONE)) ENGINE = MergeTree ORDER BY ts TTL ts + INTERVAL 1 SECOND
               SETTINGS ${PLAIN_FILES}, ${FORGETFUL}, merge_with_ttl_timeout = 1, ttl_only_drop_parts = 1`);
    await ask('SYSTEM STOP TTL MERGES ch17.t');
    await ask(`INSERT INTO ch17.t SELECT now() - 100, 'ch17_old_' FROM numbers(10)`);
    await ask(`INSERT INTO ch17.t SELECT now() + 3600, 'ch17_new_' FROM numbers(10)`);
    expect(await files('ch17_old_')).toHaveLength(1);
    await ask('SYSTEM START TTL MERGES ch17.t');
    expect(
      await until(
        () => files('ch17_old_'),
        (places) => places.length === 0,
      ),
    ).toEqual([]);
    expect((await files('ch17_new_')).length).toBeGreaterThan(0);
  });

  test('CH18: by a queue, in a table of buckets, rewrites the bucket that holds him and leaves no byte anywhere', async () => {
    await ask('CREATE DATABASE ch18 ENGINE = Atomic');
    const settings = `${PLAIN_FILES}, ${FORGETFUL}, finished_mutations_to_keep = 1`;
    await ask(`CREATE TABLE ch18.t (ts DateTime CODEC(NONE), who String CODEC(NONE)) ENGINE = MergeTree
               PARTITION BY (toYYYYMM(ts), cityHash64(who) % 4) ORDER BY (who, ts) SETTINGS ${settings}`);
    for (const month of ['01', '02'])
      await ask(
        `INSERT INTO ch18.t SELECT toDateTime('2026-${month}-01 00:00:00') + number, concat('ch18_person_', toString(number % 40), '_') FROM numbers(4000)`,
      );
    await ask(
      `CREATE TABLE ch18.queue (batch UInt64, who String CODEC(NONE)) ENGINE = MergeTree ORDER BY batch SETTINGS ${settings}`,
    );
    await ask(`INSERT INTO ch18.queue VALUES (42, 'ch18_person_7_')`);
    const sizes = async () =>
      (
        await ask(
          `SELECT partition_id, sum(rows) FROM system.parts WHERE database = 'ch18' AND table = 't' AND active GROUP BY 1 ORDER BY 1`,
        )
      ).split('\n');
    const before = await sizes();
    await ask('ALTER TABLE ch18.t DELETE WHERE who IN (SELECT who FROM ch18.queue WHERE batch = 42)', HEAVY);
    const after = await sizes();
    expect(after.filter((line, index) => line !== before[index])).toHaveLength(2);
    await ask('TRUNCATE TABLE ch18.queue');
    expect(
      await until(
        () => files('ch18_person_7_'),
        (places) => places.length === 0,
      ),
    ).toEqual([]);
    expect((await files('ch18_person_8_')).length).toBeGreaterThan(0);
  });
});
