import assert from 'node:assert/strict';
import { type Connector, ConnectorError, type Job, type Row } from './kit.ts';

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

/** One promise as a check on a store of its own, which is thrown away afterwards. */
export function checkOn(open: () => Promise<ConnectorUnderTest>) {
  return (name: string, body: (it: ConnectorUnderTest) => Promise<void>): Check => ({
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
}

/** @param open a store that holds two rows of Jane (one written as `Jane@Example.com` where the store allows) and two of John */
export function conformance(open: () => Promise<ConnectorUnderTest>): Check[] {
  const check = checkOn(open);
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
    check('what it cannot erase is named', async ({ connector, node }) => {
      assert.ok(connector.cannotErase.length > 0);
      for (const copy of connector.cannotErase) assert.ok(copy.length > 0 && copy.length <= 200, copy);
      assert.ok(connector.nodes.includes(node));
    }),
  ];
}

export const HOSTILE = [
  "x' OR '1'='1",
  '../../etc',
  '%',
  '_',
  '"; DROP TABLE people; --',
  '*',
  '?',
  '[a-z]',
  '$1',
  '\\',
  '`',
];

export function isFailure(error: unknown, failureClass: string, code: string): true {
  assert.ok(error instanceof ConnectorError, 'throws a ConnectorError');
  assert.deepEqual({ class: error.class, code: error.code }, { class: failureClass, code });
  return true;
}
