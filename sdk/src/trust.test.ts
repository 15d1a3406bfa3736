import { describe, expect, test } from 'vitest';
import { hostPatternFault, trustDestinations, trustHosts } from './trust.ts';

describe('hosts', () => {
  const trusted = trustHosts(['api.internal', '*.svc.cluster.local', '127.0.0.1', '::1']);

  test.each(['api.internal', 'API.Internal.', 'a.b.svc.cluster.local', '127.0.0.1', '[::1]'])('%s is ours', (host) => {
    expect(trusted(host)).toBe(true);
  });

  test.each([
    '',
    '.',
    'api.internal.attacker.example',
    'evil-api.internal',
    'svc.cluster.local',
    '.svc.cluster.local',
    'svc.cluster.local.attacker.example',
    '127.0.0.10',
    'api.openai.com',
  ])('%j is not', (host) => {
    expect(trusted(host)).toBe(false);
  });

  test.each(['*', '*.com', '*.', 'api*', 'a.*.b', 'http://api.internal'])('the pattern %j is refused', (pattern) => {
    expect(hostPatternFault(pattern)).not.toBeNull();
  });

  test.each(['localhost', '*.svc.cluster.local', '*.internal.example.com', '10.0.0.1'])(
    'the pattern %j is taken',
    (pattern) => {
      expect(hostPatternFault(pattern)).toBeNull();
    },
  );
});

test('destinations are exact or begin with a pattern, and keep their case', () => {
  const trusted = trustDestinations(['orders', 'support.*']);
  expect(['orders', 'support.tickets', 'support.'].every(trusted)).toBe(true);
  expect(['Orders', 'orders2', 'support', ''].some(trusted)).toBe(false);
});
