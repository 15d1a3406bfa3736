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

/** Profiles of the five roles, for the embedded users file and for `deploy/clickhouse/users.d`. */
export function profiles(): XmlTree {
  return Object.fromEntries(CLICKHOUSE_ROLES.map((role) => [profileName(role), profile(ROLE_DEFINITIONS[role])]));
}

/** Users of the five roles. `extraGrants` is what a cluster needs on top. */
export function users(
  password: (role: ClickHouseRole) => XmlTree,
  network: XmlTree,
  extraGrants: Partial<Record<ClickHouseRole, readonly string[]>> = {},
): XmlTree {
  return Object.fromEntries(
    CLICKHOUSE_ROLES.map((role) => [
      role,
      {
        ...password(role),
        networks: network,
        profile: profileName(role),
        quota: 'default',
        grants: { query: [...ROLE_DEFINITIONS[role].grants, ...(extraGrants[role] ?? [])] },
        ...(ROLE_DEFINITIONS[role].rowPolicy && { databases: { [DATABASE]: rowPolicies() } }),
      },
    ]),
  );
}

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
        ...users((role) => ({ password_sha256_hex: sha256(passwords[role]) }), loopback),
      },
    },
  };
  return `${renderXml(tree)}\n`;
}

/** More than the three statements of the start, which some versions count. */
export const DEFAULT_USER_QUERIES = 8;
/** 63 years; ClickHouse aligns intervals to the epoch and refuses to parse much longer ones. */
const QUOTA_SECONDS = 2_000_000_000;

const profileName = (role: ClickHouseRole): string => `vestige_${role}`;

function profile(role: RoleDefinition): XmlTree {
  const constraints: Record<string, XmlTree> = {};
  for (const name of role.constants) constraints[name] = { const: {} };
  for (const [name, max] of Object.entries(role.maxima)) constraints[name] = { max };
  return { ...role.settings, ...(Object.keys(constraints).length > 0 && { constraints }) };
}

const rowPolicies = (): XmlTree =>
  Object.fromEntries(TENANT_TABLES.map((table) => [table, { filter: TENANT_ROW_POLICY }]));

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
