import type { TenantId } from '@vestige/core/ids';
import type { AliasPair } from '@vestige/core/node/alias';
import type { PrivacyNotice } from '@vestige/core/package/notice';
import type { AuditDraft } from '../audit/audit-store.ts';

/**
 * The facts a company declares about its nodes: stores, the parties behind them, and other names of the same node.
 * Postgres. A write and its audit entry are one transaction. What was written under names of an older version is read, replaced
 * and removed under those of today.
 */
export interface RegistryStore {
  /** Stores, parties and names together, as every answer about a person needs them. */
  declared(tenant: TenantId): Promise<Declared>;

  putStore(tenant: TenantId, store: RegisteredStore, audit: AuditDraft): Promise<RegisteredStore>;
  stores(tenant: TenantId): Promise<RegisteredStore[]>;
  removeStore(tenant: TenantId, id: string, audit: AuditDraft): Promise<boolean>;

  putParty(tenant: TenantId, party: Party, audit: AuditDraft): Promise<Party>;
  parties(tenant: TenantId): Promise<Party[]>;
  removeParty(tenant: TenantId, id: string, audit: AuditDraft): Promise<boolean>;

  /** `alias` names the same node as `canonical`; both are node ids or store namespaces ending in `*`. */
  putNodeAlias(tenant: TenantId, alias: string, canonical: string, audit: AuditDraft): Promise<void>;
  nodeAliases(tenant: TenantId): Promise<{ alias: string; canonical: string }[]>;
  /** The two are different nodes again, also in what was seen before. A machine that tells the name again has it learned anew. */
  removeNodeAlias(tenant: TenantId, alias: string, audit: AuditDraft): Promise<boolean>;
  /**
   * Names that a machine told (OpenLineage `symlinks`). Never overwrites: what contradicts what is known becomes a
   * finding `node_alias.conflict`. Telling the same again changes nothing; each name taken over is in an audit entry.
   */
  learnNodeAliases(tenant: TenantId, told: readonly AliasPair[], audit: AuditDraft): Promise<void>;

  /** Hosts that are the tenant's own (ruling 22); `*.example.com` matches subdomains. */
  putInternalHosts(tenant: TenantId, hosts: readonly string[], audit: AuditDraft): Promise<void>;
  internalHosts(tenant: TenantId): Promise<string[]>;

  /** What the controller says of itself and its stores in words; replaces what it said before. */
  putPrivacyNotice(tenant: TenantId, notice: PrivacyNotice, audit: AuditDraft): Promise<void>;
  /** Null while nothing was said. */
  privacyNotice(tenant: TenantId): Promise<PrivacyNotice | null>;
}

export interface Declared {
  readonly stores: RegisteredStore[];
  readonly parties: Party[];
  readonly nodeAliases: { alias: string; canonical: string }[];
}

export interface RegisteredStore {
  /** Node id, e.g. `store:sqlite:/data/crm.db/main.customers`. */
  readonly id: string;
  readonly title: string;
  readonly partyId: string | null;
  /** Which connector erases here; null means nobody can, and a plan says so. */
  readonly connector: string | null;
  readonly retentionDays: number | null;
  readonly backupRetentionDays: number | null;
  /** Identifier types the store can be searched by. */
  readonly identifierTypes: readonly string[];
}

export interface Party {
  /** Slug, e.g. `openai`. */
  readonly id: string;
  readonly legalName: string;
  readonly role: 'controller' | 'joint_controller' | 'processor' | 'sub_processor' | 'third_party' | 'public_authority';
  /** ISO 3166-1 alpha-2. */
  readonly country: string | null;
  readonly transferMechanism: string | null;
  readonly contact: string | null;
  /** Host suffixes that belong to this party, e.g. `openai.com`; also node ids. */
  readonly hosts: readonly string[];
}
