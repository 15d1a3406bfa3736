import assert from 'node:assert/strict';
import type { Selector } from '@vestige/core/request/worker-protocol';
import { type Check, type ConnectorUnderTest, checkOn, HOSTILE, isFailure, JANE, jobFor } from './conformance.ts';
import type { RowChanges } from './kit.ts';

/**
 * What connectors that change rows promise beside `conformance.ts`: restriction (GDPR Art. 18) and rectification (Art. 16).
 *
 * @param open as there; its node has a place for a mark
 * @param corrects a value of Jane's that can be corrected: `value` is right, and not there yet
 */
export function changeConformance(open: () => Promise<ConnectorUnderTest>, corrects: Selector): Check[] {
  const check = checkOn(open);
  return [
    check('restricts the person and nobody else, once however often it runs, and takes it back', async (it) => {
      const job = jobFor(it.node, JANE);
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
      const changes = changesOf(it);
      const job = jobFor(it.node, JANE, { selectors: [{ type: 'cookie_id', value: 'c-1' }] });
      for (const call of [() => changes.mark(job, true), () => changes.countWrongMarks(job, true, 'verifier')]) {
        await assert.rejects(call, (error) => isFailure(error, 'needs_human', 'no_usable_selector'));
      }
    }),
  ];
}

function changesOf({ connector }: ConnectorUnderTest): RowChanges {
  assert.ok(connector.changes, 'it offers to change rows');
  return connector.changes;
}
