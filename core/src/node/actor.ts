import type { OnMask } from '../scrub/mask.ts';
import { nodeId, UNKNOWN } from './kind.ts';
import { part } from './part.ts';

/** Names of everything that acts rather than rests (rulings 17, 18, 21). All parts are masked and bounded. */

/** `{service.namespace}/{service.name}`, or the name alone when no namespace is set. Without the `service:` prefix. */
export function serviceName(namespace: string | undefined, name: string | undefined, onMask?: OnMask): string {
  const space = part(namespace, onMask);
  const own = part(name, onMask);
  return space === UNKNOWN ? own : `${space}/${own}`;
}

/** @param service from {@link serviceName} */
export function serviceNode(service: string): string {
  return nodeId('service', service);
}

/** People, or foreign systems, entering at this service. */
export function clientNode(service: string): string {
  return nodeId('client', service);
}

/** @param scope `{service}` in which it runs; for a hosted agent its provider or host */
export function agentNode(scope: string, name: string | undefined, onMask?: OnMask): string {
  return nodeId('agent', `${part(scope, onMask)}/${part(name, onMask)}`);
}

export function workflowNode(service: string, name: string | undefined, onMask?: OnMask): string {
  return nodeId('workflow', `${service}/${part(name, onMask)}`);
}

export function toolNode(service: string, name: string | undefined, onMask?: OnMask): string {
  return nodeId('tool', `${service}/${part(name, onMask)}`);
}

/** @param scope `{service}` for memory of our own, the provider's name for hosted memory */
export function memoryNode(scope: string, storeId: string | undefined, onMask?: OnMask): string {
  return nodeId('memory', `${part(scope, onMask)}/${part(storeId, onMask)}`);
}

/** @param host from `cleanHost`, '' when unknown (stdio) */
export function mcpServerNode(host: string, serverName: string | undefined, onMask?: OnMask): string {
  return nodeId('mcp_server', host === '' ? part(serverName, onMask) : host);
}

/** OpenLineage job: `job:{namespace}/{name}`. */
export function jobNode(namespace: string, name: string, onMask?: OnMask): string {
  return nodeId('job', `${part(namespace, onMask)}/${part(name, onMask)}`);
}

/**
 * @param provider from `providerName`
 * @param host from `cleanHost`, '' when unknown
 */
export function modelNode(provider: string, model: string | undefined, host: string, onMask?: OnMask): string {
  const name = `${part(provider, onMask)}/${part(model, onMask)}`;
  return nodeId('model', host === '' ? name : `${name}@${host}`);
}
