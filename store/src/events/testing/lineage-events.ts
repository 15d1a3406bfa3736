import { createHash } from 'node:crypto';
import type { LineageEvent, RunDataset } from '@vestige/core/openlineage/lineage-event';
import { us } from './spans.ts';

export interface DrawnEvent extends Partial<Omit<LineageEvent, 'datasets'>> {
  readonly inputs?: readonly string[];
  readonly outputs?: readonly string[];
  /** Of the outputs; of the inputs when there are no outputs. */
  readonly lifecycle?: RunDataset['lifecycle'];
  readonly datasets?: readonly RunDataset[];
}

/** An invented OpenLineage event, as the collector reads one. The same event has the same key. */
export function lineageEvent(drawn: DrawnEvent = {}): LineageEvent {
  const { inputs = [], outputs = [], lifecycle = '', datasets, ...given } = drawn;
  const runId = given.runId ?? '3f0c7d1e-6a0c-4a0e-8e3a-0f6b1c2d3e4f';
  const atUs = given.atUs ?? us(5);
  const dataset = (side: RunDataset['side'], node: string, change: RunDataset['lifecycle']): RunDataset => ({
    side,
    node,
    lifecycle: change,
    renamedFrom: '',
    columns: null,
    categories: [],
  });
  const event = {
    kind: 'run',
    runId,
    job: 'job:nightly/copy',
    parentJob: '',
    state: '',
    startUs: given.startUs ?? atUs,
    atUs,
    subjectSet: '',
    ...given,
    datasets: datasets ?? [
      ...inputs.map((node) => dataset('input', node, outputs.length === 0 ? lifecycle : '')),
      ...outputs.map((node) => dataset('output', node, lifecycle)),
    ],
  } as const;
  return { key: createHash('sha256').update(JSON.stringify(event)).digest('hex').slice(0, 32), ...event };
}
