/**
 * What an API key may be allowed to do (design 07), each scope one sentence. A route asks for exactly one of them; no
 * scope stands in for another, `admin` neither.
 */
export const SCOPE_MEANINGS = {
  ingest: 'send spans and OpenLineage events, and name the people of bulk operations',
  'lineage:read': 'see where the data of a pseudonym went, with a purpose',
  identify: 'find a person’s pseudonym by an identifier or token, and say which tokens are one person',
  'requests:read': 'see requests, their plans, tasks and certificates',
  'requests:write': 'file requests and drive them, without approving',
  'requests:approve': 'approve, refuse, exempt, hold, and release, as the second person',
  'requests:export': 'fetch the sealed copy of a person’s data and hand over what proves a certificate to them',
  'tasks:work': 'carry out deletion jobs; sees the identifiers of the people to search for',
  'tasks:verify': 'check what another key erased; sees the same identifiers',
  'governance:read': 'see stores, parties, policies and findings',
  'governance:write': 'declare stores, parties and policies',
  'audit:read': 'read the audit log, and who looked at whom',
  admin: 'make and revoke keys, and set how requests are handled',
} as const;

export type Scope = keyof typeof SCOPE_MEANINGS;

export const SCOPES = Object.keys(SCOPE_MEANINGS) as [Scope, ...Scope[]];
