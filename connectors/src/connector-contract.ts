import type { Selector } from '@vestige/core/request/worker-protocol';
import { describe, test } from 'vitest';
import { announceConformance } from './announce-conformance.ts';
import { changeConformance } from './change-conformance.ts';
import { type ConnectorUnderTest, conformance } from './conformance.ts';

export { type ConnectorUnderTest, JANE, JOHN, jobFor } from './conformance.ts';

/**
 * Every connector of ours runs the suite that users run on theirs, on its real store.
 *
 * @param corrects for connectors that change rows, which promise more
 */
export function connectorContract(name: string, open: () => Promise<ConnectorUnderTest>, corrects?: Selector): void {
  describe(name, () => {
    const changes = corrects === undefined ? [] : changeConformance(open, corrects);
    for (const { name: promise, run } of [...conformance(open), ...announceConformance(open), ...changes])
      test(promise, run);
  });
}
