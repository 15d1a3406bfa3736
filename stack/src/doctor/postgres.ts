import type { Secret } from '@vestige/core/secret';
import { diagnosePostgres, type PostgresFacts } from '@vestige/migrations/diagnose-postgres';
import { postgresStatus } from '@vestige/migrations/postgres';
import { postgresSession } from '@vestige/migrations/postgres-session';
import { bad, clockFinding, type Finding, good, warning } from './finding.ts';

/** The oldest that the migrations run on (migrations/README.md). */
const VERSION_MIN = 15;

export async function postgresFindings(
  url: Secret,
  admin: Secret,
  process: ExaminedProcess = 'api',
): Promise<Finding[]> {
  try {
    const session = await postgresSession(url);
    const facts = await diagnosePostgres(session).finally(() => session.close());
    const owner = await postgresSession(admin);
    const status = await postgresStatus(owner).finally(() => owner.close());
    const pending = status.filter((row) => row.state === 'pending').length;
    return [
      postgresVersionFinding(facts),
      pending === 0
        ? good('postgres migrations', 'Postgres is at the last migration.')
        : bad('postgres migrations', `${pending} Postgres migrations are missing.`, 'Run vestige migrate up.'),
      roleFinding(facts, process),
      clockFinding('postgres clock', 'Postgres', facts.clockSkewMs),
    ];
  } catch (error) {
    const says = error instanceof Error && error.name === 'VestigeError' ? error.message : 'Postgres does not answer.';
    return [bad('postgres', says, 'Check DATABASE_URL (and DATABASE_ADMIN_URL) and that the server runs.')];
  }
}

export function postgresVersionFinding({ version, user }: Pick<PostgresFacts, 'version' | 'user'>): Finding {
  return Number.parseInt(version, 10) >= VERSION_MIN
    ? good('postgres', `Postgres ${version} answers as ${user}.`)
    : bad('postgres', `Postgres ${version} is too old.`, `Upgrade the server to ${VERSION_MIN} or later.`);
}

/** What each process runs as, and so what its login must be able to switch to, and to nothing beside (docs/access.md). */
const ROLE_OF = { api: 'vestige_app', collector: 'vestige_collector' } as const;
export type ExaminedProcess = keyof typeof ROLE_OF;

/** @param process whose `DATABASE_URL` it is; `vestige up` is an API and a collector in one */
export function roleFinding(
  { user, strong, maker, roles, directory, ownsTables }: PostgresFacts,
  process: ExaminedProcess = 'api',
): Finding {
  const check = 'postgres role';
  const role = ROLE_OF[process];
  if (strong) {
    return bad(
      check,
      `${user} is a superuser or bypasses row security.`,
      `Give DATABASE_URL a login of its own: CREATE ROLE vestige LOGIN IN ROLE ${role}.`,
    );
  }
  if (!roles.includes(role))
    return bad(check, `${user} is no member of ${role}.`, `As the owner: GRANT ${role} TO ${user}.`);
  if (ownsTables > 0) {
    return bad(
      check,
      `${user} owns ${ownsTables} tables and could switch row security off.`,
      'Run migrations with DATABASE_ADMIN_URL, and the rest with another login.',
    );
  }
  if (directory) {
    return bad(
      check,
      `${user} is a member of vestige_directory and sees the keys of all tenants.`,
      `As the owner: REVOKE vestige_directory FROM ${user}.`,
    );
  }
  const beside = [...roles.filter((each) => each !== role), ...(maker ? ['maker of roles or databases'] : [])];
  if (beside.length > 0) {
    return warning(
      check,
      `${user} is more than ${role}: also ${beside.join(', ')}.`,
      'One login for each process: vestige migrate roles prints the statements.',
    );
  }
  return good(check, `${user} is a member of ${role} alone and owns nothing.`);
}
