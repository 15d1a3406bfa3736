import { getDomain } from 'tldts';
import { isIp } from './host.ts';
import { nodeId } from './kind.ts';

/**
 * An outside party by its registrable domain, so that `api.eu.example.com` and `example.com` are one (ruling 22). A
 * public IP stays an address: it is unresolved, not inside. Private suffixes count (`x.github.io` is a party of its own).
 */
export function recipientNode(host: string): string {
  if (host === '') return nodeId('recipient', '');
  if (isIp(host)) return nodeId('recipient', host);
  return nodeId('recipient', getDomain(host, { allowPrivateDomains: true }) ?? host);
}
