import { createRoute, z } from '@hono/zod-openapi';
import { VestigeError } from '@vestige/core/errors';
import { RequestId } from '@vestige/core/ids';
import {
  OPEN_POINT_REASONS,
  type OpenPointReason,
  SIGN_OFF_CODES,
  SignOffBody,
} from '@vestige/core/package/open-points';
import { givesCopy } from '@vestige/core/request/request-type';
import type { Context } from 'hono';
import type { ApiDeps } from '../../deps.ts';
import { actorOf } from '../../http/audited.ts';
import type { ApiEnv } from '../../http/env.ts';
import { Instant, PurposeHeader } from '../../http/fields.ts';
import { problems } from '../../http/problem.ts';
import { newRouter, purposeOf, refuseIdentifiers, secured } from '../../http/router.ts';
import { refuseRestricted } from '../../subjects/refuse-restricted.ts';
import { type ReadLineage, readPersonLineage } from '../person-lineage.ts';
import { newLink } from './link-secret.ts';
import { isComplete, openPointsOf, readPackageFacts } from './package-facts.ts';
import { streamOf } from './stream-of.ts';

const params = z.object({ id: RequestId });
const json = <Schema extends z.ZodType>(schema: Schema) => ({ 'application/json': { schema } });
const tags = ['proof'];
const LINK_DAYS_MAX = 30;
const DAY_MS = 86_400_000;

const Review = z
  .object({
    complete: z.boolean().openapi({ description: 'Nothing is open, and every place has answered' }),
    openPoints: z.array(
      z.object({
        what: z.string().openapi({ description: 'A node id, or `lineage`' }),
        reason: z.enum(Object.keys(OPEN_POINT_REASONS) as [OpenPointReason, ...OpenPointReason[]]),
        text: z.string(),
        signedOff: z.object({ code: z.string(), basis: z.string(), by: z.string(), at: Instant }).nullable(),
      }),
    ),
    sealed: z
      .object({ sha256: z.string(), bytes: z.int(), sealedAt: Instant, expiresAt: Instant, downloads: z.int() })
      .nullable(),
  })
  .openapi('PackageReview');

