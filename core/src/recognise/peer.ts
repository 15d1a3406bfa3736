import { serviceNode } from '../node/actor.ts';
import { isIp } from '../node/host.ts';
import { UNKNOWN } from '../node/kind.ts';
import { part } from '../node/part.ts';
import { recipientNode } from '../node/recipient.ts';
import type { SpanView } from './span-view.ts';

/**
 * Who answers an HTTP or RPC call: a service of the tenant, or an outside party (ruling 22). An inside host that is no
 * known service stands for itself; the closure replaces it by the service whose SERVER span lies under the call.
 * Nothing known at all is `recipient:-`: an unknown party must show up, not vanish.
 */
export function calledParty(span: SpanView): { peer: string; recipientHost: string } {
  const logical = span.text('service.peer.name', 'peer.service');
  const { inside } = span.context;
  if (logical !== '') {
    const known = inside.serviceOf(logical.toLowerCase());
    if (known !== null) return { peer: serviceNode(known), recipientHost: '' };
    if (span.host === '') {
      const name = part(logical, span.log.onMask);
      return { peer: recipientNode(name === UNKNOWN ? '' : name.toLowerCase()), recipientHost: '' };
    }
  }
  const { host, port } = span;
  if (host === '') return { peer: recipientNode(''), recipientHost: '' };
  if (!inside.has(host)) return { peer: recipientNode(host), recipientHost: host };
  const service = inside.serviceOf(host);
  // Where the service answers with a span of its own, the closure takes the call for what it is, and the host for ours.
  const doubtful = inside.isOnlyNamed(host) ? host : '';
  if (service !== null) return { peer: serviceNode(service), recipientHost: doubtful };
  // Several services share a loopback or private address; their port tells them apart.
  const shared = isIp(host) || host === 'localhost';
  const address = host.includes(':') ? `[${host}]` : host;
  return { peer: serviceNode(shared && port > 0 ? `${address}:${port}` : address), recipientHost: '' };
}
