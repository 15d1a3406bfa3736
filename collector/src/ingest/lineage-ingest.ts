import { VestigeError } from '@vestige/core/errors';
import type { LineageEvent } from '@vestige/core/openlineage/lineage-event';
import { type LineageReading, readLineageEvent } from '@vestige/core/openlineage/read-event';
import type { RegistryStore } from '@vestige/store/control/registry-store';
import type { Tenant } from '@vestige/store/control/tenant-store';
import type { EventStore } from '@vestige/store/events/event-store';
import type { Metrics } from '../metrics.ts';
import { learnAliases } from './learn-aliases.ts';
import type { TenantContexts } from './tenant-contexts.ts';

/** Datasets of one insert. */
const APPEND_DATASETS_MAX = 50_000;

export interface LineageIngestDeps {
  readonly events: Pick<EventStore, 'appendLineageEvents'>;
  readonly registry: Pick<RegistryStore, 'learnNodeAliases'>;
  readonly contexts: TenantContexts;
  readonly metrics: Metrics;
  readonly onStoreFailed: (error: unknown) => void;
}

export interface LineageIngest {
  /**
   * Takes OpenLineage events. When this returns, all but the `failed` are durable, with the names that `symlinks` tell;
   * the same events again change nothing.
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
  const learn = learnAliases(deps.registry);

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
      const failed: FailedEvent[] = [];
      const readings: LineageReading[] = [];
      for (const [index, event] of events.entries()) {
        const reading = readLineageEvent(event);
        if ('rejected' in reading) failed.push({ index, reason: reading.rejected });
        else readings.push(reading);
      }
      if (readings.length === 0) return { failed };

      const { aliases } = await storing(deps.contexts.of(tenant));
      const told = readings.flatMap((reading) => reading.aliases);
      await storing(
        learn(
          tenant.id,
          told.map(({ alias, canonical }) => ({ alias, canonical: aliases(canonical) })),
        ),
      );
      // Stored by the names that the producer told: an answer knows the other ones, and two names that turn out to be two
      // stores are told apart again. A name learned between two events of a run does not split the run.
      for (const batch of batches(readings.map(({ event }) => event))) {
        await storing(deps.events.appendLineageEvents(tenant.id, batch));
        deps.metrics.lineageEvents.inc(batch.length);
      }
      return { failed };
    },
  };
}

function* batches(events: readonly LineageEvent[]): Generator<LineageEvent[]> {
  let batch: LineageEvent[] = [];
  let datasets = 0;
  for (const event of events) {
    batch.push(event);
    datasets += event.datasets.length;
    if (datasets < APPEND_DATASETS_MAX) continue;
    yield batch;
    batch = [];
    datasets = 0;
  }
  if (batch.length > 0) yield batch;
}
