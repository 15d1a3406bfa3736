import { randomBytes } from 'node:crypto';
import { VestigeError } from '@vestige/core/errors';
import { kidOf, TOKEN } from '@vestige/core/identity/token';
import { TenantId } from '@vestige/core/ids';
import { and, asc, eq, inArray, isNotNull, lt, or, sql } from 'drizzle-orm';
import { insertAudit } from '../audit/insert-audit.ts';
import { type Database, rowsOf, type Transaction, withTenant } from '../postgres.ts';
import { postgresFailure } from '../postgres-failure.ts';
import { whileContended } from '../retry-contention.ts';
import {
  aliases,
  collectors,
  subjectLinks,
  subjectSetMembers,
  subjectSets,
  subjects,
  suppressionVersions,
} from '../tables/subjects.ts';
import type { Alias, AliasStore } from './alias-store.ts';
import { noteForgotten } from './erased-people.ts';
import { forgetSetMembers, forgetSubjects } from './forget-subjects.ts';
import { joinKeyVersions } from './key-versions.ts';
import { partIdentifiers, refuseParted, subjectsToLink, subjectsToUnlink } from './link-subjects.ts';
import { resolveTokens } from './resolve-tokens.ts';
import { markShared, refuseShared } from './shared-identifiers.ts';
import { linkSubjects, membersOf, peopleOf } from './subject-graph.ts';
import { linksOf, noteLinkEvent, onceJoined } from './subject-link-history.ts';
import { setsWith } from './subject-sets.ts';
import { nextVersion, suppressedAmong, suppressSubjects, tidySuppression } from './suppression.ts';
import { tenantSecretReader } from './tenant-secret.ts';

/** Ruling 30. */
export const SET_TOKENS_MAX = 100_000;
/** Well below the 65,535 bound parameters of the protocol. */
const SUBJECTS_PER_QUERY = 5_000;

