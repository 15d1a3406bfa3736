import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { SuppressionWatch } from '@vestige/collector/ingest/suppression-watch';
import { TenantContexts } from '@vestige/collector/ingest/tenant-contexts';
import { VestigeError } from '@vestige/core/errors';
import type { Secret } from '@vestige/core/secret';
import type { AliasStore } from '@vestige/store/control/alias-store';
import { postgresAliasStore } from '@vestige/store/control/postgres-alias-store';
import { postgresRegistryStore } from '@vestige/store/control/postgres-registry-store';
import { postgresTenantStore } from '@vestige/store/control/postgres-tenant-store';
import type { Tenant } from '@vestige/store/control/tenant-store';
import { openEventStore } from '@vestige/store/events/clickhouse-event-store';
import type { EventStore } from '@vestige/store/events/event-store';
import { type DatabaseConfig, openDatabase } from '@vestige/store/postgres';
import { startEmbeddedClickHouse } from './clickhouse/embedded.ts';
import { readStoredConfig, type StoredConfig } from './config.ts';
import { openPglite } from './postgres/embedded.ts';

/** What a command that works on stored spans of several tenants needs, beside collectors and erasures that go on. */
export interface Stored {
  readonly tenants: readonly Tenant[];
  readonly clickhouse: { readonly writeUrl: Secret; readonly readUrl: Secret };
  readonly aliases: AliasStore;
  readonly events: EventStore;
  readonly contexts: TenantContexts;
  /** This process counts as a collector of its own: an erasure waits for it, and it for none. */
  readonly watch: SuppressionWatch;
}

const POLL_MS = 1_000;
/** As for a collector: without news of the suppression list for this long nothing is written. */
const STALE_MS = 5_000;
/** A statement ends within 60 seconds on the server, whatever becomes of us. */
const IN_DOUBT_MS = 65_000;

const CLOCKS = { nowMs: Date.now, monotonicMs: () => performance.now() } as const;

/**
 * Opens the databases that the settings name, else the embedded ones, and closes them after `work`.
 *
 * @param tenantName null for all tenants
 * @throws VestigeError `not_found` for an unknown tenant, `conflict` while another process holds the embedded engines
 */
export async function withStored<T>(
  tenantName: string | null,
  work: (stored: Stored) => Promise<T>,
  config: StoredConfig = readStoredConfig(),
): Promise<T> {
  const closers: (() => Promise<void> | void)[] = [];
  try {
    const clickhouse = await clickHouseOf(config, closers);
    const db = await openDatabase(await postgresOf(config, closers));
    closers.push(() => db.close());
    const events = openEventStore(clickhouse);
    closers.push(() => events.close());
    const aliases = postgresAliasStore(db);
    const watch = new SuppressionWatch({
      aliases,
      collectorId: `command-${randomUUID()}`,
      pollMs: POLL_MS,
      staleMs: STALE_MS,
      inDoubtMs: IN_DOUBT_MS,
      idleMs: IN_DOUBT_MS,
      nowMs: CLOCKS.monotonicMs,
      onPollFailed: () => undefined,
    });
    watch.start();
    closers.push(() => watch.close());
    const contexts = new TenantContexts({
      registry: postgresRegistryStore(db),
      events,
      // What is stored holds neither identifiers nor keys of records that a key could be for.
      keyring: null,
      ...CLOCKS,
    });
    const tenants = tenantsOf(await postgresTenantStore(db).tenants(), tenantName);
    return await work({ tenants, clickhouse, aliases, events, contexts, watch });
  } finally {
    for (const close of closers.toReversed()) await close();
  }
}

function tenantsOf(all: readonly Tenant[], name: string | null): readonly Tenant[] {
  if (name === null) return all;
  const one = all.find((tenant) => tenant.name === name);
  if (one === undefined) throw new VestigeError('not_found', 'There is no tenant of that name.');
  return [one];
}

async function clickHouseOf(
  { clickhouse, dataDir }: StoredConfig,
  closers: (() => Promise<void> | void)[],
): Promise<Stored['clickhouse']> {
  if (clickhouse !== null) return { writeUrl: clickhouse.collector, readUrl: clickhouse.api };
  const engine = await startEmbeddedClickHouse({ dataDir: join(dataDir, 'clickhouse') });
  closers.push(engine.stop);
  return { writeUrl: engine.url('collector'), readUrl: engine.url('api') };
}

async function postgresOf(
  { databaseUrl, dataDir }: StoredConfig,
  closers: (() => Promise<void> | void)[],
): Promise<DatabaseConfig> {
  if (databaseUrl !== null) return { kind: 'url', url: databaseUrl };
  const { client, release } = await openPglite(join(dataDir, 'postgres'));
  closers.push(release);
  return { kind: 'pglite-client', client };
}
