import type { Secret } from '@vestige/core/secret';
import { diagnosePostgres, type PostgresFacts } from '@vestige/migrations/diagnose-postgres';
import { postgresStatus } from '@vestige/migrations/postgres';
import { postgresSession } from '@vestige/migrations/postgres-session';
import { bad, clockFinding, type Finding, good } from './finding.ts';

/** The oldest that the migrations run on (migrations/README.md). */
const VERSION_MIN = 15;

export async function postgresFindings(url: Secret, admin: Secret): Promise<Finding[]> {
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
      roleFinding(facts),
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

export function roleFinding({ user, strong, member, ownsTables }: PostgresFacts): Finding {
  const check = 'postgres role';
  if (strong) {
    return bad(
      check,
      `${user} is a superuser or bypasses row security.`,
      'Give DATABASE_URL a login of its own: CREATE ROLE vestige LOGIN IN ROLE vestige_app.',
    );
  }
  if (!member) return bad(check, `${user} is no member of vestige_app.`, `As the owner: GRANT vestige_app TO ${user}.`);
  if (ownsTables > 0) {
    return bad(
      check,
      `${user} owns ${ownsTables} tables and could switch row security off.`,
      'Run migrations with DATABASE_ADMIN_URL, and the rest with another login.',
    );
  }
  return good(check, `${user} is a member of vestige_app and owns nothing.`);
}