export function postgresAliasStore(db: Database): AliasStore {
  const suppressionKey = tenantSecretReader(db, 'suppression');
  /** Changes of who is who lock tokens of several people, and some find out only on the way of whom. */
  const identityChange = <T>(tenant: TenantId, work: (tx: Transaction) => Promise<T>) =>
    whileContended(() => withTenant(db, tenant, work));

  return {
    async resolve(tenant, tokens) {
      if (tokens.length === 0) return [];
      const key = await suppressionKey(tenant);
      return withTenant(db, tenant, (tx) => resolveTokens(tx, tenant, key, tokens));
    },

    async find(tenant, tokens) {
      if (tokens.length === 0) return [];
      const found = await withTenant(db, tenant, (tx) => findTokens(tx, tenant, tokens));
      return tokens.map((token) => {
        const alias = found.get(token);
        return alias === undefined ? null : { subjectId: alias.subjectId, ...(alias.shared ? { shared: true } : {}) };
      });
    },

    async canonical(tenant, subjectId) {
      const members = await withTenant(db, tenant, (tx) => membersOf(tx, tenant, subjectId));
      return members[0] === undefined ? null : { subjectId: members[0], members };
    },

    async people(tenant, subjectIds) {
      const found = new Map<string, { subjectId: string; members: string[] }>();
      const wanted = [...new Set(subjectIds)];
      for (let at = 0; at < wanted.length; at += SUBJECTS_PER_QUERY) {
        const some = wanted.slice(at, at + SUBJECTS_PER_QUERY);
        for (const members of await withTenant(db, tenant, (tx) => peopleOf(tx, tenant, some))) {
          const [subjectId] = members;
          if (subjectId !== undefined) found.set(subjectId, { subjectId, members });
        }
      }
      return [...found.values()];
    },

    aliasesOf: (tenant, subjectId) => withTenant(db, tenant, (tx) => aliasesOf(tx, tenant, subjectId)),

    async noteTypes(tenant, tokens) {
      if (tokens.length === 0) return;
      await withTenant(db, tenant, (tx) =>
        tx.execute(sql`
          UPDATE aliases SET type = known.type
          FROM unnest(${sql.param(tokens.map((each) => each.token))}::text[],
                      ${sql.param(tokens.map((each) => each.type))}::text[]) AS known (token, type)
          WHERE aliases.tenant = ${tenant} AND aliases.token = known.token AND aliases.type IS NULL`),
      );
    },

    async link(tenant, change, audit) {
      const key = await suppressionKey(tenant);
      await identityChange(tenant, async (tx) => {
        const isLink = change.action === 'link';
        const pair = isLink
          ? await subjectsToLink(tx, tenant, key, change.tokens)
          : await subjectsToUnlink(tx, tenant, change.tokens);
        if (isLink) {
          // After the rows were locked, or somebody could say meanwhile that one of them is shared.
          await refuseShared(tx, tenant, change);
          await refuseParted(tx, tenant, pair, change.kind);
          await linkSubjects(tx, tenant, pair, change);
          await expectSpans(tx, tenant, pair);
        }
        const changed = isLink ? [pair] : await partIdentifiers(tx, tenant, pair);
        for (const each of changed) await noteLinkEvent(tx, tenant, each, { ...change, actor: audit.actor });
        await insertAudit(tx, tenant, {
          ...audit,
          object: { kind: 'subject', id: pair[0] },
          subjectId: pair[0],
          payload: { ...audit.payload, otherSubjectId: pair[1] },
        });
      });
    },

    async joinKeyVersions(tenant, tokens, audit) {
      if (tokens.length < 2) return;
      await identityChange(tenant, (tx) => joinKeyVersions(tx, tenant, tokens, audit));
    },

    links: (tenant, subjectId) => withTenant(db, tenant, (tx) => linksOf(tx, tenant, subjectId)),

    onceJoined: (tenant, subjectId) => withTenant(db, tenant, (tx) => onceJoined(tx, tenant, subjectId)),

    async markShared(tenant, { token, shared }, audit) {
      await identityChange(tenant, async (tx) => {
        const subjectId = await markShared(tx, tenant, token, shared);
        await insertAudit(tx, tenant, { ...audit, object: { kind: 'subject', id: subjectId }, subjectId });
      });
    },

    async createSet(tenant, tokens) {
      const unique = [...new Set(tokens)].sort();
      if (unique.length === 0 || unique.length > SET_TOKENS_MAX) {
        throw new VestigeError('bad_request', `a subject set has 1 to ${SET_TOKENS_MAX} tokens`);
      }
      if (!unique.every((token) => TOKEN.test(token))) {
        throw new VestigeError('bad_request', 'a subject token is ps1.<key id>.<22 characters>');
      }
      const id = `set_${randomBytes(16).toString('base64url')}`;
      await withTenant(db, tenant, async (tx) => {
        const kids = [...new Set(unique.map((token) => kidOf(token) ?? ''))];
        await tx.insert(subjectSets).values({ tenant, id, count: unique.length, kids });
        await tx.execute(sql`
          INSERT INTO subject_set_members (tenant, set_id, token)
          SELECT ${tenant}, ${id}, unnest(${sql.param(unique)}::text[])`);
      });
      return { id, count: unique.length };
    },

    async subjectsOfSet(tenant, setId, atMs) {
      const key = await suppressionKey(tenant);
      return withTenant(db, tenant, async (tx) => {
        const [set] = await tx
          .select({ id: subjectSets.id })
          .from(subjectSets)
          .where(and(eq(subjectSets.tenant, tenant), eq(subjectSets.id, setId)));
        if (!set) return null;
        const members = await tx
          .select({ token: subjectSetMembers.token })
          .from(subjectSetMembers)
          .where(and(eq(subjectSetMembers.tenant, tenant), eq(subjectSetMembers.setId, setId)));
        const found = await resolveTokens(
          tx,
          tenant,
          key,
          members.map(({ token }) => ({ token, atMs })),
        );
        return [...new Set(found.filter((each) => each !== 'suppressed'))];
      });
    },

    async setsWith(tenant, setIds, subjectIds) {
      if (setIds.length === 0) return new Map();
      return withTenant(db, tenant, (tx) => setsWith(tx, tenant, setIds, subjectIds));
    },

    async suppress(tenant, subjectIds, erasedBeforeMs, requestId, tokens = []) {
      const key = await suppressionKey(tenant);
      return identityChange(tenant, async (tx) => {
        const version = await nextVersion(tx, tenant);
        const erasedBefore = new Date(erasedBeforeMs);
        await suppressSubjects(tx, tenant, key, { subjectIds, tokens, erasedBefore, requestId });
        await tidySuppression(tx, tenant);
        return version;
      });
    },

    async suppressedAmong(tenant, tokens) {
      const key = await suppressionKey(tenant);
      return withTenant(db, tenant, (tx) => suppressedAmong(tx, tenant, key, tokens));
    },

    async suppressionVersion(tenant) {
      const [row] = await withTenant(db, tenant, (tx) =>
        tx
          .select({ version: suppressionVersions.version })
          .from(suppressionVersions)
          .where(eq(suppressionVersions.tenant, tenant)),
      );
      return row?.version ?? 0;
    },

    async livingSubjects(tenant, subjectIds) {
      const living = new Set<string>();
      await withTenant(db, tenant, async (tx) => {
        for (let start = 0; start < subjectIds.length; start += SUBJECTS_PER_QUERY) {
          const asked = subjectIds.slice(start, start + SUBJECTS_PER_QUERY);
          const rows = await tx
            .selectDistinct({ subjectId: aliases.subjectId })
            .from(aliases)
            .innerJoin(subjects, and(eq(subjects.tenant, aliases.tenant), eq(subjects.id, aliases.subjectId)))
            .where(
              and(
                eq(aliases.tenant, tenant),
                inArray(aliases.subjectId, asked),
                or(eq(aliases.retired, false), isNotNull(subjects.leftAt)),
              ),
            );
          for (const { subjectId } of rows) living.add(subjectId);
        }
      });
      return living;
    },

    async acknowledgeSuppression(collectorId, tenant, version) {
      const seen = { suppressionVersion: version, seenAt: sql`now()` };
      await withTenant(db, tenant, (tx) =>
        tx
          .insert(collectors)
          .values({ tenant, id: collectorId, suppressionVersion: version })
          .onConflictDoUpdate({ target: [collectors.tenant, collectors.id], set: seen }),
      );
    },

    async acknowledgingTenants(collectorId) {
      const rows = await rowsOf<{ tenant: number }>(
        db.orm,
        sql`SELECT tenant FROM vestige_collector_tenants(${collectorId})`,
      ).catch(postgresFailure);
      return rows.map(({ tenant }) => TenantId.parse(tenant));
    },

    async unacknowledged(tenant, version, aliveWithinMs) {
      const rows = await withTenant(db, tenant, (tx) =>
        tx
          .select({ id: collectors.id })
          .from(collectors)
          .where(
            and(
              eq(collectors.tenant, tenant),
              lt(collectors.suppressionVersion, version),
              sql`${collectors.seenAt} >= now() - make_interval(secs => ${aliveWithinMs / 1000})`,
            ),
          )
          .orderBy(asc(collectors.id)),
      );
      return rows.map((row) => row.id);
    },

    async forget(tenant, subjectIds, tokens = []) {
      if (subjectIds.length + tokens.length === 0) return 0;
      const key = await suppressionKey(tenant);
      return identityChange(tenant, async (tx) => {
        await noteForgotten(tx, tenant, key, subjectIds);
        const members = await forgetSetMembers(tx, tenant, [...subjectIds], [...tokens]);
        return members + (await forgetSubjects(tx, tenant, [...subjectIds]));
      });
    },
  };
}

