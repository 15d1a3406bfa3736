import { Hono } from 'hono';
import { expect, test } from 'vitest';
import { callerAddress } from './caller-address.ts';

const app = new Hono().get('/', (c) => c.text(callerAddress(c)));

async function addressOf(peer: string | undefined, forwarded?: string): Promise<string> {
  const headers = forwarded === undefined ? {} : { 'x-forwarded-for': forwarded };
  const answer = await app.request('/', { headers }, { incoming: { socket: { remoteAddress: peer } } });
  return answer.text();
}

test.each([
  ['a peer speaks for itself', '203.0.113.7', undefined, '203.0.113.7'],
  ['a peer of the open internet cannot say it is somebody else', '203.0.113.7', '198.51.100.1', '203.0.113.7'],
  ['a load balancer says whom it speaks for', '10.0.0.4', '198.51.100.1', '198.51.100.1'],
  ['what the caller put before that is not believed', '::ffff:10.0.0.4', '192.0.2.9, 198.51.100.1', '198.51.100.1'],
  ['a load balancer that says nonsense is counted itself', '127.0.0.1', 'unknown', '127.0.0.1'],
  ['a household of IPv6 addresses is one', '2001:db8:1:2:3:4:5:6', undefined, '2001:db8:1:2'],
  ['and so is its shortened spelling', '2001:db8:1:2::9', undefined, '2001:db8:1:2'],
  ['zeros at the front of the address are zeros', '::1', '2001:db8::1', '2001:db8:0:0'],
  ['no peer at all is one more address', undefined, undefined, 'unknown'],
])('%s', async (_what, peer, forwarded, address) => {
  expect(await addressOf(peer, forwarded)).toBe(address);
});

test('one peer has as many addresses as it has networks, however they are spelled', async () => {
  expect(new Set([await addressOf('2001:DB8:0:0::1'), await addressOf('2001:db8::ffff')]).size).toBe(1);
});
