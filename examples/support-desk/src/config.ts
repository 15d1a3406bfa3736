import { tmpdir } from 'node:os';
import { z } from 'zod';

/** What the demo hands each process of the application. */
const Environment = z.object({
  DESK_DATA_DIR: z.string(),
  DESK_LEDGER: z.string(),
  DESK_PORT: z.coerce.number().int().default(0),
  DESK_BILLING_URL: z.string().default(''),
  DESK_LLM_PORT: z.coerce.number().int(),
  DESK_MAIL_PORT: z.coerce.number().int(),
  VESTIGE_ENDPOINT: z.string(),
  VESTIGE_INGEST_KEY: z.string(),
  VESTIGE_TENANT: z.string(),
  VESTIGE_SUBJECT_KEY: z.string(),
  VESTIGE_SUBJECT_KID: z.string(),
  VESTIGE_SPOOL_DIR: z.string(),
});

export interface DeskConfig {
  readonly dataDir: string;
  readonly ledgerFile: string;
  readonly port: number;
  readonly billingUrl: string;
  readonly llmPort: number;
  readonly mailPort: number;
  readonly endpoint: string;
  readonly ingestKey: string;
  readonly tenant: string;
  readonly subjectKey: string;
  readonly kid: string;
  readonly spoolDir: string;
}

export function readConfig(): DeskConfig {
  const env = Environment.parse(process.env);
  return {
    dataDir: env.DESK_DATA_DIR,
    ledgerFile: env.DESK_LEDGER,
    port: env.DESK_PORT,
    billingUrl: env.DESK_BILLING_URL,
    llmPort: env.DESK_LLM_PORT,
    mailPort: env.DESK_MAIL_PORT,
    endpoint: env.VESTIGE_ENDPOINT,
    ingestKey: env.VESTIGE_INGEST_KEY,
    tenant: env.VESTIGE_TENANT,
    subjectKey: env.VESTIGE_SUBJECT_KEY,
    kid: env.VESTIGE_SUBJECT_KID,
    spoolDir: env.VESTIGE_SPOOL_DIR,
  };
}

/** The environment of a child process, from the same facts; the inverse of {@link readConfig}. */
export function environmentOf(config: DeskConfig): NodeJS.ProcessEnv {
  return {
    PATH: process.env['PATH'],
    HOME: process.env['HOME'],
    TMPDIR: process.env['TMPDIR'],
    DESK_DATA_DIR: config.dataDir,
    DESK_LEDGER: config.ledgerFile,
    DESK_PORT: String(config.port),
    DESK_BILLING_URL: config.billingUrl,
    DESK_LLM_PORT: String(config.llmPort),
    DESK_MAIL_PORT: String(config.mailPort),
    VESTIGE_ENDPOINT: config.endpoint,
    VESTIGE_INGEST_KEY: config.ingestKey,
    VESTIGE_TENANT: config.tenant,
    VESTIGE_SUBJECT_KEY: config.subjectKey,
    VESTIGE_SUBJECT_KID: config.kid,
    VESTIGE_SPOOL_DIR: config.spoolDir,
  };
}

/**
 * Leads what libraries write beside our back into a folder of the demo, where it is searched and removed with the rest:
 * LanceDB sorts in files of its own, and leaves them to a process that ends at once.
 *
 * @returns the folder for temporary files as it was before, and the way back to it
 */
export function leadTempFilesTo(folder: string): { readonly before: string; readonly restore: () => void } {
  const before = tmpdir();
  process.env['TMPDIR'] = folder;
  return {
    before,
    restore() {
      process.env['TMPDIR'] = before;
    },
  };
}
