import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Connector, Job, Row } from './kit.ts';

/**
 * The promises of `kit.ts` as tests; every connector runs them on its real store. A user's own connector can too.
 */
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

/** @param open a store that holds two rows of Jane (one written as `Jane@Example.com` where the store allows) and two of John */
export function connectorContract(name: string, open: () => Promise<ConnectorUnderTest>): void {
  describe(name, () => {
    let it: ConnectorUnderTest;
    beforeEach(async () => {
      it = await open();
      await it.connector.check();
    });
    afterEach(async () => {
      await it.connector.close();
      await it.cleanUp();
    });

    test('finds and exports the person under any spelling, and nobody else', async () => {
      const rows: Row[] = [];
      const exported = await it.connector.export(jobFor(it.node, JANE), async (row) => void rows.push(row));

      expect(await it.connector.search(jobFor(it.node, JANE))).toBe(2);
      expect(exported).toBe(2);
      expect(JSON.stringify(rows)).toMatch(/jane/i);
      expect(JSON.stringify(rows)).not.toMatch(/john/i);
    });

    test('erases the person, counts to zero by another path, and leaves the others bit-identical', async () => {
      const others = (await it.everything()).filter((row) => !/jane/i.test(row));

      const erased = await it.connector.erase(jobFor(it.node, JANE));

      expect(erased).toMatchObject({ found: 2, erased: 2 });
      expect(await it.connector.verify(jobFor(it.node, JANE))).toBe(0);
      expect(await it.everything()).toEqual(others);
    });

    test('the bytes leave the files', async () => {
      await it.connector.erase(jobFor(it.node, JANE));

      expect(await it.bytesHold(JOHN)).not.toBe(false);
      expect(await it.bytesHold(JANE)).not.toBe(true);
      expect(await it.bytesHold('Jane@Example.com')).not.toBe(true);
    });

    test('a second erase finds nothing and harms nothing', async () => {
      await it.connector.erase(jobFor(it.node, JANE));
      const after = await it.everything();

      expect(await it.connector.erase(jobFor(it.node, JANE))).toMatchObject({ found: 0, erased: 0 });
      expect(await it.everything()).toEqual(after);
    });

    test('a row written after the erase is seen by the verifier', async () => {
      await it.connector.erase(jobFor(it.node, JANE));
      await it.addJane();

      expect(await it.connector.verify(jobFor(it.node, JANE))).toBe(1);
    });

    test('an identifier the store cannot be searched by is an error, never a zero', async () => {
      const job = jobFor(it.node, JANE, { selectors: [{ type: 'cookie_id', value: 'c-1' }] });
      for (const call of [it.connector.search, it.connector.erase, it.connector.verify]) {
        await expect(call(job)).rejects.toMatchObject({ class: 'needs_human', code: 'no_usable_selector' });
      }
    });

    test('hostile identifiers are data', async () => {
      const before = await it.everything();
      for (const value of ["x' OR '1'='1", '../../etc', '%', '"; DROP TABLE people; --', '*', '$1']) {
        expect((await it.connector.erase(jobFor(it.node, value))).found, value).toBe(0);
      }
      expect(await it.everything()).toEqual(before);
    });
  });
}
