import { describe, test } from 'vitest';
import { type ConnectorUnderTest, conformance } from './conformance.ts';

export { type ConnectorUnderTest, JANE, JOHN, jobFor } from './conformance.ts';

/** Every connector of ours runs the suite that users run on theirs, on its real store. */
export function connectorContract(name: string, open: () => Promise<ConnectorUnderTest>): void {
  describe(name, () => {
    for (const { name: promise, run } of conformance(open)) test(promise, run);
  });
}