const packageRoute = createRoute({
  method: 'get',
  path: '/v1/requests/{id}/package',
  tags,
  summary: 'The sealed copy for the person, as a ZIP',
  description: 'Every download is audited with its purpose before the first byte. Gone once it has expired.',
  ...secured('requests:export'),
  request: { params, headers: PurposeHeader },
  responses: { 200: { description: 'ZIP', content: { 'application/zip': { schema: z.string() } } }, ...problems },
});
const reviewRoute = createRoute({
  method: 'get',
  path: '/v1/requests/{id}/package/review',
  tags,
  summary: 'What keeps the copy from being sealed',
  description:
    'Recipients that are a host and nobody’s name (CJEU C-154/21), and whatever makes the answer incomplete. Put it right, ' +
    'or let a second person sign it off.',
  ...secured('requests:read'),
  request: { params },
  responses: { 200: { description: 'As it stands now', content: json(Review) }, ...problems },
});
const signOffRoute = createRoute({
  method: 'post',
  path: '/v1/requests/{id}/package/sign-off',
  tags,
  summary: 'Let the copy go out with one point open; by another person than filed the request',
  description: `Codes: ${Object.entries(SIGN_OFF_CODES)
    .map(([code, text]) => `\`${code}\` ${text}`)
    .join(' ')} The person reads the code and its words.`,
  ...secured('requests:approve'),
  request: { params, body: { required: true, content: json(SignOffBody) } },
  responses: {
    200: {
      description: 'Signed',
      content: json(z.object({ what: z.string(), code: z.string(), basis: z.string(), by: z.string(), at: Instant })),
    },
    ...problems,
  },
});
const linkRoute = createRoute({
  method: 'post',
  path: '/v1/requests/{id}/package/link',
  tags,
  summary: 'An address under which the person fetches their copy, and the code they need there',
  description:
    'Send the two by different ways, such as mail and a message in the account: together they open the copy, alone neither ' +
    'does. Five wrong codes end the link. A new link replaces the old; only hashes of both are kept here.',
  ...secured('requests:export'),
  request: {
    params,
    headers: PurposeHeader,
    body: {
      required: true,
      content: json(
        z.strictObject({
          days: z.int().min(1).max(LINK_DAYS_MAX).default(7),
          downloadsMax: z.int().min(1).max(10).default(3),
        }),
      ),
    },
  },
  responses: {
    201: {
      description: 'Shown once',
      content: json(z.object({ path: z.string(), code: z.string(), expiresAt: Instant, downloadsMax: z.int() })),
    },
    ...problems,
  },
});

/** The copy of one person: what it waits for, the copy itself for whoever answers, and the link for the person. */
export function packageRoutes(deps: ApiDeps, readLineage: ReadLineage = readPersonLineage) {
  const byOf = (c: Context<ApiEnv>) => ({ actor: actorOf(c), now: deps.now() });
  /** Of the current plan. @throws VestigeError `not_found`, also for another tenant's request */
  const factsOf = async (c: Context<ApiEnv>) => {
    const { id } = c.req.valid('param' as never) as { id: string };
    const { tenant } = c.var.caller;
    const request = await deps.requests.request(tenant.id, id);
    if (request === null || !givesCopy(request.type)) throw new VestigeError('not_found', 'no such copy');
    const info = await deps.packages.info(tenant.id, id);
    const tasks = await deps.requests.tasks(tenant.id, id);
    const facts = await readPackageFacts({ deps, tenant, readLineage }, request, tasks);
    return { facts, sealed: info?.planVersion === request.planVersion ? info : null };
  };

  return newRouter()
    .openapi(packageRoute, async (c) => {
      const { id } = c.req.valid('param');
      const purpose = purposeOf(c);
      // The person’s own link is not asked: it is them who use their data.
      const subjectId = await deps.packages.personOf(c.var.caller.tenant.id, id);
      if (subjectId !== null) await refuseRestricted(c, deps, [subjectId]);
      const opened = await deps.packages.download(c.var.caller.tenant.id, id, purpose, byOf(c));
      if (opened === null) throw new VestigeError('not_found', 'no such package, or it has expired');
      const { info, content } = opened;
      return c.body(streamOf(content), 200, {
        'content-type': 'application/zip',
        'content-length': String(info.bytes),
        'content-disposition': `attachment; filename="request-${id}.zip"`,
        'vestige-package-sha256': info.sha256,
        'vestige-package-complete': String(info.complete),
        expires: info.expiresAt.toUTCString(),
      });
    })
    .openapi(reviewRoute, async (c) => {
      const { facts, sealed } = await factsOf(c);
      const signed = new Map(facts.signOffs.map((each) => [each.what, each]));
      // A sealed answer is what it was; the person may be forgotten since.
      const points = sealed ? [] : openPointsOf(facts);
      return c.json(
        {
          complete: sealed ? sealed.complete : isComplete(facts),
          openPoints: points.map(({ what, reason }) => {
            const { code, basis, by, at } = signed.get(what) ?? {};
            const signedOff = code && basis && by && at ? { code, basis, by, at: at.toISOString() } : null;
            return { what, reason, text: OPEN_POINT_REASONS[reason], signedOff };
          }),
          sealed: sealed
            ? {
                sha256: sealed.sha256,
                bytes: sealed.bytes,
                sealedAt: sealed.sealedAt.toISOString(),
                expiresAt: sealed.expiresAt.toISOString(),
                downloads: sealed.downloads,
              }
            : null,
        },
        200,
      );
    })
    .openapi(signOffRoute, async (c) => {
      const given = c.req.valid('json');
      refuseIdentifiers('basis', given.basis);
      const { id } = c.req.valid('param');
      const { facts, sealed } = await factsOf(c);
      // Nobody signs in advance, or what was put right in the meantime.
      if (sealed !== null || !openPointsOf(facts).some(({ what }) => what === given.what)) {
        throw new VestigeError('conflict', 'this point is not open');
      }
      const signed = await deps.packages.signOff(c.var.caller.tenant.id, id, given, byOf(c));
      return c.json({ ...signed, at: signed.at.toISOString() }, 200);
    })
    .openapi(linkRoute, async (c) => {
      const { id } = c.req.valid('param');
      const { days, downloadsMax } = c.req.valid('json');
      const by = byOf(c);
      purposeOf(c);
      const { tenant } = c.var.caller;
      const { path, code, ...hashes } = newLink(tenant.id);
      const link = { ...hashes, downloadsMax, expiresAt: new Date(by.now.getTime() + days * DAY_MS) };
      const stored = await deps.packages.putLink(tenant.id, id, link, by);
      if (stored === null) throw new VestigeError('not_found', 'no such package, or it has expired');
      return c.json({ path, code, expiresAt: stored.expiresAt.toISOString(), downloadsMax }, 201);
    });
}
