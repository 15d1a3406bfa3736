import path from 'node:path';
import { goldensIn } from '../../testing/goldens-in.ts';
import type { RunDataset } from '../lineage-event.ts';
import { withNamesakes } from '../namesakes.ts';
import { type LineageReading, readLineageEvent } from '../read-event.ts';
import { runEdges } from '../run-edges.ts';
import { joinEvents } from './join-events.ts';

/** Events that a real producer sent, and what each must be read as. See `goldens/README.md`. */
export interface Golden {
  readonly name: string;
  readonly recorded: { readonly by: readonly string[] };
  /** How they were sent, each way once. */
  readonly requests: readonly { readonly path: string; readonly headers: Readonly<Record<string, string>> }[];
  /** What all of them together say that moved or ended. Null: nobody has judged it yet. */
  readonly moves: readonly string[] | null;
  readonly events: readonly GoldenEvent[];
}

export interface GoldenEvent {
  readonly event: object;
  /** Null: nobody has judged this event yet. */
  readonly reads: readonly string[] | null;
}

const DAY_US = 86_400_000_000;
const FOLDER = path.join(import.meta.dirname, 'goldens');

export const goldens = (): Golden[] => goldensIn<Omit<Golden, 'name'>>(FOLDER);

/** What one event was read as, one line a fact. */
export function readingOf({ event }: GoldenEvent): string[] {
  const reading = readLineageEvent(event);
  if ('rejected' in reading) return [`rejected: ${reading.rejected}`];
  const { kind, state, job, parentJob, startUs, atUs, datasets } = reading.event;
  return [
    kind === 'dataset' ? 'a dataset' : kind === 'job' ? `describes ${job}` : `${state} of ${job}`,
    ...(parentJob === '' ? [] : [`started by ${parentJob}`]),
    ...(atUs - startUs < DAY_US ? [] : [`hints at a start ${Math.round((atUs - startUs) / DAY_US)} days before`]),
    ...datasets.map(datasetLine),
    ...reading.aliases.map(({ alias, canonical }) => `${alias} is another name of ${canonical}`),
  ];
}

function datasetLine({ side, node, lifecycle, renamedFrom, columns, categories }: RunDataset): string {
  return [
    side,
    node,
    lifecycle,
    renamedFrom === '' ? '' : `renamed from ${renamedFrom}`,
    columns === null ? '' : `columns ${columns.map(({ input, via }) => `${via} from ${input}`).join(', ')}`,
    categories.length === 0 ? '' : `tagged ${categories.join(', ')}`,
  ]
    .filter((text) => text !== '')
    .join(' ');
}

/** What the runs moved: each way once, whatever the number of runs; a line that begins with `ends` for what is gone. */
export function movesOf({ events }: Golden): string[] {
  const read = events
    .map(({ event }) => readLineageEvent(event))
    .filter((one): one is LineageReading => 'event' in one);
  const told = read.map(({ event }) => event).filter(({ kind }) => kind !== 'job');
  const runs = [...Map.groupBy(told, ({ runId, job }) => `${runId} ${job}`).values()].map(joinEvents);
  const lines = withNamesakes(runs).flatMap((run) =>
    runEdges(run)
      .map(({ job, input, output, lifecycle, columns, failed, untilUs }) => {
        const by = job === '' ? '' : ` by ${job}`;
        if (output === '') return `ends ${input} by ${lifecycle}${by}`;
        const how = [lifecycle, columns, failed ? 'failed' : '', untilUs === undefined ? '' : 'not over'].filter(
          Boolean,
        );
        return `${input === '' ? 'nothing' : input} → ${output}${by}${how.length > 0 ? ` (${how.join(', ')})` : ''}`;
      })
      .toArray(),
  );
  return [...new Set(lines)].sort();
}

/** Everything that is kept of an event, as one text. */
export const keptOf = ({ event }: GoldenEvent): string => JSON.stringify(readLineageEvent(event));
