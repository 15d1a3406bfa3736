import { createRoute, z } from '@hono/zod-openapi';
import { VestigeError } from '@vestige/core/errors';
import { RequestId, SubjectId } from '@vestige/core/ids';
import type { AuditEntry as AuditEntryOf } from '@vestige/store/audit/audit-store';
import { HIDDEN_ID, PERSON_KIND } from '@vestige/store/audit/entry-bytes';
import type { ApiDeps } from '../deps.ts';
import { auditRead } from '../http/audited.ts';
import { Instant, PurposeHeader } from '../http/fields.ts';
import { decodeCursor, encodeCursor, PageQuery, pageOf } from '../http/page.ts';
import { problems } from '../http/problem.ts';
import { newRouter, secured } from '../http/router.ts';

const AuditEntry = z
  .object({
    index: z.int(),
    at: Instant,
    type: z.string(),
    actor: z.string(),
    object: z.object({ kind: z.string(), id: z.string() }),
    requestId: z.string().nullable(),
    purpose: z.string().nullable(),
    commitment: z.string().openapi({ description: '`sha256:` over nonce and canonical payload' }),
    payload: z.record(z.string(), z.unknown()).nullable().openapi({ description: 'Null once erased' }),
    redactedBy: z.int().nullable().openapi({ description: 'The entry by whose leave the payload was erased' }),
  })
  .openapi('AuditEntry');

const entriesRoute = createRoute({
  method: 'get',
  path: '/v1/audit/entries',
  tags: ['audit'],
  summary: 'Who did what to this system',
  description:
    'By index, oldest first; a page once read stays as it was, except for payloads that were erased since. With ' +
    '`order=newest` the other way, where `type` and `actor` narrow it; a page of that may be empty and still not the last. A question ' +
    'about one person (`subjectId`) is a look at that person: it needs a purpose and becomes an entry itself. In any other ' +
    'answer people are `-`.',
  ...secured('audit:read'),
  request: {
    headers: PurposeHeader,
    query: PageQuery.extend({
      subjectId: SubjectId.optional(),
      requestId: RequestId.optional(),
      order: z.enum(['oldest', 'newest']).default('oldest'),
      type: z
        .string()
        .regex(/^[a-z_]{1,40}\.[a-z_]{0,60}$/)
        .optional()
        .openapi({ description: 'A type, or how it begins, such as `request.`; with `order=newest`' }),
      actor: z
        .string()
        .regex(/^[a-z]+:[A-Za-z0-9._:-]{1,100}$/)
        .optional()
        .openapi({ description: 'Who did it, such as `key:…`; with `order=newest`' }),
    }),
  },
  responses: {
    200: { description: 'One page', content: { 'application/json': { schema: pageOf(AuditEntry) } } },
    ...problems,
  },
});

export function auditRoutes(deps: ApiDeps) {
  return newRouter().openapi(entriesRoute, async (c) => {
    const { limit, cursor, subjectId, requestId, order, type, actor } = c.req.valid('query');
    const tenant = c.var.caller.tenant.id;
    if (order === 'newest') {
      if (subjectId !== undefined) throw new VestigeError('bad_request', 'what is about a person is read oldest first');
      const { entries, before } = await deps.audit.latest(tenant, {
        beforeIndex: decodeCursor(cursor, z.int().min(0)),
        limit,
        ...(type === undefined ? {} : { type }),
        ...(actor === undefined ? {} : { actor }),
        ...(requestId === undefined ? {} : { requestId }),
      });
      const nextCursor = before === null ? null : encodeCursor(before);
      return c.json({ items: entries.map(withoutPerson), nextCursor }, 200);
    }
    if (type !== undefined || actor !== undefined) {
      throw new VestigeError('bad_request', '`type` and `actor` are asked for with `order=newest`');
    }
    const afterIndex = decodeCursor(cursor, z.int().min(-1)) ?? -1;
    if (subjectId !== undefined) {
      await auditRead(c, deps.audit, { type: 'subject.audit_read', subjectId });
    }
    const entries = await deps.audit.entries(tenant, {
      afterIndex,
      limit,
      ...(subjectId === undefined ? {} : { subjectIds: await membersOf(deps, tenant, subjectId) }),
      ...(requestId === undefined ? {} : { requestId }),
    });
    const last = entries.length === limit ? entries.at(-1) : undefined;
    return c.json(
      {
        items: entries.map((entry) => (subjectId === undefined ? withoutPerson(entry) : shown(entry))),
        nextCursor: last ? encodeCursor(last.index) : null,
      },
      200,
    );
  });
}

const shown = (entry: AuditEntryOf) => ({
  ...entry,
  object: { ...entry.object },
  payload: entry.payload && { ...entry.payload },
});

/** Nobody asked about a person here, no purpose was given, and the look would be in nobody's views: so nobody is named. */
function withoutPerson(entry: AuditEntryOf): ReturnType<typeof shown> {
  const { otherSubjectId: _, ...payload } = entry.payload ?? {};
  return {
    ...entry,
    object: entry.object.kind === PERSON_KIND ? { kind: PERSON_KIND, id: HIDDEN_ID } : { ...entry.object },
    payload: entry.payload && payload,
  };
}

/** A forgotten person has no members any more, but entries may still name the id until their payloads are erased. */
async function membersOf(
  deps: ApiDeps,
  tenant: Parameters<ApiDeps['aliases']['canonical']>[0],
  subjectId: string,
): Promise<readonly string[]> {
  return (await deps.aliases.canonical(tenant, subjectId))?.members ?? [subjectId];
}
