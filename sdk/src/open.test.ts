import { expect, test } from 'vitest';
import { openVestige } from './open.ts';
import type { Problem } from './problem.ts';

test('opening and complaining registers nothing with OpenTelemetry, so a host with another copy of the API still can', () => {
  const problems: Problem[] = [];
  const options = { onProblem: (problem: Problem) => problems.push(problem) };
  const handle = openVestige(options as unknown as Parameters<typeof openVestige>[0]);
  expect(handle.active).toBe(false);
  expect(problems.map(({ code }) => code)).toContain('misconfigured');
  expect(Reflect.has(globalThis, Symbol.for('opentelemetry.js.api.1'))).toBe(false);
});
