import { expect, test } from 'vitest';
import { countGroups, isExemptable } from './task-groups.ts';

test('proven is only what was verified; handed over or exempted is an exception', () => {
  const counts = countGroups({ verified: 2, no_data_found: 1, executed: 4, delegated: 1, exempt: 1, failed_final: 1 });
  expect(counts).toEqual({ proven: 3, exception: 2, working: 4, waiting: 0, stuck: 1 });
});

test('a state of a newer server is never taken for done', () => {
  expect(countGroups({ polished: 5 })).toMatchObject({ proven: 0, waiting: 5 });
});

test('neither our own telemetry nor what a worker holds can be exempted', () => {
  const lease = { by: 'key:w', worker: 'w-1', until: '2026-11-23T10:00:00.000Z' };
  expect(isExemptable({ state: 'ready', origin: 'residency', leasedTo: null })).toBe(true);
  expect(isExemptable({ state: 'ready', origin: 'own', leasedTo: null })).toBe(false);
  expect(isExemptable({ state: 'verifying', origin: 'residency', leasedTo: lease })).toBe(false);
  expect(isExemptable({ state: 'verified', origin: 'residency', leasedTo: null })).toBe(false);
});
