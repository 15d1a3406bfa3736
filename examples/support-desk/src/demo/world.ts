import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type RunningStack, startAllInOne } from '@vestige/stack/all-in-one';
import { readUpConfig } from '@vestige/stack/config';
import { destination, pino } from 'pino';
import { type DeskConfig, leadTempFilesTo } from '../config.ts';
import { leadToLoopback } from '../hosts.ts';
import { Ledger } from '../ledger.ts';
import { LLM_HOST, MAIL_HOST } from '../nodes.ts';
import { startLlm } from '../outside/llm-server.ts';
import { startMailCompany } from '../outside/mail-company.ts';
import { PEOPLE } from '../people.ts';
import { BillingBooks } from '../stores/billing-books.ts';
import { Crm } from '../stores/crm.ts';
import { ApiClient } from './api-client.ts';
import { PARTIES, STORES, writeWorkerFile } from './worker-file.ts';

/** Everything the demo runs on: Vestige, the outside companies, the application's stores and its ledger. */
export interface World {
  readonly folder: string;
  readonly appData: string;
  readonly logs: string;
  /** Of the whole machine, for what is to outlive the demo. */
  readonly tempFolder: string;
  readonly stack: RunningStack;
  readonly admin: ApiClient;
  readonly officer: ApiClient;
  readonly approver: ApiClient;
  readonly workerKey: string;
  readonly verifierKey: string;
  readonly workerFile: string;
  readonly desk: DeskConfig;
  readonly ledger: Ledger;
  readonly prompts: () => readonly string[];
  readonly contacts: () => readonly string[];
  /** Something else to end before Vestige does, e.g. the worker. */
  endFirst(stop: () => Promise<void>): void;
  /** Leaves nothing running; the folder stays when there is something to look into. */
  stop(options?: { keepFolder: boolean }): Promise<void>;
}

/**
 * Boots it all on free ports in a temporary folder.
 *
 * @param options.logLevel of Vestige's own log
 * @param options.consoleDir a built console other than the one in `web/dist`
 */
export async function startWorld({
  logLevel = 'info',
  consoleDir,
}: {
  logLevel?: 'info' | 'trace';
  consoleDir?: string;
} = {}): Promise<World> {
  const folder = await mkdtemp(path.join(tmpdir(), 'vestige-demo-'));
  const appData = path.join(folder, 'desk');
  const logs = path.join(folder, 'logs');
  const scratch = path.join(folder, 'tmp');
  await Promise.all([mkdir(appData), mkdir(logs), mkdir(scratch)]);
  const tempFiles = leadTempFilesTo(scratch);
  leadToLoopback([LLM_HOST, MAIL_HOST]);

  const config = readUpConfig({
    VESTIGE_DATA_DIR: path.join(folder, 'vestige'),
    VESTIGE_COLLECTOR_PORT: '0',
    VESTIGE_API_PORT: '0',
  });
  const log = pino({ level: logLevel }, destination({ dest: path.join(logs, 'vestige.log'), sync: true }));
  const stack = await startAllInOne(config, { log, ...(consoleDir === undefined ? {} : { consoleDir }) });
  const llm = await startLlm();
  const mail = await startMailCompany();
  const admin = new ApiClient(stack.apiUrl, stack.adminKey.reveal());

  const keyFor = async (name: string, role: string, person?: string) =>
    (await admin.post<{ key: string }>('/v1/api-keys', { name, role, person })).key;
  const ingestKey = await keyFor('support desk', 'ingest');
  const officerKey = await keyFor('privacy officer', 'dsr_agent', 'privacy-officer');
  const approverKey = await keyFor('data protection officer', 'approver', 'data-protection-officer');
  for (const party of PARTIES) await admin.put('/v1/parties', party);
  for (const store of STORES) await admin.put('/v1/stores', { ...store, retentionDays: 365, backupRetentionDays: 30 });

  const ledger = new Ledger(path.join(folder, 'ledger.jsonl'));
  await seed(appData, ledger);
  const first: (() => Promise<void>)[] = [];
  return {
    folder,
    appData,
    logs,
    tempFolder: tempFiles.before,
    stack,
    admin,
    officer: new ApiClient(stack.apiUrl, officerKey),
    approver: new ApiClient(stack.apiUrl, approverKey),
    workerKey: await keyFor('deletion worker', 'worker'),
    verifierKey: await keyFor('verifier', 'verifier'),
    workerFile: await writeWorkerFile(folder, appData, llm.port, mail.port),
    desk: {
      dataDir: appData,
      ledgerFile: path.join(folder, 'ledger.jsonl'),
      port: 0,
      billingUrl: '',
      llmPort: llm.port,
      mailPort: mail.port,
      endpoint: stack.collectorUrl,
      ingestKey,
      tenant: stack.tenant.name,
      subjectKey: Buffer.from(stack.subjectKey.key.reveal()).toString('base64'),
      kid: stack.subjectKey.kid,
      spoolDir: path.join(folder, 'spool'),
    },
    ledger,
    prompts: llm.prompts,
    contacts: mail.contacts,
    endFirst: (stop) => void first.push(stop),
    async stop({ keepFolder } = { keepFolder: false }) {
      await Promise.all(first.map((stop) => stop()));
      await Promise.all([llm.stop(), mail.stop()]);
      await stack.stop();
      tempFiles.restore();
      if (!keepFolder) await rm(folder, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

async function seed(appData: string, ledger: Ledger): Promise<void> {
  const crm = await Crm.open(path.join(appData, 'crm.db'), ledger);
  await crm.seed(PEOPLE);
  crm.close();
  const books = await BillingBooks.open(path.join(appData, 'billing.db'), path.join(appData, 'refunds'), ledger);
  await books.seed(PEOPLE);
  books.close();
}
