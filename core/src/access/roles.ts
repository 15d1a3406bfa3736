import { SCOPES, type Scope } from './scopes.ts';

export interface RoleDefinition {
  /** What holds the key: one person, or a program. */
  readonly of: 'person' | 'machine';
  readonly meaning: string;
  readonly scopes: readonly Scope[];
}

/**
 * Named sets of scopes (compliance J4). Whoever makes a key chooses a role and may take scopes away from it, never add
 * one. A key keeps the scopes it was made with: a role that grows later widens no key that is out there.
 *
 * `owner` is not for daily work. It exists because a key grants only what it holds, so somebody must hold everything
 * once: the key that setting up a tenant shows.
 */
export const ROLES = {
  viewer: {
    of: 'person',
    meaning: 'Sees flows of pseudonyms. Can find nobody by name, and sees no identifier.',
    scopes: ['lineage:read', 'governance:read'],
  },
  dsr_agent: {
    of: 'person',
    meaning: 'Handles people’s requests from filing to handing over the copy. Approves nothing.',
    scopes: ['lineage:read', 'identify', 'requests:read', 'requests:write', 'requests:export', 'governance:read'],
  },
  approver: {
    of: 'person',
    meaning: 'The second person: approves, refuses, exempts, holds. Files nothing.',
    scopes: ['lineage:read', 'requests:read', 'requests:approve', 'governance:read', 'audit:read'],
  },
  auditor: {
    of: 'person',
    meaning: 'Reads the audit log, requests and certificates, and verifies them. Changes nothing.',
    scopes: ['requests:read', 'governance:read', 'audit:read'],
  },
  admin: {
    of: 'person',
    meaning: 'Keeps keys and the registry. Sees no person’s data and can hand out no key that does.',
    scopes: ['ingest', 'governance:read', 'governance:write', 'admin'],
  },
  ingest: {
    of: 'machine',
    meaning: 'An application that sends telemetry. Reads nothing.',
    scopes: ['ingest'],
  },
  worker: {
    of: 'machine',
    meaning: 'Carries out deletion jobs. Verifies none.',
    scopes: ['tasks:work'],
  },
  verifier: {
    of: 'machine',
    meaning: 'Verifies deletion jobs that another key carried out. Carries out none.',
    scopes: ['tasks:verify'],
  },
  owner: {
    of: 'person',
    meaning: 'Everything, for setting up and for emergencies. Four eyes still need another person.',
    scopes: SCOPES,
  },
} as const satisfies Readonly<Record<string, RoleDefinition>>;

export type Role = keyof typeof ROLES;

export const ROLE_NAMES = Object.keys(ROLES) as [Role, ...Role[]];

export const scopesOf = (role: Role): readonly Scope[] => ROLES[role].scopes;

/** The roles whose keys may call what asks for this scope; in the order of the table. */
export function rolesWith(scope: Scope): Role[] {
  return ROLE_NAMES.filter((role) => scopesOf(role).includes(scope));
}
