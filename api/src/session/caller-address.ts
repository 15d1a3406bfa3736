import { BlockList, isIP } from 'node:net';
import type { Context } from 'hono';

/** Where load balancers stand: loopback and the networks that no one reaches from outside (RFC 1918, RFC 4193). */
const OWN_NETWORKS = new BlockList();
OWN_NETWORKS.addSubnet('127.0.0.0', 8);
OWN_NETWORKS.addSubnet('10.0.0.0', 8);
OWN_NETWORKS.addSubnet('172.16.0.0', 12);
OWN_NETWORKS.addSubnet('192.168.0.0', 16);
OWN_NETWORKS.addAddress('::1', 'ipv6');
OWN_NETWORKS.addSubnet('fc00::', 7, 'ipv6');

/** What `@hono/node-server` hands over with each call. */
interface NodeBindings {
  readonly incoming?: { readonly socket?: { readonly remoteAddress?: string } };
}

/**
 * Whose attempt a call is: the peer, or whom the load balancer in front of us says it speaks for. Of `X-Forwarded-For`
 * only the last entry counts, which the load balancer added itself; what stands before it the caller may have made up.
 *
 * @returns an IPv4 address, the first 64 bits of an IPv6 one (a household has all of the rest), or `unknown`
 */
export function callerAddress(c: Context): string {
  const peer = plain((c.env as NodeBindings | undefined)?.incoming?.socket?.remoteAddress ?? '');
  const forwarded = plain(c.req.header('x-forwarded-for')?.split(',').at(-1)?.trim() ?? '');
  const isOurs = isIP(peer) !== 0 && OWN_NETWORKS.check(peer, isIP(peer) === 6 ? 'ipv6' : 'ipv4');
  return networkOf(isOurs && isIP(forwarded) !== 0 ? forwarded : peer);
}

/** IPv4 as sockets that speak both spell it. */
const plain = (address: string) => address.replace(/^::ffff:(?=\d+\.\d+\.\d+\.\d+$)/i, '');

function networkOf(address: string): string {
  if (isIP(address) !== 6) return isIP(address) === 4 ? address : 'unknown';
  const [head = '', tail] = address.split('::');
  const left = head === '' ? [] : head.split(':');
  const right = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = tail === undefined ? 0 : Math.max(0, 8 - left.length - right.length);
  const groups = [...left, ...Array<string>(zeros).fill('0'), ...right];
  return groups
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(':');
}
