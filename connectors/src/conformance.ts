import assert from 'node:assert/strict';
import type { Selector } from '@vestige/core/request/worker-protocol';
import { type Connector, ConnectorError, type Job, notOffered, type Row, type RowChanges } from './kit.ts';

/**
 * The promises of `kit.ts` as checks that need no test runner: give each `run` to vitest, jest or `node:test`.
 *
 * ```ts
 * for (const { name, run } of conformance(open)) test(name, run);
 * ```
 */
export interface Check {
  readonly name: string;
  run(): Promise<void>;
}

export interface ConnectorUnderTest {
  readonly connector: Connector;
  readonly node: string;
  /** Rows of any person, read past the connector, as texts; to see that nobody else lost anything. */
  everything(): Promise<string[]>;
  /** Puts one more row of jane@example.com into the store. */
  addJane(): Promise<void>;
  /** Node with a place for the mark of a restriction. Absent: restricting there has to be refused. */
  readonly restricts?: boolean;
  /** A value of Jane's that can be corrected; `value` is right, and not there yet. Absent: correcting has to be refused. */
  readonly corrects?: Selector;
  /** True when the text is anywhere in the store's files; null where files are out of reach. */
  bytesHold(text: string): Promise<boolean | null>;
  cleanUp(): Promise<void>;
}

export const JANE = 'jane@example.com';
export const JOHN = 'john@example.com';

export function jobFor(node: string, email: string, extra: Partial<Job> = {}): Job {
  return {
    node,
    selectors: [{ type: 'email', value: email }],
    recordRefs: [],
    spared: [],
    idempotencyKey: 'tenant:request:task:1',
    signal: new AbortController().signal,
    ...extra,
  };
}

