import type { TenantId } from '@vestige/core/ids';
import type { AuditDraft } from '../audit/audit-store.ts';

/**
 * Token → subject, and the suppression list. Postgres.
 *
 * Promises:
 * - A token has one subject id for as long as its alias row lives, also under concurrent first sight.
 * - A subject id is random. After its alias rows are deleted nothing leads from it to a token.
 * - Suppression is bounded by event time (`erasedBeforeMs`): an older event is refused, a newer one gets a new subject,
 *   from the moment of {@link AliasStore.suppress} on. Until {@link AliasStore.forget} the old alias can still be read.
 * - Suppression keeps no token: entries are keyed by HMAC under a key of its own.
 */
export interface AliasStore {
  /**
   * @param tokens with the event time (ms) of the span that carried each; the same token may come more than once
   * @returns in the order of `tokens`: a subject id, or `suppressed`
   * @throws VestigeError `bad_request` for anything that is not shaped like a token: it might be a raw identifier
   */
  resolve(tenant: TenantId, tokens: readonly { token: string; atMs: number }[]): Promise<(string | 'suppressed')[]>;
  /**
   * Looks up without creating. Null for an unknown token. While a person is being erased a token may have an old and a
   * new subject; the new one is answered.
   */
  find(tenant: TenantId, tokens: readonly string[]): Promise<(FoundAlias | null)[]>;
  /** The canonical subject and all subject ids linked to it (ruling 29), the canonical one first. */
  canonical(tenant: TenantId, subjectId: string): Promise<{ subjectId: string; members: string[] } | null>;
  /** The people behind these subjects, each once; who was erased is nobody. */
  people(tenant: TenantId, subjectIds: readonly string[]): Promise<{ subjectId: string; members: string[] }[]>;
  aliasesOf(tenant: TenantId, subjectId: string): Promise<Alias[]>;
  /** Learns the identifier types of tokens, from a caller who knew the raw identifiers. Unknown tokens are left alone. */
  noteTypes(tenant: TenantId, tokens: readonly { token: string; type: string }[]): Promise<void>;
  /**
   * Joins or separates the subjects of two tokens (ruling 29); audited by the caller's draft in the same transaction,
   * to which the store adds whom it is about. A token never seen before gets a subject. A `heuristic` link is kept as a
   * proposal and joins nobody.
   *
   * @throws VestigeError `not_found` when a token to unlink is unknown; `conflict` when the two were not linked directly,
   *   when something that several people use would join them, when a machine would join whom an operator has parted, and
   *   for who is being erased or was and has not been seen since
   */
  link(tenant: TenantId, change: AliasLink, audit: AuditDraft): Promise<void>;
  /**
   * Joins the subjects that known tokens of *one* identifier have under several keys: after a rotation of the key the same
   * identifier has another token. Nothing happens where they are one person already, or where somebody has parted them. If
   * one of them is shared, all are from then on, but for one that joins people. Each join is audited by the caller's draft.
   *
   * @param tokens of one identifier under different keys, by one who knows the identifier
   */
  joinKeyVersions(tenant: TenantId, tokens: readonly string[], audit: AuditDraft): Promise<void>;
  /** What joins a person's subjects, what is proposed, and what was linked and unlinked before. */
  links(tenant: TenantId, subjectId: string): Promise<SubjectLinks>;
  /**
   * Who was one person with this one and is not any more, and when: whoever looked at one of them then looked at both.
   * Gone with either of them. At most 1,000 links and unlinks are looked through, the newest.
   */
  onceJoined(tenant: TenantId, subjectId: string): Promise<OnceJoined[]>;
  /**
   * Says that several people use this identifier, under whichever key: it joins nobody and identifies nobody; or takes that
   * back. Audited.
   *
   * @throws VestigeError `not_found`; `conflict` while it joins people
   */
  markShared(
    tenant: TenantId,
    change: { readonly token: string; readonly shared: boolean },
    audit: AuditDraft,
  ): Promise<void>;

