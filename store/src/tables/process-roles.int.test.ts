import { PGlite } from '@electric-sql/pglite';
import { migratedPgliteDump } from '@vestige/e2e/harness/pglite-dump';
import { DATABASE_ROLES, type DatabaseRole, openDatabase } from '../postgres.ts';
import { processRolesContract } from './testing/process-roles-contract.ts';

// One session, which takes on one role after the other; `*.pg.test.ts` has a login for each.
processRolesContract('the roles of the processes, in the embedded engine', async () => {
  const client = await PGlite.create({ loadDataDir: await migratedPgliteDump() });
  return {
    as: async (role: DatabaseRole) => {
      await client.exec(`RESET ROLE; SET ROLE ${DATABASE_ROLES[role]}`);
      return openDatabase({ kind: 'pglite-client', client, as: role });
    },
    close: () => client.close(),
  };
});
