import { createHash } from 'node:crypto';
import {
  CLICKHOUSE_ROLES,
  type ClickHouseRole,
  ROLE_DEFINITIONS,
  type RoleDefinition,
  TENANT_ROW_POLICY,
} from './roles.ts';
import { DATABASE, TENANT_TABLES } from './tables.ts';
import { renderXml, type XmlTree } from './xml.ts';

/**
 * Users of the embedded engine.
 *
 * The engine itself logs in as `default` from loopback without a password, and starts its listeners with it. Anybody on
 * this machine could do the same and stop them again, so `default` has a quota of a few queries for the next decades
 * (its own session does not count); the starter uses them up before it reports ready (`exhaustDefaultUser`).
 */
export function embeddedUsersFile(passwords: Readonly<Record<ClickHouseRole, string>>): string {
  const loopback = { ip: ['127.0.0.1', '::1'] };
  const tree = {
    clickhouse: {
      profiles: { default: {}, ...profiles() },
      quotas: {
        default: {},
        hold: { interval: { duration: QUOTA_SECONDS, queries: DEFAULT_USER_QUERIES } },
      },
      users: {
        default: {
          password: '',
          networks: loopback,
          profile: 'default',
          quota: 'hold',
          grants: {
            query: [
              'GRANT SYSTEM LISTEN, CREATE TEMPORARY TABLE, CREATE ARBITRARY TEMPORARY TABLE ON *.*',
              'GRANT TABLE ENGINE ON File',
              'GRANT SELECT ON default.hold',
            ],
          },
        },
        ...users([''], (role) => ({ password_sha256_hex: sha256(passwords[role]) }), loopback),
      },
    },
  };
  return `${renderXml(tree)}\n`;
}

/**
 * Users of a server of one's own, for `deploy/clickhouse/users.d`. Passwords come from the server's environment. What
 * holds for a table holds for its local half on a cluster, too; there, erasing and verifying reach every replica.
 */
export function deployedUsersFile(): string {
  const everyReplica = ['GRANT CLUSTER ON *.*', 'GRANT REMOTE ON *.*'];
  const named = users(
    ['', '_local'],
    (role) => ({ password: { '@from_env': `CLICKHOUSE_${role.toUpperCase()}_PASSWORD` } }),
    { ip: '::/0' },
    { eraser: everyReplica, verifier: everyReplica, admin: [...everyReplica, 'GRANT SHOW ON *.*'] },
  );
  const tree = renderXml({ profiles: profiles(), users: { default: { '@remove': 'remove' }, ...named } }, '  ');
  // No double hyphen in the comment: XML forbids it, and ClickHouse would drop the whole file.
  return `<clickhouse>
  <!-- Generated from stack/src/clickhouse/roles.ts by the command \`vestige generate\`. -->
${tree}
</clickhouse>
`;
}

/** More than the three statements of the start, which some versions count. */
export const DEFAULT_USER_QUERIES = 8;
/** 63 years; ClickHouse aligns intervals to the epoch and refuses to parse much longer ones. */
const QUOTA_SECONDS = 2_000_000_000;

const profileName = (role: ClickHouseRole): string => `vestige_${role}`;

function profile(role: RoleDefinition): XmlTree {
  const constraints: Record<string, XmlTree> = {};
  for (const name of role.constants) constraints[name] = { const: {} };
  // Zero would be no bound at all.
  for (const [name, max] of Object.entries(role.maxima)) constraints[name] = { min: 1, max };
  return { ...role.settings, ...(Object.keys(constraints).length > 0 && { constraints }) };
}

function profiles(): XmlTree {
  return Object.fromEntries(CLICKHOUSE_ROLES.map((role) => [profileName(role), profile(ROLE_DEFINITIONS[role])]));
}

/** @param halves suffixes of the names a table goes by: on a cluster the local half has one */
function users(
  halves: readonly string[],
  password: (role: ClickHouseRole) => XmlTree,
  networks: XmlTree,
  extraGrants: Partial<Record<ClickHouseRole, readonly string[]>> = {},
): XmlTree {
  const guarded = TENANT_TABLES.flatMap((table) => halves.map((half) => `${table}${half}`));
  const policies = Object.fromEntries(guarded.map((table) => [table, { filter: TENANT_ROW_POLICY }]));
  return Object.fromEntries(
    CLICKHOUSE_ROLES.map((role) => [
      role,
      {
        ...password(role),
        networks,
        profile: profileName(role),
        quota: 'default',
        grants: { query: [...grantsOf(role, halves), ...(extraGrants[role] ?? [])] },
        ...(ROLE_DEFINITIONS[role].rowPolicy && { databases: { [DATABASE]: policies } }),
      },
    ]),
  );
}

function grantsOf(role: ClickHouseRole, halves: readonly string[]): string[] {
  const { tables, grants } = ROLE_DEFINITIONS[role];
  const onTables = tables.flatMap(({ privileges, on }) =>
    on.flatMap((table) => halves.map((half) => `GRANT ${privileges} ON ${DATABASE}.${table}${half}`)),
  );
  return [...onTables, ...grants];
}

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
