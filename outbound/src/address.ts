import { BlockList, isIP, isIPv4 } from 'node:net';

/**
 * Which addresses of the internet a call may go to when somebody else named the host.
 *
 * Public means: assigned for use between strangers. Everything the IANA special-purpose registries keep back (RFC 6890
 * and its updates) is not, and neither is an IPv6 address that carries an IPv4 address inside: whether the network
 * would unwrap it is not known here.
 */
export type AddressClass = 'public' | 'private' | 'forbidden';

const list = (nets: readonly (readonly [string, number])[]): BlockList => {
  const blocks = new BlockList();
  for (const [net, prefix] of nets) blocks.addSubnet(net, prefix, isIPv4(net) ? 'ipv4' : 'ipv6');
  return blocks;
};

/** Reachable only inside somebody's network. An operator may open one by name. */
const PRIVATE_4 = list([
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['172.16.0.0', 12],
  ['192.168.0.0', 16],
]);
const PRIVATE_6 = list([
  ['::1', 128],
  ['fc00::', 7],
]);

/**
 * Never a partner, whoever asks: this host's own network, link-local (where cloud metadata answers), protocol
 * assignments, documentation, benchmarking, multicast, reserved.
 */
const FORBIDDEN_4 = list([
  ['0.0.0.0', 8],
  ['169.254.0.0', 16],
  // Metadata services outside link-local: Alibaba and Oracle Cloud.
  ['100.100.100.200', 32],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
]);
/** Metadata of Amazon lies inside a private range. */
const FORBIDDEN_6 = list([['fd00:ec2::', 32]]);
const GLOBAL_6 = list([['2000::', 3]]);
/** Inside the global range, and still not for us: Teredo, ORCHID, documentation, 6to4, segment routing. */
const SPECIAL_6 = list([
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['3fff::', 20],
  ['5f00::', 16],
]);

/** @param address as a resolver gives it; a zone (`%eth0`) makes it forbidden */
export function classOfAddress(address: string): AddressClass {
  switch (isIP(address)) {
    case 4:
      if (FORBIDDEN_4.check(address, 'ipv4')) return 'forbidden';
      return PRIVATE_4.check(address, 'ipv4') ? 'private' : 'public';
    case 6:
      return classOf6(address);
    default:
      return 'forbidden';
  }
}

function classOf6(address: string): AddressClass {
  // `::ffff:10.0.0.1` would be compared with the IPv4 rules; as an address of its own it is refused before that.
  if (address.includes('%') || FORBIDDEN_6.check(address, 'ipv6')) return 'forbidden';
  if (PRIVATE_6.check(address, 'ipv6')) return 'private';
  return GLOBAL_6.check(address, 'ipv6') && !SPECIAL_6.check(address, 'ipv6') ? 'public' : 'forbidden';
}
