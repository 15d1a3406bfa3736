import assert from 'node:assert/strict';
import { type Check, type ConnectorUnderTest, checkOn, JANE, jobFor } from './conformance.ts';

/**
 * What connectors promise that say themselves what is about to go, as all made by `defineConnector` do (ADR 0083). For the
 * others the worker searches first, and there is nothing to check.
 *
 * @param open as in `conformance.ts`
 */
export function announceConformance(open: () => Promise<ConnectorUnderTest>): Check[] {
  const check = checkOn(open);
  return [
    check('says what is about to go before anything goes', async ({ connector, node, everything }) => {
      if (!connector.announces) return;
      const before = await everything();
      const told: { found: number; there: string[] }[] = [];
      const announce = async (found: number) => void told.push({ found, there: await everything() });
      await connector.erase(jobFor(node, JANE, { announce }));
      assert.deepEqual(told, [{ found: 2, there: before }]);
    }),
    check('removes nothing when nobody could be told what is about to go', async ({ connector, node, everything }) => {
      if (!connector.announces) return;
      const before = await everything();
      const announce = () => Promise.reject(new Error('not announced'));
      await assert.rejects(() => connector.erase(jobFor(node, JANE, { announce })));
      assert.deepEqual(await everything(), before);
    }),
  ];
}
