import { expect, test } from 'vitest';
import type { DatasetEdge } from './facts.ts';
import { JobReach } from './job-reach.ts';

const edge = (runId: string, input: string, output: string, startUs: number, endUs: number): DatasetEdge => ({
  runId,
  job: `job:batch/${runId}`,
  input,
  output,
  startUs,
  endUs,
  lifecycle: '',
});
const fresh = (reach: JobReach) => [...reach.takeFresh()].sort();

test('a dataset is reached through runs that were known before, once it is known to hold the person earlier', () => {
  const reach = new JobReach(0);
  reach.add([edge('a', 'store:1', 'store:2', 10, 20), edge('b', 'store:2', 'store:3', 30, 40)]);
  expect(fresh(reach)).toEqual([]);
  reach.holds('store:1', 25);
  expect(fresh(reach), 'the run had ended by then').toEqual(['store:1']);
  reach.holds('store:1', 15);
  expect(fresh(reach)).toEqual(['store:2', 'store:3']);
});

test('a run that turns out to have gone on for longer carries what came meanwhile', () => {
  const reach = new JobReach(0);
  reach.holds('store:1', 25);
  reach.add([edge('a', 'store:1', 'store:2', 10, 20)]);
  expect(fresh(reach)).toEqual(['store:1']);
  reach.add([edge('a', 'store:other', 'store:4', 10, 30)]);
  expect(fresh(reach)).toEqual(['store:2']);
});

test('clocks that may be apart are given the benefit of the doubt', () => {
  const reach = new JobReach(5);
  reach.holds('store:1', 25);
  reach.add([edge('a', 'store:1', 'store:2', 10, 20), edge('b', 'store:1', 'store:3', 10, 19)]);
  expect(fresh(reach)).toEqual(['store:1', 'store:2']);
});

test('a run that named others until more was told of it carries what it read all the same', () => {
  const reach = new JobReach(0);
  reach.holds('store:1', 15);
  reach.add([{ ...edge('a', 'store:1', 'store:2', 10, 20), statesPerson: false }]);
  expect(fresh(reach)).toEqual(['store:1']);
  reach.add([edge('a', 'store:other', 'store:4', 10, 20)]);
  expect(fresh(reach)).toEqual(['store:2']);
});
