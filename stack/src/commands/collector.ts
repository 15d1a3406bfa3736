import { SubjectKeyring } from '@vestige/core/identity/keyring';
import type { Command } from 'commander';
import { readCollectorProcessConfig } from '../config.ts';
import { EXIT } from '../exit-code.ts';
import { endOnUncaught, untilSignal } from '../lifecycle.ts';
import { keyringOptions } from '../own-keys.ts';
import { assertGrpcPortFree, assertPortFree } from '../ports.ts';
import { processLog } from '../process-log.ts';
import { leaf, run, SETTINGS_HELP } from './leaf.ts';

export function collectorCommand(): Command {
  const command = leaf(
    'collector',
    'receive OTLP and OpenLineage; needs CLICKHOUSE_URL and DATABASE_URL',
    'collector',
  ).addHelpText('after', SETTINGS_HELP);
  return run(command, async ({ terminal }) => {
    const { startCollector } = await import('@vestige/collector/server');
    const { postgresAliasStore } = await import('@vestige/store/control/postgres-alias-store');
    const { postgresRegistryStore } = await import('@vestige/store/control/postgres-registry-store');
    const { postgresTenantStore } = await import('@vestige/store/control/postgres-tenant-store');
    const { openEventStore } = await import('@vestige/store/events/clickhouse-event-store');
    const { openDatabase } = await import('@vestige/store/postgres');
    const config = readCollectorProcessConfig();
    const log = processLog('collector', config.logLevel);
    endOnUncaught(log);
    const { host, port } = config.collector;
    await assertPortFree(port, host, 'the collector', 'VESTIGE_COLLECTOR_PORT');
    await assertGrpcPortFree(config.collector);
    // Neither the eraser's nor the verifier's credential belongs in this process, nor the API's role in Postgres.
    const db = await openDatabase({ kind: 'url', url: config.databaseUrl, as: 'collector' });
    const events = openEventStore({ writeUrl: config.clickhouse.collector, readUrl: config.clickhouse.api });
    const collector = await startCollector(config.collector, {
      events,
      aliases: postgresAliasStore(db),
      tenants: postgresTenantStore(db),
      registry: postgresRegistryStore(db),
      keyring: new SubjectKeyring(config.subjectKeys, keyringOptions(config)),
      log,
    });
    const { url, grpcUrl } = collector;
    terminal.answer(
      { collectorUrl: url, collectorGrpcUrl: grpcUrl },
      `The collector takes spans at ${url}/v1/traces${grpcUrl === null ? '' : ` and over gRPC at ${grpcUrl}`}.`,
    );
    await untilSignal(async () => {
      await collector.close();
      await events.close();
      await db.close();
    }, log);
    return EXIT.done;
  });
}
