import type { TenantId } from '@vestige/core/ids';
import type { DatasetEdge } from '@vestige/core/lineage/facts';
import type { LineageReading } from '@vestige/core/openlineage/read-event';

const RUNS_MAX = 10_000;
/** Datasets remembered of one run; what comes later is still joined with these, but not remembered itself. */
const RUN_DATASETS_MAX = 1_000;

/** Which run an event speaks of. */
export interface RunOfEvent {
  readonly runId: string;
  /** Node id. */
  readonly job: string;
  readonly atUs: number;
}

interface Run {
  readonly inputs: Set<string>;
  readonly outputs: Set<string>;
  startUs: number;
}

/**
 * Joins what several events tell of one run: its inputs may come with START and its outputs with COMPLETE
 * (OpenLineage: datasets accumulate over the events of a run).
 *
 * Held in memory and bounded: events of one run that reach two collectors, or one collector before and after a restart,
 * are not joined with each other. Most senders repeat all datasets on the last event and do not depend on this.
 */
export class RunMemory {
  readonly #runs = new Map<string, Run>();

  /** The edges between datasets of this event and those of earlier ones; not those within the event. */
  join(tenant: TenantId, run: RunOfEvent, reading: LineageReading): DatasetEdge[] {
    const key = `${tenant} ${run.runId}`;
    const known = this.#runs.get(key) ?? { inputs: new Set(), outputs: new Set(), startUs: run.atUs };
    known.startUs = Math.min(known.startUs, run.atUs);
    const ended = new Set(reading.edges.filter((edge) => edge.output === '').map((edge) => edge.input));
    const inputs = reading.inputs;
    const outputs = reading.outputs.filter((node) => !ended.has(node));
    const edge = (input: string, output: string): DatasetEdge => ({
      input,
      output,
      job: run.job,
      runId: run.runId,
      startUs: known.startUs,
      endUs: Math.max(run.atUs, known.startUs),
      lifecycle: '',
    });
    const isWithin = (input: string, output: string) => inputs.includes(input) && outputs.includes(output);
    const pairs = [
      ...inputs.flatMap((input) => [...known.outputs].map((output) => [input, output] as const)),
      ...outputs.flatMap((output) => [...known.inputs].map((input) => [input, output] as const)),
    ];
    const edges = new Map<string, DatasetEdge>();
    for (const [input, output] of pairs) {
      if (input !== output && !isWithin(input, output)) edges.set(`${input}\0${output}`, edge(input, output));
    }
    for (const node of inputs) if (known.inputs.size < RUN_DATASETS_MAX) known.inputs.add(node);
    for (const node of outputs) if (known.outputs.size < RUN_DATASETS_MAX) known.outputs.add(node);
    this.#runs.delete(key);
    this.#runs.set(key, known);
    const oldest = this.#runs.size > RUNS_MAX ? this.#runs.keys().next().value : undefined;
    if (oldest !== undefined) this.#runs.delete(oldest);
    return [...edges.values()];
  }
}