  /** @param tokens 1 to 100,000; the same token twice counts once */
  createSet(tenant: TenantId, tokens: readonly string[]): Promise<{ id: string; count: number }>;
  /**
   * Subject ids of a registered set for an event at `atMs`; null when there is no such set. Who is suppressed for that
   * moment is left out, and so is who was forgotten after the set was made.
   */
  subjectsOfSet(tenant: TenantId, setId: string, atMs: number): Promise<string[] | null>;
  /**
   * Of those of these sets that there are: whether it holds a token of any of these subjects, who are one person. Creates
   * nobody. Not in the answer is a set that nobody made, and one that does not hold the person by any token known of them
   * and was made under a key that some identifier of theirs is not known under: who is in it nobody knows.
   */
  setsWith(
    tenant: TenantId,
    setIds: readonly string[],
    subjectIds: readonly string[],
  ): Promise<ReadonlyMap<string, boolean>>;

  /**
   * Adds suppression entries for every token of these subjects; returns the new suppression version.
   *
   * @param tokens of the same person that no span has brought yet: a second identifier, or an identifier under another
   *   key. A late span with one of these would bring the person back.
   */
  suppress(
    tenant: TenantId,
    subjectIds: readonly string[],
    erasedBeforeMs: number,
    requestId: string,
    tokens?: readonly string[],
  ): Promise<number>;
  /** Those of the tokens that the suppression list refuses for some instant. Creates nobody. */
  suppressedAmong(tenant: TenantId, tokens: readonly string[]): Promise<ReadonlySet<string>>;
  /** Version of the suppression list; collectors acknowledge it so that an erasure knows they have seen it. */
  suppressionVersion(tenant: TenantId): Promise<number>;
  /**
   * Those of the subjects that are somebody: they have an alias that is not retired, or is only because nothing was found
   * of them for a day. Who is being erased has none from the same moment on as the suppression version is new, who was
   * forgotten has none at all. Rows of anybody else must not be written again.
   */
  livingSubjects(tenant: TenantId, subjectIds: readonly string[]): Promise<ReadonlySet<string>>;
  acknowledgeSuppression(collectorId: string, tenant: TenantId, version: number): Promise<void>;
  /** Tenants a collector of this name has acknowledged for lately, in this process or a former one. */
  acknowledgingTenants(collectorId: string): Promise<TenantId[]>;
  /** Collectors that were alive within `aliveWithinMs` and have not acknowledged `version`. */
  unacknowledged(tenant: TenantId, version: number, aliveWithinMs: number): Promise<string[]>;
  /**
   * Deletes alias rows, links and the subject: stray copies of the id become unlinkable. Their tokens leave every set.
   *
   * @param tokens of the same person that no span has brought yet, to leave the sets too
   * @returns rows deleted
   */
  forget(tenant: TenantId, subjectIds: readonly string[], tokens?: readonly string[]): Promise<number>;
}

export interface FoundAlias {
  readonly subjectId: string;
  /** Present when several people use the identifier: it says nothing about who is meant. */
  readonly shared?: true;
}

/** `rotation`: two tokens of one identifier under two keys. It cannot be asked for. */
export type LinkKind = AliasLink['kind'] | 'rotation';

export interface SubjectLink {
  readonly subjectIds: readonly [string, string];
  readonly kind: LinkKind;
  readonly evidence: string;
  readonly linkedAt: string;
  /** False for a proposal. */
  readonly joins: boolean;
}

export interface LinkEvent {
  readonly subjectIds: readonly [string, string];
  readonly action: 'link' | 'unlink';
  readonly kind: LinkKind;
  readonly evidence: string;
  readonly actor: string;
  readonly at: string;
}

export interface OnceJoined {
  readonly subjectId: string;
  /** Inclusive. */
  readonly from: string;
  /** Exclusive. */
  readonly to: string;
}

export interface SubjectLinks {
  readonly links: readonly SubjectLink[];
  /** Oldest first. */
  readonly history: readonly LinkEvent[];
}

export interface Alias {
  readonly token: string;
  readonly kid: string;
  /** Identifier type; `unknown` until somebody has looked the person up by the raw identifier. */
  readonly type: string;
  readonly firstSeen: string;
  readonly link: 'observed' | LinkKind;
  /** Several people use it. */
  readonly shared: boolean;
}

/** Links that no human has looked at one by one. */
export const MACHINE_MADE: ReadonlySet<AliasLink['kind']> = new Set(['verified_login', 'import']);

export interface AliasLink {
  readonly action: 'link' | 'unlink';
  readonly tokens: readonly [string, string];
  readonly kind: 'verified_login' | 'operator' | 'import' | 'heuristic';
  readonly evidence: string;
}
