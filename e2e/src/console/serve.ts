import { once } from 'node:events';
import { buildConsole } from './build-console.ts';
import { openOffice } from './office.ts';
import { startDeskSite } from './site.ts';

/** For working on the console: the desk with its requests, and a key per role to sign in with. Ctrl-C ends it. */

const ROLES = ['dsr_agent', 'approver', 'auditor', 'admin', 'viewer', 'owner'] as const;
const print = (line: string) => process.stdout.write(`${line}\n`);

const { dir, remove } = await buildConsole();
const site = await startDeskSite(dir);
try {
  await openOffice(site.world);
  print(`${site.stack.apiUrl}   Mara is /people/${site.maraId}`);
  for (const role of ROLES) {
    const { key } = await site.world.admin.post<{ key: string }>('/v1/api-keys', { name: role, role, person: role });
    print(`${role.padEnd(10)} ${key}`);
  }
  await Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')]);
} finally {
  await site.stop();
  await remove();
}
process.exit();
