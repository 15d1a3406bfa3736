import { diagnoseLogin, type LoginFacts } from '@vestige/migrations/diagnose-clickhouse';
import { ROLE_DEFINITIONS } from '../clickhouse/roles.ts';
import type { ClickHouseUrls } from '../config.ts';
import { bad, type Finding, good, warning } from './finding.ts';

type Role = keyof ClickHouseUrls;

const ROLES: readonly Role[] = ['collector', 'api', 'eraser', 'verifier'];

/** What a login must not be able to do, or a stolen one is worth more than its process. */
const TOO_MUCH: Readonly<Record<Role, readonly string[]>> = {
  collector: ['ALTER DELETE ON touches', 'SELECT ON erase_queue'],
  api: ['INSERT ON spans', 'ALTER DELETE ON touches', 'SELECT ON erase_queue'],
  eraser: ['INSERT ON touches', 'INSERT ON erase_evidence'],
  verifier: ['INSERT ON touches', 'ALTER DELETE ON touches'],
};

/** Examines the logins of the four roles by asking each what it may do. */
export async function loginFindings(urls: ClickHouseUrls): Promise<{ findings: Finding[]; apiUser: string }> {
  const facts = {} as Record<Role, LoginFacts>;
  for (const role of ROLES) facts[role] = await diagnoseLogin(urls[role], [...neededBy(role), ...TOO_MUCH[role]]);
  return {
    findings: [asyncInsertFinding(facts.collector), ...grantFindings(facts)],
    apiUser: facts.api.user,
  };
}

export function asyncInsertFinding({ asyncInsert, user }: Pick<LoginFacts, 'asyncInsert' | 'user'>): Finding {
  return asyncInsert
    ? bad(
        'async_insert',
        `Inserts of ${user} are collected and written later, although they ask not to be.`,
        'Set async_insert = 0 in its profile: what is acknowledged must be on the disk.',
      )
    : good('async_insert', `An insert of ${user} is on the disk when it is acknowledged.`);
}

export function grantFindings(facts: Readonly<Record<Role, LoginFacts>>): Finding[] {
  const users = ROLES.map((role) => facts[role].user);
  if (new Set(users).size < ROLES.length) {
    const lacking = ROLES.flatMap((role) => lackOf(role, facts[role]));
    return [
      ...lacking,
      warning(
        'clickhouse logins',
        'Several roles share one login, so row policies and the separation of eraser and verifier hold nobody back.',
        'Install deploy/clickhouse/users.d and set CLICKHOUSE_COLLECTOR_URL, CLICKHOUSE_API_URL, CLICKHOUSE_ERASER_URL and CLICKHOUSE_VERIFIER_URL.',
      ),
    ];
  }
  const findings = ROLES.flatMap((role) => [...lackOf(role, facts[role]), ...excessOf(role, facts[role])]);
  return findings.length > 0
    ? findings
    : [
        good(
          'clickhouse grants',
          'Each of the four logins may do what its role needs, and nothing that matters beside.',
        ),
      ];
}

/** `SELECT, INSERT` on some tables as single privileges, one for each table. */
function neededBy(role: Role): string[] {
  return ROLE_DEFINITIONS[role].tables.flatMap(({ privileges, on }) =>
    privileges.split(', ').flatMap((privilege) => on.map((name) => `${privilege} ON ${name}`)),
  );
}

function lackOf(role: Role, { user, missing }: LoginFacts): Finding[] {
  const lacking = neededBy(role).filter((privilege) => missing.includes(privilege));
  if (lacking.length === 0) return [];
  return [
    bad(
      'clickhouse grants',
      `The ${role} login ${user} lacks ${lacking.join(', ')}.`,
      'Run vestige generate’s deploy/clickhouse/users.d of this version, or grant them.',
    ),
  ];
}

function excessOf(role: Role, { user, missing }: LoginFacts): Finding[] {
  const beyond = TOO_MUCH[role].filter((privilege) => !missing.includes(privilege));
  if (beyond.length === 0) return [];
  return [
    warning(
      'clickhouse grants',
      `The ${role} login ${user} may do more than its role: ${beyond.join(', ')}.`,
      'Give it the grants of deploy/clickhouse/users.d and no more.',
    ),
  ];
}
