import { createRoute, z } from '@hono/zod-openapi';
import { maskedActor } from '@vestige/core/access/masked-actor';
import { actorOfKey } from '@vestige/core/access/person';
import { VestigeError } from '@vestige/core/errors';
import type { ApiDeps } from '../deps.ts';
import { actorOf, auditRead } from '../http/audited.ts';
import { Identifier, Instant, Purpose, PurposeHeader, SubjectParam, Token } from '../http/fields.ts';
import { decodeCursor, encodeCursor, PageQuery, pageOf } from '../http/page.ts';
import { problems } from '../http/problem.ts';
import { newRouter, purposeOf, refuseIdentifiers, secured } from '../http/router.ts';
import { looksAt } from './looks-at.ts';
import { subjectOverview } from './overview.ts';
import { resolvePeople } from './resolve.ts';

const IDENTIFIERS_MAX = 50;
const SET_TOKENS_MAX = 100_000;

const LINK_KINDS = ['verified_login', 'operator', 'import', 'heuristic', 'rotation'] as const;

const ResolveBody = z
  .union([
    z.strictObject({ identifiers: z.array(Identifier).min(1).max(IDENTIFIERS_MAX), purpose: Purpose }),
    z.strictObject({ tokens: z.array(Token).min(1).max(IDENTIFIERS_MAX), purpose: Purpose }),
  ])
  .openapi('ResolveBody');

const AliasView = z
  .object({
    kid: z.string(),
    type: z.string().openapi({ description: '`unknown` until somebody has looked the person up by the identifier' }),
    firstSeen: Instant,
    link: z.enum(['observed', ...LINK_KINDS]),
    shared: z.boolean().openapi({ description: 'Several people use it: it identifies nobody' }),
  })
  .openapi('Alias');

const ResolveAnswer = z
  .object({
    subjectId: z.uuid().nullable(),
    aliases: z.array(AliasView),
    ambiguous: z.array(
      z.object({
        subjectId: z.uuid(),
        by: z.array(z.string()).openapi({ description: 'JSON pointers into the call', example: ['/identifiers/0'] }),
      }),
    ),
  })
  .openapi('ResolveAnswer');

const Subject = z
  .object({
    subjectId: z.uuid(),
    members: z
      .array(z.uuid())
      .openapi({ description: 'All subject ids that are this person, the canonical one first' }),
    aliases: z.array(AliasView),
    firstSeen: Instant.nullable(),
    lastSeen: Instant.nullable(),
    spans: z.int(),
    categories: z.array(z.string()),
    purposes: z.array(z.string()),
    openRequests: z.array(z.object({ id: z.uuid(), type: z.string(), state: z.string(), dueOn: z.string() })),
  })
  .openapi('Subject');

const AliasBody = z
  .strictObject({
    action: z.enum(['link', 'unlink']),
    tokens: z.tuple([Token, Token]),
    kind: z.enum(['verified_login', 'operator', 'import', 'heuristic']),
    evidence: z.string().min(1).max(500),
  })
  .openapi('AliasChange');

const Links = z
  .object({
    links: z.array(
      z.object({
        subjectIds: z.tuple([z.uuid(), z.uuid()]),
        kind: z.enum(LINK_KINDS),
        evidence: z.string(),
        linkedAt: Instant,
        joins: z.boolean().openapi({ description: 'False for a proposal' }),
      }),
    ),
    history: z.array(
      z.object({
        subjectIds: z.tuple([z.uuid(), z.uuid()]),
        action: z.enum(['link', 'unlink']),
        kind: z.enum(LINK_KINDS),
        evidence: z.string(),
        actor: z.string(),
        at: Instant,
      }),
    ),
  })
  .openapi('Links');

const SharedBody = z
  .strictObject({
    token: Token,
    shared: z.boolean(),
    evidence: z.string().min(1).max(500),
  })
  .openapi('SharedIdentifier');

const View = z
  .object({
    at: Instant,
    type: z.string(),
    actor: z.string().openapi({
      description: 'The role of who looked, `staff` or `system`; `key:<key id>` with `staff=named`',
      example: 'dsr_agent',
    }),
    person: z.string().nullable().openapi({ description: 'Who held the key; null unless `staff=named`' }),
    purpose: z.string().nullable(),
    requestId: z.string().nullable(),
  })
  .openapi('View');

