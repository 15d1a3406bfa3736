import { KeyPerson } from '@vestige/core/access/person';
import { VestigeError } from '@vestige/core/errors';
import type { Command } from 'commander';
import { readTenantConfig } from '../config.ts';
import { EXIT } from '../exit-code.ts';
import { leaf, run } from './leaf.ts';
import { tenantQuotaCommand } from './tenant-quota.ts';

/** The first key of a tenant can only come from whoever runs the database; all others come from the API. */
export function tenantCommand(): Command {
  const command = leaf(
    'tenant <name>',
    'make a tenant, when it is new, and a key with the role owner for it, shown once; needs DATABASE_URL',
    'tenant acme --person staff-4711',
  )
    .option('--person <name>', 'who will hold the key, e.g. a staff number')
    .addCommand(tenantQuotaCommand());
  return run<{ readonly person?: string }>(command, async ({ terminal, args, options }) => {
    const { postgresTenantStore } = await import('@vestige/store/control/postgres-tenant-store');
    const { openDatabase } = await import('@vestige/store/postgres');
    const name = args[0] ?? '';
    if (!/^[a-z][a-z0-9-]{0,62}$/.test(name)) {
      throw new VestigeError('bad_request', 'A tenant name is a lower-case slug of at most 63 characters, e.g. acme.');
    }
    if (options.person !== undefined && !KeyPerson.safeParse(options.person).success) {
      throw new VestigeError('bad_request', 'A person is a lower-case name of at most 64 characters, e.g. staff-4711.');
    }
    const db = await openDatabase({ kind: 'url', url: readTenantConfig().databaseUrl });
    try {
      const tenants = postgresTenantStore(db);
      const tenant = await tenants.ensureTenant(name);
      const key = await tenants.createKey(tenant.id, {
        name: 'owner',
        role: 'owner',
        person: options.person,
        expiresAt: null,
      });
      terminal.answer(
        { tenant, keyId: key.id, adminKey: key.secret.reveal() },
        `Tenant ${tenant.name} has the number ${tenant.id}. Its owner’s key, shown once:\n${key.secret.reveal()}`,
      );
      return EXIT.done;
    } finally {
      await db.close();
    }
  });
}
