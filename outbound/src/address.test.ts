import fc from 'fast-check';
import { expect, test } from 'vitest';
import { classOfAddress } from './address.ts';

test.each([
  ['8.8.8.8', 'public'],
  ['2606:4700:4700::1111', 'public'],
  ['10.1.2.3', 'private'],
  ['127.0.0.1', 'private'],
  ['172.31.255.255', 'private'],
  ['172.32.0.1', 'public'],
  ['192.168.0.1', 'private'],
  ['100.64.0.1', 'private'],
  ['::1', 'private'],
  ['fd12::1', 'private'],
  ['0.0.0.0', 'forbidden'],
  ['169.254.169.254', 'forbidden'],
  ['100.100.100.200', 'forbidden'],
  ['fd00:ec2::254', 'forbidden'],
  ['fe80::1', 'forbidden'],
  ['fe80::1%eth0', 'forbidden'],
  ['224.0.0.1', 'forbidden'],
  ['255.255.255.255', 'forbidden'],
  ['::', 'forbidden'],
  ['::ffff:8.8.8.8', 'forbidden'],
  ['::ffff:169.254.169.254', 'forbidden'],
  ['::ffff:a9fe:a9fe', 'forbidden'],
  ['::7f00:1', 'forbidden'],
  ['64:ff9b::a9fe:a9fe', 'forbidden'],
  ['2002:a9fe:a9fe::1', 'forbidden'],
  ['2001:0:1::1', 'forbidden'],
  ['2001:db8::1', 'forbidden'],
  ['ff02::1', 'forbidden'],
  ['example.com', 'forbidden'],
  ['0x7f.1', 'forbidden'],
  ['', 'forbidden'],
])('%s is %s', (address, expected) => expect(classOfAddress(address)).toBe(expected));

test('no IPv4 address becomes public by being written as IPv6', () => {
  fc.assert(
    fc.property(fc.ipV4(), fc.constantFrom('::ffff:', '::', '64:ff9b::'), (address, prefix) => {
      expect(classOfAddress(prefix + address)).not.toBe('public');
    }),
  );
});
