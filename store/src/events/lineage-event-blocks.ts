import type { TenantId } from '@vestige/core/ids';
import type { LineageEvent } from '@vestige/core/openlineage/lineage-event';
import type { InsertBlock } from '../clickhouse/client.ts';
import { Blocks, ENUMS, monthOf } from './event-blocks.ts';

/** OpenLineage events → insert blocks of `run_datasets` and of its mirror by dataset. */

const OF = { run: 0, dataset: 1, job: 2 } as const satisfies Record<LineageEvent['kind'], number>;
const SIDE = { none: 0, input: 1, output: 2 } as const;

const RUN_COLUMNS = [
  'tenant',
  'run_id',
  'job',
  'event',
  'of',
  'side',
  'node',
  'lifecycle',
  'renamed_from',
  'columns_told',
  'column_input',
  'column_via',
  'categories',
  'parent_job',
  'subject_set',
  'started_at',
  'at',
  'state',
];

const NO_DATASET = {
  side: 'none',
  node: '',
  lifecycle: '',
  renamedFrom: '',
  columns: null,
  categories: [],
} as const;

export function runDatasetBlocks(tenant: TenantId, events: readonly LineageEvent[]): InsertBlock[] {
  const blocks = new Blocks('run_datasets', RUN_COLUMNS, monthOf);
  for (const event of events) {
    // An event that names no dataset still tells that its run was alive: a run began with its START.
    const datasets = event.datasets.length > 0 ? event.datasets : [NO_DATASET];
    for (const { side, node, lifecycle, renamedFrom, columns, categories } of datasets) {
      const row = blocks.row(BigInt(event.atUs) * 1000n);
      row.u32(tenant);
      row.string(event.runId);
      row.string(event.job);
      row.hex(event.key, 16);
      row.u8(OF[event.kind]);
      row.u8(SIDE[side]);
      row.string(node);
      row.u8(ENUMS.lifecycle[lifecycle]);
      row.string(renamedFrom);
      row.u8(columns === null ? 0 : 1);
      row.strings((columns ?? []).map(({ input }) => input));
      row.strings((columns ?? []).map(({ via }) => via));
      row.strings(categories);
      row.string(event.parentJob);
      row.string(event.subjectSet);
      row.int(event.startUs);
      row.int(event.atUs);
      row.u8(ENUMS.state[event.state]);
    }
  }
  return blocks.end();
}

const BY_NODE_COLUMNS = ['tenant', 'node', 'side', 'lifecycle', 'run_id', 'job', 'at'];

/** Not of job events: they moved nothing. */
export function runsByNodeBlocks(tenant: TenantId, events: readonly LineageEvent[]): InsertBlock[] {
  const blocks = new Blocks('run_datasets_by_node', BY_NODE_COLUMNS, monthOf);
  for (const event of events) {
    if (event.kind === 'job') continue;
    for (const { side, node, lifecycle, renamedFrom } of event.datasets) {
      const put = (name: string, as: typeof side) => {
        const row = blocks.row(BigInt(event.atUs) * 1000n);
        row.u32(tenant);
        row.string(name);
        row.u8(SIDE[as]);
        row.u8(ENUMS.lifecycle[lifecycle]);
        row.string(event.runId);
        row.string(event.job);
        row.int(event.atUs);
      };
      put(node, side);
      // The run took what lay under the old name: it is found from there, too.
      if (renamedFrom !== '') put(renamedFrom, 'input');
    }
  }
  return blocks.end();
}
