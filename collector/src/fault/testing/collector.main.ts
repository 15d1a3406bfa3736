import { Secret } from '@vestige/core/secret';
import { openEventStore } from '@vestige/store/events/clickhouse-event-store';
import { pino } from 'pino';
import { readCollectorConfig } from '../../config.ts';
import { nodeLogFiles } from '../../log/log-files.ts';
import { dyingFiles } from '../../log/testing/dying-files.ts';
import { quotaFiles } from '../../log/testing/quota-files.ts';
import { startCollector } from '../../server.ts';
import { remoteStore } from './remote-stores.ts';

/** What the test tells the process it starts, as one argument of JSON. */
export interface CollectorArgument {
  readonly clickHouse: { readonly writeUrl: string; readonly readUrl: string };
  readonly settings: Readonly<Record<string, string>>;
  /** Dies by its own hand at this system call of the log, `moment` says where in it. */
  readonly dieAt?: { readonly call: number; readonly moment: 'before' | 'inside' | 'after' };
  /** Room on the disk for the log. */
  readonly diskBytes?: number;
  /** The wall clock jumps by up to this much, forwards and backwards, all the time. */
  readonly clockStepsMs?: number;
}

const given: CollectorArgument = JSON.parse(process.argv[2] ?? '');
const log = pino({ level: 'info' }, pino.destination({ fd: 1, sync: true }));
// Whoever started it is gone: so is its control database.
process.on('disconnect', () => process.exit(0));

const stepMs = given.clockStepsMs ?? 0;
const config = readCollectorConfig(given.settings);
const files = given.diskBytes === undefined ? nodeLogFiles : quotaFiles(nodeLogFiles, config.logDir, given.diskBytes);
const collector = await startCollector(config, {
  events: openEventStore({
    writeUrl: new Secret(given.clickHouse.writeUrl),
    readUrl: new Secret(given.clickHouse.readUrl),
  }),
  aliases: remoteStore('aliases'),
  tenants: remoteStore('tenants'),
  registry: remoteStore('registry'),
  log,
  wallMs: () => Date.now() + Math.round((Math.random() * 2 - 1) * stepMs),
  logFiles: given.dieAt === undefined ? files : dyingFiles(files, given.dieAt),
});
process.stdout.write(`listening ${collector.url}\n`);
process.on('SIGTERM', () => void collector.close().then(() => process.exit(0)));