const json = <Schema extends z.ZodType>(schema: Schema) => ({ 'application/json': { schema } });

const resolveRoute = createRoute({
  method: 'post',
  path: '/v1/subjects/resolve',
  tags: ['subjects'],
  summary: 'Who is this',
  description: 'Raw identifiers only where this server holds the tenant’s key; otherwise send tokens.',
  ...secured('identify'),
  request: { headers: PurposeHeader, body: { required: true, content: json(ResolveBody) } },
  responses: { 200: { description: 'Known, unknown or ambiguous', content: json(ResolveAnswer) }, ...problems },
});

const subjectRoute = createRoute({
  method: 'get',
  path: '/v1/subjects/{subjectId}',
  tags: ['subjects'],
  summary: 'What is known about a person, in numbers',
  ...secured('lineage:read'),
  request: { params: SubjectParam, headers: PurposeHeader },
  responses: { 200: { description: 'The person', content: json(Subject) }, ...problems },
});

const viewsRoute = createRoute({
  method: 'get',
  path: '/v1/subjects/{subjectId}/views',
  tags: ['subjects'],
  summary: 'Who looked at this person, when and why',
  description:
    'As the person may be told: when and why is owed to them, which employee it was normally is not (CJEU C-579/21), so ' +
    'staff are named by role. `staff=named` says who it was, and that it was asked for is an entry of its own. Looks from a ' +
    'time when somebody else was linked with this person are among them.',
  ...secured('audit:read'),
  request: {
    params: SubjectParam,
    query: PageQuery.extend({ staff: z.enum(['masked', 'named']).default('masked') }),
    headers: PurposeHeader,
  },
  responses: { 200: { description: 'Oldest first', content: json(pageOf(View)) }, ...problems },
});

const linksRoute = createRoute({
  method: 'get',
  path: '/v1/subjects/{subjectId}/links',
  tags: ['subjects'],
  summary: 'What joins a person’s subjects, what is proposed, and what was linked and unlinked before',
  ...secured('identify'),
  request: { params: SubjectParam, headers: PurposeHeader },
  responses: { 200: { description: 'Oldest first', content: json(Links) }, ...problems },
});

const sharedRoute = createRoute({
  method: 'put',
  path: '/v1/aliases/shared',
  tags: ['subjects'],
  summary: 'Say that several people use an identifier, or that they do not',
  description:
    'A family’s e-mail address, a device at a counter: it joins nobody, identifies nobody, and no request goes by it.',
  ...secured('identify'),
  request: { body: { required: true, content: json(SharedBody) } },
  responses: { 204: { description: 'Done' }, ...problems },
});

const aliasRoute = createRoute({
  method: 'post',
  path: '/v1/aliases',
  tags: ['subjects'],
  summary: 'Say that two tokens are one person, or that they are not',
  description: 'A heuristic link is kept as a proposal: it joins nobody until it is linked again as another kind.',
  ...secured('identify'),
  request: { body: { required: true, content: json(AliasBody) } },
  responses: { 204: { description: 'Done' }, ...problems },
});

const setRoute = createRoute({
  method: 'post',
  path: '/v1/subject-sets',
  tags: ['subjects'],
  summary: 'Name the people of one bulk operation',
  ...secured('ingest'),
  request: {
    body: {
      required: true,
      content: json(z.strictObject({ tokens: z.array(Token).min(1).max(SET_TOKENS_MAX) }).openapi('SubjectSetBody')),
    },
  },
  responses: {
    201: {
      description: 'The set, for `vestige.subject.set`',
      content: json(z.object({ id: z.string(), count: z.int() }).openapi('SubjectSet')),
    },
    ...problems,
  },
});