/** @param open a store that holds two rows of Jane (one written as `Jane@Example.com` where the store allows) and two of John */
export function conformance(open: () => Promise<ConnectorUnderTest>): Check[] {
  const check = (name: string, body: (it: ConnectorUnderTest) => Promise<void>): Check => ({
    name,
    async run() {
      const it = await open();
      try {
        await it.connector.check();
        await body(it);
      } finally {
        await it.connector.close();
        await it.cleanUp();
      }
    },
  });
  return [
    check('finds and exports the person under any spelling, and nobody else', async ({ connector, node }) => {
      const rows: Row[] = [];
      const exported = await connector.export(jobFor(node, JANE), async (row) => void rows.push(row));
      assert.equal(await connector.search(jobFor(node, JANE)), 2);
      assert.equal(exported, 2);
      assert.equal(rows.length, 2);
      assert.match(JSON.stringify(rows), /jane/i);
      assert.doesNotMatch(JSON.stringify(rows), /john/i);
    }),
    check('search, export and verify change nothing', async ({ connector, node, everything }) => {
      const before = await everything();
      await connector.search(jobFor(node, JANE));
      await connector.export(jobFor(node, JANE), async () => undefined);
      assert.equal(await connector.verify(jobFor(node, JANE)), 2);
      assert.deepEqual(await everything(), before);
    }),
    check('erases the person, counts to zero again, and leaves the others bit-identical', async (it) => {
      const others = (await it.everything()).filter((row) => !/jane/i.test(row));
      const erased = await it.connector.erase(jobFor(it.node, JANE));
      assert.deepEqual({ found: erased.found, erased: erased.erased }, { found: 2, erased: 2 });
      assert.match(erased.method, /^[a-z][a-z0-9_]{0,63}$/);
      assert.equal(await it.connector.search(jobFor(it.node, JANE)), 0);
      assert.equal(await it.connector.verify(jobFor(it.node, JANE)), 0);
      assert.deepEqual(await it.everything(), others);
      assert.ok(others.length > 0, 'the store under test holds other people');
    }),
    check('the bytes leave the files', async ({ connector, node, bytesHold }) => {
      await connector.erase(jobFor(node, JANE));
      assert.notEqual(await bytesHold(JOHN), false);
      assert.notEqual(await bytesHold(JANE), true);
      assert.notEqual(await bytesHold('Jane@Example.com'), true);
    }),
    check('a second erase finds nothing and harms nothing', async ({ connector, node, everything }) => {
      await connector.erase(jobFor(node, JANE));
      const after = await everything();
      const again = await connector.erase(jobFor(node, JANE));
      assert.deepEqual({ found: again.found, erased: again.erased }, { found: 0, erased: 0 });
      assert.deepEqual(await everything(), after);
    }),
    check('a row written after the erase is seen by the verifier', async ({ connector, node, addJane }) => {
      await connector.erase(jobFor(node, JANE));
      await addJane();
      assert.equal(await connector.verify(jobFor(node, JANE)), 1);
    }),
    check('an identifier the store cannot be searched by is an error, never a zero', async ({ connector, node }) => {
      const job = jobFor(node, JANE, { selectors: [{ type: 'cookie_id', value: 'c-1' }] });
      const calls: (() => Promise<unknown>)[] = [
        () => connector.search(job),
        () => connector.export(job, async () => undefined),
        () => connector.erase(job),
        () => connector.verify(job),
      ];
      for (const call of calls) {
        await assert.rejects(call, (error) => isFailure(error, 'needs_human', 'no_usable_selector'));
      }
    }),
    check('a node that nobody mapped is an error, never a zero', async ({ connector, node }) => {
      const job = jobFor(`${node}-of-somebody-else`, JANE);
      for (const call of [() => connector.search(job), () => connector.erase(job), () => connector.verify(job)]) {
        await assert.rejects(call, (error) => isFailure(error, 'permanent', 'unmapped_node'));
      }
    }),
    check('a task whose lease is lost stops before it deletes', async ({ connector, node, everything }) => {
      const before = await everything();
      await assert.rejects(() => connector.erase(jobFor(node, JANE, { signal: AbortSignal.abort() })));
      assert.deepEqual(await everything(), before);
    }),
    check('hostile identifiers are data', async ({ connector, node, everything }) => {
      const before = await everything();
      for (const value of HOSTILE) {
        assert.equal((await connector.erase(jobFor(node, value))).found, 0, value);
        assert.equal(await connector.verify(jobFor(node, value)), 0, value);
      }
      assert.deepEqual(await everything(), before);
    }),
    check('restricts the person and nobody else, once however often it runs, and takes it back', async (it) => {
      const job = jobFor(it.node, JANE);
      if (!it.restricts) return refusesChange(() => changesOf(it).mark(job, true));
      const before = await it.everything();
      const others = before.filter((row) => !/jane/i.test(row));
      const { mark, countWrongMarks } = changesOf(it);
      assert.equal(await countWrongMarks(job, true, 'verifier'), 2);
      assert.partialDeepStrictEqual(await mark(job, true), { found: 2, changed: 2 });
      assert.notDeepEqual(await it.everything(), before);
      assert.deepEqual(
        (await it.everything()).filter((row) => !/jane/i.test(row)),
        others,
      );
      assert.partialDeepStrictEqual(await mark(job, true), { found: 2, changed: 0 });
      for (const as of ['worker', 'verifier'] as const) assert.equal(await countWrongMarks(job, true, as), 0);
      assert.equal(await countWrongMarks(job, false, 'verifier'), 2);
      await it.addJane();
      assert.equal(await countWrongMarks(job, true, 'verifier'), 1);
      await mark(job, true);
      assert.equal(await countWrongMarks(job, true, 'verifier'), 0);
      await mark(job, false);
      assert.equal(await countWrongMarks(job, false, 'verifier'), 0);
      for (const row of before)
        assert.ok((await it.everything()).includes(row), 'taking it back leaves the row as it was');
    }),
    check('corrects the person’s values and nobody else’s, and changes nothing that is right', async (it) => {
      const job = jobFor(it.node, JANE);
      const { corrects } = it;
      if (!corrects) return refusesChange(() => changesOf(it).correct(job, [{ type: 'email', value: JANE }]));
      const corrections: Selector[] = [corrects, { type: 'not.held.here', value: 'x' }];
      const others = (await it.everything()).filter((row) => !/jane/i.test(row));
      const { correct, countWrongValues } = changesOf(it);
      assert.equal(await countWrongValues(job, corrections, 'verifier'), 2);
      assert.partialDeepStrictEqual(await correct(job, corrections), { found: 2, changed: 2 });
      assert.ok((await it.everything()).filter((row) => row.includes(corrects.value)).length === 2);
      for (const as of ['worker', 'verifier'] as const) assert.equal(await countWrongValues(job, corrections, as), 0);
      assert.partialDeepStrictEqual(await correct(job, corrections), { found: 2, changed: 0 });
      for (const value of HOSTILE) {
        const hostile: Selector[] = [{ type: corrects.type, value }];
        await correct(job, hostile);
        assert.equal(await countWrongValues(job, hostile, 'verifier'), 0, value);
      }
      assert.deepEqual(
        (await it.everything()).filter((row) => !/jane/i.test(row)),
        others,
      );
    }),
    check('a mark or a correction for somebody who cannot be looked for is an error, never a zero', async (it) => {
      const { changes } = it.connector;
      if (!changes || !it.restricts) return;
      const job = jobFor(it.node, JANE, { selectors: [{ type: 'cookie_id', value: 'c-1' }] });
      for (const call of [() => changes.mark(job, true), () => changes.countWrongMarks(job, true, 'verifier')]) {
        await assert.rejects(call, (error) => isFailure(error, 'needs_human', 'no_usable_selector'));
      }
    }),
    check('what it cannot erase is named', async ({ connector, node }) => {
      assert.ok(connector.cannotErase.length > 0);
      for (const copy of connector.cannotErase) assert.ok(copy.length > 0 && copy.length <= 200, copy);
      assert.ok(connector.nodes.includes(node));
    }),
  ];
}

const HOSTILE = ["x' OR '1'='1", '../../etc', '%', '_', '"; DROP TABLE people; --', '*', '?', '[a-z]', '$1', '\\', '`'];

function changesOf({ connector, node }: ConnectorUnderTest): RowChanges {
  if (!connector.changes) throw notOffered(node, 'restrict', 'it changes no rows');
  return connector.changes;
}

/** Shown to a human: doing nothing and saying so with a 0 would be believed. */
async function refusesChange(call: () => Promise<unknown>): Promise<void> {
  await assert.rejects(
    async () => call(),
    (error) => isFailure(error, 'needs_human', 'not_offered'),
  );
}

function isFailure(error: unknown, failureClass: string, code: string): true {
  assert.ok(error instanceof ConnectorError, 'throws a ConnectorError');
  assert.deepEqual({ class: error.class, code: error.code }, { class: failureClass, code });
  return true;
}
