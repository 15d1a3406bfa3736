import { expect, test } from 'vitest';
import { goldens } from '../recognise/testing/golden.ts';
import { flowsOfGolden } from './testing/golden-flows.ts';

/**
 * Whole traces of agent frameworks, some under two instrumentations at once: who did what with whom, every physical call
 * once. What single spans are read as stands beside them (`recognise/goldens.test.ts`).
 */
const WHOLE = goldens().filter(({ flows }) => flows !== undefined);

test.each(WHOLE)('$name comes to the flows that a person judged', (golden) => {
  expect(flowsOfGolden(golden)).toEqual(golden.flows);
});

test('there are such traces', () => expect(WHOLE.length).toBeGreaterThan(0));