/** The identity step, one person in numbers, who looked at them, links, and sets for bulk work. */
export function subjectRoutes(deps: ApiDeps) {
  return newRouter()
    .openapi(resolveRoute, async (c) => {
      const body = c.req.valid('json');
      purposeOf(c);
      const found = await resolvePeople(deps, c.var.caller.tenant, body, actorOf(c));
      for (const subjectId of found.looked) {
        await auditRead(c, deps.audit, { type: 'subject.resolved', subjectId, payload: { by: Object.keys(body)[0] } });
      }
      return c.json(found.answer, 200);
    })

    .openapi(subjectRoute, async (c) => {
      const person = await knownPerson(deps, c.var.caller.tenant.id, c.req.valid('param').subjectId);
      await auditRead(c, deps.audit, { type: 'subject.read', subjectId: person.subjectId });
      return c.json(await subjectOverview(deps, c.var.caller.tenant.id, person), 200);
    })

    .openapi(viewsRoute, async (c) => {
      const { limit, cursor, staff } = c.req.valid('query');
      const tenant = c.var.caller.tenant.id;
      const afterIndex = decodeCursor(cursor, z.int().min(-1)) ?? -1;
      const person = await knownPerson(deps, tenant, c.req.valid('param').subjectId);
      await auditRead(c, deps.audit, {
        type: 'subject.views_read',
        subjectId: person.subjectId,
        payload: { staff },
      });
      const looks = await looksAt(deps, tenant, person.members);
      const entries = await deps.audit.entries(tenant, { afterIndex, limit, ...looks });
      const last = entries.length === limit ? entries.at(-1) : undefined;
      const nameOf = await staffNames(deps, tenant, staff);
      return c.json(
        {
          items: entries.map(({ at, type, actor, purpose, requestId }) => ({
            at,
            type,
            ...nameOf(actor),
            purpose,
            requestId,
          })),
          nextCursor: last ? encodeCursor(last.index) : null,
        },
        200,
      );
    })

    .openapi(aliasRoute, async (c) => {
      const change = c.req.valid('json');
      refuseIdentifiers('evidence', change.evidence);
      await deps.aliases.link(c.var.caller.tenant.id, change, {
        type: change.action === 'link' ? 'alias.linked' : 'alias.unlinked',
        actor: actorOf(c),
        object: { kind: 'subject', id: '-' },
        payload: { kind: change.kind, evidence: change.evidence },
      });
      return c.body(null, 204);
    })

    .openapi(linksRoute, async (c) => {
      const tenant = c.var.caller.tenant.id;
      const person = await knownPerson(deps, tenant, c.req.valid('param').subjectId);
      await auditRead(c, deps.audit, { type: 'subject.links_read', subjectId: person.subjectId });
      const { links, history } = await deps.aliases.links(tenant, person.subjectId);
      return c.json(
        {
          links: links.map(({ subjectIds: [a, b], ...link }) => ({ subjectIds: [a, b] as [string, string], ...link })),
          history: history.map(({ subjectIds: [a, b], ...event }) => ({
            subjectIds: [a, b] as [string, string],
            ...event,
          })),
        },
        200,
      );
    })

    .openapi(sharedRoute, async (c) => {
      const { evidence, ...change } = c.req.valid('json');
      refuseIdentifiers('evidence', evidence);
      await deps.aliases.markShared(c.var.caller.tenant.id, change, {
        type: change.shared ? 'alias.shared' : 'alias.unshared',
        actor: actorOf(c),
        object: { kind: 'subject', id: '-' },
        payload: { evidence },
      });
      return c.body(null, 204);
    })

    .openapi(setRoute, async (c) => {
      const set = await deps.aliases.createSet(c.var.caller.tenant.id, c.req.valid('json').tokens);
      return c.json(set, 201);
    });
}

async function staffNames(
  { tenants }: Pick<ApiDeps, 'tenants'>,
  tenant: Parameters<ApiDeps['tenants']['keys']>[0],
  staff: 'masked' | 'named',
): Promise<(actor: string) => { actor: string; person: string | null }> {
  const keys = await tenants.keys(tenant);
  if (staff === 'named') {
    const holders = new Map(keys.map(({ id, person }) => [actorOfKey(id), person]));
    return (actor) => ({ actor, person: holders.get(actor) ?? null });
  }
  const roleOf = new Map(keys.map(({ id, role }) => [id, role]));
  return (actor) => ({ actor: maskedActor(actor, roleOf), person: null });
}

/** @throws VestigeError `not_found`, also for another tenant's person (ruling 34) */
export async function knownPerson(
  deps: Pick<ApiDeps, 'aliases'>,
  tenant: Parameters<ApiDeps['aliases']['canonical']>[0],
  subjectId: string,
): Promise<{ subjectId: string; members: string[] }> {
  const person = await deps.aliases.canonical(tenant, subjectId);
  if (!person) throw new VestigeError('not_found', 'nobody is known by this subject id; who was erased is not, either');
  return person;
}
