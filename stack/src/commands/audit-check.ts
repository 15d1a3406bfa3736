import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { readBrought, UnreadableFile } from '@vestige/audit-verify/brought';
import { openBundle } from '@vestige/audit-verify/bundle-files';
import { humanReport } from '@vestige/audit-verify/human-report';
import { type Verdict, verifyBundle } from '@vestige/audit-verify/verify-bundle';
import { VestigeError } from '@vestige/core/errors';
import type { Tenant } from '@vestige/store/control/tenant-store';
import type { Database } from '@vestige/store/postgres';
import type { Command } from 'commander';
import { readCheckConfig } from '../config.ts';
import { EXIT } from '../exit-code.ts';
import { leaf, run } from './leaf.ts';

interface CheckOptions {
  readonly keys: string;
  readonly tenant?: string;
  readonly saved?: readonly string[];
  readonly tsaCa?: string;
  readonly issuer?: string;
}

const WHAT_IT_READS = `
Reads the control database as vestige_verifier, which can read the log and nothing that names a person, and write nothing:
give DATABASE_URL a login of that role. No process of Vestige is asked. Without DATABASE_URL the database of vestige up is
read; stop it first.

Made for a daily job beside Vestige: ends with 0 when every log holds, 8 when something is missing (a heartbeat, a
signature), 7 when one does not hold. Bring checkpoints that were kept elsewhere (--saved): only they show a log that was
rewritten and signed anew.`;

/** The bundle check on the database itself, by a login that the application does not have. */
export function auditCheckCommand(): Command {
  const command = leaf(
    'check',
    'check the logs in the database as the role vestige_verifier; exits with 7 when one does not hold, 8 when something is missing',
    'audit check --keys acme.vkeys --saved checkpoints/',
  )
    .requiredOption('--keys <file>', 'verifier keys of the logs, which you were given on another way')
    .option('--tenant <name>', 'this tenant alone; all when absent')
    .option('--saved <path...>', 'checkpoints that were kept, or folders of them')
    .option('--tsa-ca <file>', 'certificates of time-stamping authorities, PEM')
    .option('--issuer <file>', 'public key that certificates are signed with, PEM')
    .addHelpText('after', WHAT_IT_READS);
  return run<CheckOptions>(command, async ({ terminal, options }) => {
    const verdicts = await withVerifierDatabase(async (db) => {
      const { postgresTenantStore } = await import('@vestige/store/control/postgres-tenant-store');
      const all = await postgresTenantStore(db).tenants();
      const wanted = all.filter(({ name }) => options.tenant === undefined || name === options.tenant);
      if (wanted.length === 0) throw new VestigeError('not_found', 'There is no tenant of that name.');
      const found: Record<string, Verdict | null> = {};
      for (const tenant of wanted) {
        terminal.progress(`${tenant.name}: reading the log`);
        found[tenant.name] = await verdictOf(db, tenant, options);
      }
      return found;
    });
    const worst = Object.values(verdicts);
    terminal.answer({ logs: verdicts }, textOf(verdicts));
    if (worst.some((one) => one?.verdict === 'broken')) return EXIT.negative;
    return worst.some((one) => one === null || one.verdict !== 'holds') ? EXIT.incomplete : EXIT.done;
  });
}

async function withVerifierDatabase<T>(work: (db: Database) => Promise<T>): Promise<T> {
  const { openDatabase } = await import('@vestige/store/postgres');
  const { databaseUrl, dataDir } = readCheckConfig();
  if (databaseUrl !== null) {
    const db = await openDatabase({ kind: 'url', url: databaseUrl, as: 'verifier' });
    return work(db).finally(() => db.close());
  }
  const { openPglite } = await import('../postgres/embedded.ts');
  const { client, release } = await openPglite(join(dataDir, 'postgres'));
  try {
    const db = await openDatabase({ kind: 'pglite-client', client, as: 'verifier' });
    return await work(db).finally(() => db.close());
  } finally {
    release();
  }
}

/** @returns null for a log that nobody ever signed */
async function verdictOf(db: Database, tenant: Tenant, options: CheckOptions): Promise<Verdict | null> {
  const { withheldBundle } = await import('@vestige/store/audit/withheld-bundle');
  const bundle = await withheldBundle(db, tenant, new Date());
  if (bundle === null) return null;
  const folder = await mkdtemp(join(tmpdir(), 'vestige-check-'));
  try {
    for await (const { name, content } of bundle.files) {
      const file = join(folder, name);
      await mkdir(dirname(file), { recursive: true });
      await writeFile(file, content, { mode: 0o600 });
    }
    const { keys, saved, tsaCa, issuer } = options;
    return verifyBundle(openBundle(folder), readBrought({ keys, saved, tsaCa, issuer }));
  } catch (error) {
    if (error instanceof UnreadableFile) throw new VestigeError('not_found', error.message);
    throw error;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

const textOf = (verdicts: Readonly<Record<string, Verdict | null>>): string =>
  Object.entries(verdicts)
    .map(
      ([tenant, verdict]) =>
        `${tenant}\n${verdict === null ? 'Nobody has ever signed this log.' : humanReport(verdict)}`,
    )
    .join('\n\n');
