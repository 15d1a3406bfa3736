import { createRoute, z } from '@hono/zod-openapi';
import type { ApiDeps } from '../deps.ts';
import { actorOf } from '../http/audited.ts';
import { problems } from '../http/problem.ts';
import { newRouter, secured } from '../http/router.ts';

const Settings = z
  .strictObject({
    hashedIdentities: z.boolean().openapi({
      description: 'Take md5, sha1 and sha256 of identifiers. They can be reversed, and find only what is held hashed',
    }),
    controllerIdentifies: z.boolean().openapi({
      description: 'A controller’s request needs no identity step here: the controller has identified the person',
    }),
    callbackHosts: z
      .array(z.string().regex(/^(\*\.)?[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/))
      .max(100)
      .openapi({ description: 'Hosts that callbacks may go to; `*.example.com` for everything below a name' }),
  })
  .openapi('OpendsrSettings');

const content = { 'application/json': { schema: Settings } };
const getRoute = createRoute({
  method: 'get',
  path: '/v1/opendsr-settings',
  tags: ['opendsr'],
  summary: 'What controllers that speak OpenDSR may do',
  ...secured('governance:read'),
  responses: { 200: { description: 'As set, or as it comes', content }, ...problems },
});
const putRoute = createRoute({
  method: 'put',
  path: '/v1/opendsr-settings',
  tags: ['opendsr'],
  summary: 'Change what controllers that speak OpenDSR may do',
  ...secured('governance:write'),
  request: { body: { required: true, content } },
  responses: { 200: { description: 'As set', content }, ...problems },
});

export function opendsrSettingsRoutes(deps: ApiDeps) {
  const plain = (settings: Awaited<ReturnType<ApiDeps['opendsr']['settings']>>) => ({
    ...settings,
    callbackHosts: [...settings.callbackHosts],
  });
  return newRouter()
    .openapi(getRoute, async (c) => c.json(plain(await deps.opendsr.settings(c.var.caller.tenant.id)), 200))
    .openapi(putRoute, async (c) => {
      const settings = c.req.valid('json');
      await deps.opendsr.putSettings(c.var.caller.tenant.id, settings, {
        type: 'policy.put',
        actor: actorOf(c),
        object: { kind: 'policy', id: 'opendsr' },
        payload: { ...settings },
      });
      return c.json(settings, 200);
    });
}
