import { HttpInstrumentation } from '@opentelemetry/instrumentation-http';
import { UndiciInstrumentation } from '@opentelemetry/instrumentation-undici';
import { startVestige, type VestigeHandle } from '@vestige/sdk';
import type { DeskConfig } from './config.ts';
import { NODES, SERVICE_NAMESPACE } from './nodes.ts';

/** The five lines a service adds: who it is, where spans go, and which hosts may be told whose data is handled. */
export function startTelemetry(config: DeskConfig, serviceName: string): VestigeHandle {
  return startVestige({
    serviceName,
    serviceNamespace: SERVICE_NAMESPACE,
    tenant: config.tenant,
    endpoint: config.endpoint,
    apiKey: config.ingestKey,
    subjectKey: config.subjectKey,
    kid: config.kid,
    spoolDir: config.spoolDir,
    // The billing service is ours; the model and the mail company are not.
    trustedHosts: ['127.0.0.1'],
    trustedDestinations: ['follow_ups', NODES.followUps],
    instrumentations: [new UndiciInstrumentation(), new HttpInstrumentation()],
  });
}
