import { VestigeError } from '@vestige/core/errors';
import type { TenantQuota } from '@vestige/store/control/tenant-store';
import type { Command } from 'commander';
import { readTenantConfig } from '../config.ts';
import { EXIT } from '../exit-code.ts';
import { leaf, run } from './leaf.ts';

interface QuotaOptions {
  readonly spansPerS?: string;
  readonly bytesPerS?: string;
}

/** A tenant cannot set its own: like its first key, a quota comes from whoever runs the database. */
export function tenantQuotaCommand(): Command {
  const command = leaf(
    'quota <name>',
    'show or set what a tenant may send to each collector on average; needs DATABASE_URL',
    'tenant quota acme --spans-per-s 20000 --bytes-per-s default',
  )
    .option('--spans-per-s <n>', 'spans per second; 0 is no limit, default what the collector is set to')
    .option('--bytes-per-s <n>', 'bytes of bodies, inflated, per second; likewise');
  return run<QuotaOptions>(command, async ({ terminal, args, options }) => {
    const { postgresTenantStore } = await import('@vestige/store/control/postgres-tenant-store');
    const { openDatabase } = await import('@vestige/store/postgres');
    const db = await openDatabase({ kind: 'url', url: readTenantConfig().databaseUrl });
    try {
      const tenants = postgresTenantStore(db);
      const tenant = (await tenants.tenants()).find(({ name }) => name === args[0]);
      if (tenant === undefined) throw new VestigeError('not_found', 'There is no tenant of this name.');
      const quota = changedQuota(await tenants.quota(tenant.id), options);
      const changed = options.spansPerS !== undefined || options.bytesPerS !== undefined;
      if (changed) await tenants.setQuota(tenant.id, quota);
      terminal.answer({ tenant, quota }, `${tenant.name} may send each collector ${quotaText(quota)}.`);
      return EXIT.done;
    } finally {
      await db.close();
    }
  });
}

/** What is not named stays as it was. @throws VestigeError `bad_request` for what is no rate */
export function changedQuota(before: TenantQuota, options: QuotaOptions): TenantQuota {
  return {
    spansPerS: rateOf('--spans-per-s', options.spansPerS, before.spansPerS),
    bytesPerS: rateOf('--bytes-per-s', options.bytesPerS, before.bytesPerS),
  };
}

export function quotaText({ spansPerS, bytesPerS }: TenantQuota): string {
  return `${told(spansPerS, 'spans')} and ${told(bytesPerS, 'bytes')}`;
}

function rateOf(option: string, given: string | undefined, before: number | null): number | null {
  if (given === undefined) return before;
  if (given === 'default') return null;
  if (!/^\d{1,13}$/.test(given)) {
    throw new VestigeError('bad_request', `${option} must be a whole number or "default".`);
  }
  return Number(given);
}

function told(rate: number | null, what: string): string {
  if (rate === null) return `as many ${what} as it is set to take`;
  return rate === 0 ? `${what} without limit` : `${rate} ${what} per second`;
}
