import { expect, test } from 'vitest';
import { DEFAULT_SKEW, resolutionUs, skewToPrecede } from './clock.ts';
import { flowsOf, world } from './testing/world.ts';

test('two services may disagree by 100 ms, one service not at all', () => {
  const between = (lagUs: number) => skewToPrecede(DEFAULT_SKEW, lagUs, 'service:a', 0, 'service:b');
  expect([between(-1), between(0), between(1), between(100_000), between(100_001)]).toEqual([0, 0, 1, 100_000, null]);
  expect(skewToPrecede(DEFAULT_SKEW, 1, 'service:a', 0, 'service:a')).toBeNull();
});

test('only starts of whole milliseconds beside finer ends tell of a coarse start clock', () => {
  expect(resolutionUs([{ startUs: 1_000, endUs: 1_400 }])).toBe(999);
  expect(resolutionUs([{ startUs: 1_000, endUs: 2_000 }])).toBe(0);
  expect(resolutionUs([{ startUs: 1_001, endUs: 1_400 }])).toBe(0);
});

test('a call that an SDK dates to the millisecond in which the read ended still came after it', () => {
  // OpenTelemetry JS: the read took from 10.6 to 11.0 ms and is told as 10.0 to 10.4; the call started at 11.1.
  const w = world({
    'a/put': { at: [0, 1], person: 'declared', does: ['write store:crm'], recordRefs: ['store:crm#r'] },
    't/root': { at: [5, 50.5], kind: 'server' },
    't/read < root': { at: [10, 10.4], does: ['read store:crm'], recordRefs: ['store:crm#r'] },
    't/mail < root': { at: [10, 20.7], does: ['share recipient:mail.example'] },
  });
  expect(flowsOf(w)).toContain('service:desk -> recipient:mail.example: share inferred');
});
