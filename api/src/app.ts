import type { OpenAPIHono } from '@hono/zod-openapi';
import { isVestigeError, VestigeError } from '@vestige/core/errors';
import { type ProcessorCertificates, processorCertificates } from '@vestige/outbound/processor-certificate';
import { secureHeaders } from 'hono/secure-headers';
import { pino } from 'pino';
import { auditLogRoutes } from './audit/log-routes.ts';
import { auditRoutes } from './audit/routes.ts';
import { serveConsole } from './console/serve-console.ts';
import type { ApiDeps } from './deps.ts';
import { authenticate } from './http/authenticate.ts';
import { callContext, describeError } from './http/call-context.ts';
import { docsRoutes } from './http/docs.ts';
import type { ApiEnv } from './http/env.ts';
import { GrowingSlots } from './http/growing-slots.ts';
import { healthRoutes } from './http/health.ts';
import { CREATING_PATHS, idempotent } from './http/idempotent.ts';
import { limitBodies, limitTime } from './http/limits.ts';
import { openApiDocument, refuseOpenRoutes } from './http/openapi.ts';
import { problemResponse } from './http/problem.ts';
import { newRouter } from './http/router.ts';
import { ingestHealthRoutes } from './ingest-health/routes.ts';
import { keyRoutes } from './keys/routes.ts';
import { exposurePeopleRoutes } from './lineage/exposure-people-routes.ts';
import { exposureRoutes } from './lineage/exposure-routes.ts';
import { installationRoutes } from './lineage/installation-routes.ts';
import { lineageRoutes } from './lineage/routes.ts';
import { metricsRoute } from './monitoring/metrics-route.ts';
import { authenticateController } from './opendsr/authenticate.ts';
import { delegationRoutes, processorCallbackRoutes } from './opendsr/delegation-routes.ts';
import type { OpendsrIdentity } from './opendsr/identity.ts';
import { opendsrRoutes } from './opendsr/routes.ts';
import { opendsrSettingsRoutes } from './opendsr/settings-routes.ts';
import { recipientRoutes } from './recipients/routes.ts';
import { findingRoutes } from './registry/finding-routes.ts';
import { noticeRoutes } from './registry/notice-routes.ts';
import { retentionRoutes } from './registry/retention-routes.ts';
import { registryRoutes } from './registry/routes.ts';
import { exemptionRoutes } from './requests/exemption-routes.ts';
import { holdRoutes } from './requests/hold-routes.ts';
import { identityProofRoutes } from './requests/identity-proof-routes.ts';
import { nextRoutes } from './requests/next-routes.ts';
import { linkPages } from './requests/package/link-pages.ts';
import { packageRoutes } from './requests/package/package-routes.ts';
import { policyRoutes } from './requests/policy-routes.ts';
import { proofRoutes } from './requests/proof-routes.ts';
import { requestRoutes } from './requests/request-routes.ts';
import { GUARDED_PATHS, restrictionGuard } from './requests/restriction-guard.ts';
import { restrictionRoutes } from './requests/restriction-routes.ts';
import { taskRoutes } from './requests/task-routes.ts';
import { waitingRoutes } from './requests/waiting-routes.ts';
import { workRoutes } from './requests/work-routes.ts';
import { sessionRoutes } from './session/routes.ts';
import { signedIn } from './session/signed-in.ts';
import { subjectRoutes } from './subjects/routes.ts';

/** Longer than any single statement may run, shorter than a load balancer waits. */
const CALL_TIMEOUT_MS = 45_000;

/**
 * The whole HTTP API, on stores that are handed in. Routes stand in the order of the flow: who, what happened, the
 * request about it, its deletion jobs; then what a company declares, and who may call.
 *
 * @param opendsr who this server is towards OpenDSR controllers; null answers none
 * @param certificates of processors that call back
 * @throws VestigeError `misconfigured` when a route was mounted without a scope
 */
export function createApp(
  deps: ApiDeps,
  opendsr: OpendsrIdentity | null = null,
  certificates: ProcessorCertificates = processorCertificates({}, deps.now),
): OpenAPIHono<ApiEnv> {
  const app = newRouter();
  const slots = new GrowingSlots();
  app.use(callContext(deps.log ?? pino({ enabled: false })));
  // Before the headers below: their pages have policies of their own.
  app.route('/', docsRoutes());
  app.route('/', linkPages(deps));
  app.use(serveConsole(deps.consoleFiles));
  app.use(secureHeaders({ contentSecurityPolicy: { defaultSrc: ["'none'"], frameAncestors: ["'none'"] } }));
  app.use(limitTime(CALL_TIMEOUT_MS));
  app.use(limitBodies());

  app.route('/', healthRoutes(deps));
  app.route('/', metricsRoute(deps, slots));

  app.route('/', processorCallbackRoutes(deps, certificates));
  if (opendsr !== null) {
    for (const path of ['/opendsr/v1/*', '/opendsr/v2/*']) {
      app.use(path, noStore, authenticateController(deps.tenants, opendsr));
    }
    app.route('/', opendsrRoutes(deps, opendsr));
  }

  app.route('/', sessionRoutes(deps));
  app.use('/v1/*', noStore, signedIn(deps), authenticate(deps.tenants));
  for (const path of CREATING_PATHS) app.use(path, idempotent(deps.idempotency));

  for (const path of GUARDED_PATHS) app.use(path, restrictionGuard(deps));

  app.route('/', subjectRoutes(deps));
  app.route('/', lineageRoutes(deps, slots));
  app.route('/', installationRoutes(deps));
  app.route('/', exposureRoutes(deps, slots));
  app.route('/', exposurePeopleRoutes(deps, slots));
  app.route('/', ingestHealthRoutes(deps));
  app.route('/', requestRoutes(deps));
  app.route('/', nextRoutes(deps));
  app.route('/', identityProofRoutes(deps));
  app.route('/', exemptionRoutes(deps));
  app.route('/', waitingRoutes(deps));
  app.route('/', taskRoutes(deps));
  app.route('/', recipientRoutes(deps));
  app.route('/', opendsrSettingsRoutes(deps));
  app.route('/', delegationRoutes(deps));
  app.route('/', packageRoutes(deps));
  app.route('/', proofRoutes(deps));
  app.route('/', policyRoutes(deps));
  app.route('/', workRoutes(deps));
  app.route('/', holdRoutes(deps));
  app.route('/', restrictionRoutes(deps));
  app.route('/', registryRoutes(deps));
  app.route('/', noticeRoutes(deps));
  app.route('/', findingRoutes(deps));
  app.route('/', retentionRoutes(deps));
  app.route('/', keyRoutes(deps));
  app.route('/', auditRoutes(deps));
  app.route('/', auditLogRoutes(deps));

  refuseOpenRoutes(app);
  const document = openApiDocument(app);
  app.get('/openapi.json', (c) => c.json(document));

  app.notFound((c) => problemResponse(new VestigeError('not_found', 'no such address'), c.var.callId));
  app.onError((error, c) => {
    const response = problemResponse(error, c.var.callId);
    if (response.status >= 500) c.var.log.error(describeError(error), 'failed');
    else if (isVestigeError(error)) c.var.log.debug(describeError(error), 'refused');
    return response;
  });
  return app;
}

/** Answers tell of people: no cache between here and the caller keeps them. */
const noStore: Parameters<OpenAPIHono<ApiEnv>['use']>[1] = async (c, next) => {
  await next();
  c.header('cache-control', 'no-store');
};
