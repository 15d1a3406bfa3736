import { VestigeError } from '@vestige/core/errors';
import type { DatasetEdge } from '@vestige/core/lineage/facts';
import { jobNode } from '@vestige/core/node/actor';
import { RunEvent } from '@vestige/core/openlineage/event-schema';
import { readLineageEvent } from '@vestige/core/openlineage/read-event';
import type { Tenant } from '@vestige/store/control/tenant-store';
import type { EventStore } from '@vestige/store/events/event-store';
import type { Metrics } from '../metrics.ts';
import { RunMemory, type RunOfEvent } from './run-memory.ts';
import type { TenantContexts } from './tenant-contexts.ts';

const APPEND_EDGES_MAX = 20_000;
/** Edges of one request; a few kilobytes of an event can name ten thousand of them. */
const REQUEST_EDGES_MAX = 500_000;

export interface LineageIngestDeps {
  readonly events: Pick<EventStore, 'appendDatasetEdges'>;
  readonly contexts: TenantContexts;
  readonly metrics: Metrics;
  readonly onStoreFailed: (error: unknown) => void;
}

export interface LineageIngest {
  /**
   * Takes OpenLineage events. When this returns, the edges of all but the `failed` are durable; the same events again
   * change nothing.
   *
   * @returns the events that could not be read, by position, with a reason that repeats no value of theirs
   * @throws VestigeError `store_unavailable`: the sender is to send all of them again
   */
  take(tenant: Tenant, events: readonly unknown[]): Promise<{ failed: FailedEvent[] }>;
}

export interface FailedEvent {
  readonly index: number;
  readonly reason: string;
}

export function createLineageIngest(deps: LineageIngestDeps): LineageIngest {
  const runs = new RunMemory();

  async function storing<T>(work: Promise<T>): Promise<T> {
    try {
      return await work;
    } catch (error) {
      deps.onStoreFailed(error);
      throw new VestigeError('store_unavailable', 'the events could not be stored');
    }
  }

  return {
    async take(tenant, events) {
      // Spans and batch jobs must name a store alike, so the tenant's aliases apply to both.
      const { aliases } = await storing(deps.contexts.of(tenant));
      const canonical = (edge: DatasetEdge): DatasetEdge => ({
        ...edge,
        input: edge.input === '' ? '' : aliases(edge.input),
        output: edge.output === '' ? '' : aliases(edge.output),
      });
      const failed: FailedEvent[] = [];
      let edges: DatasetEdge[] = [];
      let total = 0;
      const append = async (): Promise<void> => {
        if (edges.length === 0) return;
        await storing(deps.events.appendDatasetEdges(tenant.id, edges));
        deps.metrics.datasetEdges.inc(edges.length);
        edges = [];
      };
      for (const [index, event] of events.entries()) {
        const reading = readLineageEvent(event);
        if ('rejected' in reading) {
          failed.push({ index, reason: reading.rejected });
          continue;
        }
        const run = reading.kind === 'run' ? runOf(event) : null;
        const joined = run === null ? [] : runs.join(tenant.id, run, reading);
        total += reading.edges.length + joined.length;
        if (total > REQUEST_EDGES_MAX) {
          throw new VestigeError('too_large', `request too large: more than ${REQUEST_EDGES_MAX} edges`);
        }
        for (const edge of [...reading.edges, ...joined]) edges.push(canonical(edge));
        if (edges.length >= APPEND_EDGES_MAX) await append();
      }
      await append();
      return { failed };
    },
  };
}

function runOf(event: unknown): RunOfEvent | null {
  const { success, data } = RunEvent.safeParse(event);
  if (!success) return null;
  const atMs = Date.parse(data.eventTime);
  if (Number.isNaN(atMs)) return null;
  return {
    runId: data.run.runId.toLowerCase(),
    job: jobNode(data.job.namespace, data.job.name),
    atUs: atMs * 1000,
  };
}
