import { type Attributes, wireAttributes } from './attributes.ts';
import type { WireAttribute, WireScope } from './otlp-schema.ts';

export const SERVICES = ['gateway', 'support-agent', 'crm-tools', 'billing', 'mailer'] as const;
export type Service = (typeof SERVICES)[number];
export const INSTANCES_PER_SERVICE = 3;

/** The instrumentation that made a span, as JavaScript packages name themselves. */
export const SCOPES = {
  http: { name: '@opentelemetry/instrumentation-http', version: '0.301.0' },
  undici: { name: '@opentelemetry/instrumentation-undici', version: '0.34.0' },
  pg: { name: '@opentelemetry/instrumentation-pg', version: '0.76.0' },
  redis: { name: '@opentelemetry/instrumentation-redis', version: '0.72.0' },
  kafka: { name: '@opentelemetry/instrumentation-kafkajs', version: '0.33.0' },
  aws: { name: '@opentelemetry/instrumentation-aws-sdk', version: '0.79.0' },
  genai: { name: 'gen_ai', version: '7.0.173' },
  own: { name: 'support-desk', version: '3.2.0' },
} as const satisfies Record<string, WireScope>;
export type ScopeName = keyof typeof SCOPES;

/** What a container in a cluster says about itself: the same for every span of one process. */
export function resourceOf(service: Service, instance: number): WireAttribute[] {
  const pod = `${service}-6f9c7d5b4-${'abcde'.repeat(2).slice(instance, instance + 5)}`;
  const attributes: Attributes = {
    'service.name': service,
    'service.namespace': 'desk',
    'service.version': '3.2.0',
    'service.instance.id': `5e0c1d4e-0000-4000-8000-${String(SERVICES.indexOf(service) * 100 + instance).padStart(12, '0')}`,
    'deployment.environment.name': 'production',
    'vestige.convention.version': '1.0',
    'telemetry.sdk.name': 'opentelemetry',
    'telemetry.sdk.language': 'nodejs',
    'telemetry.sdk.version': '3.1.1',
    'process.pid': 1,
    'process.runtime.name': 'nodejs',
    'process.runtime.version': '26.10.0',
    'host.name': pod,
    'k8s.pod.name': pod,
    'k8s.namespace.name': 'desk',
    'cloud.region': 'eu-central-1',
  };
  return wireAttributes(attributes);
}