/** A link is made for spans to come: it is as new as they are (migration 0150). */
const expectSpans = (tx: Transaction, tenant: TenantId, subjectIds: readonly string[]) =>
  tx.execute(sql`
    UPDATE subjects SET look_at = DEFAULT WHERE tenant = ${tenant} AND id = ANY(${sql.param(subjectIds)}::uuid[])`);

/** The living subject of each known token, else the one that is being erased. */
async function findTokens(
  tx: Transaction,
  tenant: TenantId,
  tokens: readonly string[],
): Promise<Map<string, { subjectId: string; shared: boolean }>> {
  const rows = await rowsOf<{ token: string; subject_id: string; shared: boolean }>(
    tx,
    sql`
      SELECT DISTINCT ON (token) token, subject_id, shared
      FROM aliases
      WHERE tenant = ${tenant} AND token = ANY (${sql.param([...new Set(tokens)])}::text[])
      ORDER BY token, retired, first_seen DESC`,
  );
  return new Map(rows.map((row) => [row.token, { subjectId: row.subject_id, shared: row.shared }]));
}

async function aliasesOf(tx: Transaction, tenant: TenantId, subjectId: string): Promise<Alias[]> {
  const members = await membersOf(tx, tenant, subjectId);
  if (members.length === 0) return [];
  const rows = await tx
    .select()
    .from(aliases)
    .where(and(eq(aliases.tenant, tenant), inArray(aliases.subjectId, members)))
    .orderBy(asc(aliases.firstSeen), asc(aliases.token));
  const links = await tx
    .select()
    .from(subjectLinks)
    .where(
      and(
        eq(subjectLinks.tenant, tenant),
        or(inArray(subjectLinks.low, members), inArray(subjectLinks.high, members)),
        sql`${subjectLinks.kind} <> 'heuristic'`,
      ),
    )
    .orderBy(asc(subjectLinks.linkedAt));
  return rows.map((row) => ({
    token: row.token,
    kid: row.kid,
    type: row.type ?? 'unknown',
    firstSeen: row.firstSeen.toISOString(),
    shared: row.shared,
    link:
      row.subjectId === members[0]
        ? 'observed'
        : (links.find((link) => link.low === row.subjectId || link.high === row.subjectId)?.kind ?? 'observed'),
  }));
}
