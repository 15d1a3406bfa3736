import path from 'node:path';
import { announceConformance } from '@vestige/connectors/announce-conformance';
import { changeConformance } from '@vestige/connectors/change-conformance';
import { connectorsFromFile } from '@vestige/connectors/config';
import { conformance, JANE, JOHN, jobFor } from '@vestige/connectors/conformance';
import { afterEach, describe, expect, test, vi } from 'vitest';
import helpdesk from './helpdesk.ts';
import { startHelpdesk, type Ticket } from './testing/helpdesk-server.ts';

const NODE = 'store:helpdesk:tickets';
const ticket = (id: string, email: string): [string, Ticket] => [
  id,
  { id, email, customer: 'A. Customer', subject: `lamp ${id}`, frozen: false },
];

async function desk(keys: object = {}, ignoresFilter = false) {
  const tickets = new Map([ticket('1', JANE), ticket('2', 'Jane@Example.com'), ticket('3', JOHN), ticket('4', JOHN)]);
  const server = await startHelpdesk(tickets, ignoresFilter);
  const config = { node: NODE, baseUrl: server.baseUrl, agentKey: 'agent-key', auditorKey: 'auditor-key', ...keys };
  return { tickets, server, connector: helpdesk.create(helpdesk.config.parse(config)) };
}

describe('the promises of every connector', () => {
  const open = async () => {
    const { tickets, server, connector } = await desk();
    return {
      connector,
      node: NODE,
      everything: async () => [...tickets.values()].map((each) => JSON.stringify(each)),
      addJane: async () => void tickets.set(...ticket('9', JANE)),
      bytesHold: async () => null,
      cleanUp: server.stop,
    };
  };
  const right = { type: 'user.name', value: 'Jane Roe' };
  const checks = [...conformance(open), ...announceConformance(open), ...changeConformance(open, right)];
  for (const { name, run } of checks) test(name, run);
});

test.each([false, true])(
  'her tickets go from all pages, also when the search ignores its filter: %s',
  async (ignores) => {
    const { tickets, server, connector } = await desk({}, ignores);
    for (let n = 10; n < 20; n++) tickets.set(...ticket(String(n), 'JANE@example.com'));
    expect(await connector.erase(jobFor(NODE, JANE))).toMatchObject({ found: 12, erased: 12 });
    expect([...tickets.keys()]).toEqual(['3', '4']);
    await server.stop();
  },
);

test('a ticket that two spellings of an address lead to is one ticket', async () => {
  const { tickets, server, connector } = await desk();
  tickets.set(...ticket('5', 'jané@example.com'));
  const job = jobFor(NODE, 'jané@example.com');
  expect(await connector.search(job)).toBe(1);
  expect(await connector.erase(job)).toMatchObject({ found: 1, erased: 1 });
  await server.stop();
});

test('a key that may not delete stops the worker at start', async () => {
  const { server, connector } = await desk({ agentKey: 'auditor-key' });
  await expect(connector.check()).rejects.toMatchObject({ class: 'permanent', code: 'permission_denied' });
  await expect(connector.erase(jobFor(NODE, JANE))).rejects.toMatchObject({ code: 'permission_denied' });
  await server.stop();
});

afterEach(() => vi.unstubAllEnvs());
test('a worker file names it by its path', async () => {
  const { server } = await desk();
  vi.stubEnv('HELPDESK_URL', server.baseUrl);
  vi.stubEnv('HELPDESK_AGENT_KEY', 'agent-key');
  vi.stubEnv('HELPDESK_AUDITOR_KEY', 'auditor-key');
  const [connector] = await connectorsFromFile(path.resolve(import.meta.dirname, '../worker.yaml'));
  await connector?.check();
  expect(await connector?.verify(jobFor(NODE, JOHN))).toBe(2);
  await server.stop();
});
