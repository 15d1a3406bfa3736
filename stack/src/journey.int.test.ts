import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { subjectToken } from '@vestige/core/identity/token';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type RunningStack, startAllInOne } from './all-in-one.ts';
import { readUpConfig } from './config.ts';

/** More than a dozen processes one after another, on a machine that others use, too. */
const JOURNEY_MS_MAX = 180_000;
const NODE = 'store:sqlite:crm/people';
let folder: string;
let stack: RunningStack;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vestige-journey-'));
  const crm = new DatabaseSync(join(folder, 'crm.db'));
  crm.exec(`CREATE TABLE people (id INTEGER PRIMARY KEY, email TEXT);
    INSERT INTO people (email) VALUES ('ada@example.com'), ('grace@example.com');`);
  crm.close();
  const store = {
    connector: 'sqlite',
    file: 'crm.db',
    tables: [{ table: 'people', node: NODE, identifiers: { email: 'email' }, recordKey: 'id' }],
  };
  await writeFile(join(folder, 'worker.yaml'), JSON.stringify({ stores: [store] }));
  stack = await startAllInOne(
    readUpConfig({
      VESTIGE_DATA_DIR: join(folder, 'data'),
      VESTIGE_API_PORT: '0',
      VESTIGE_COLLECTOR_PORT: '0',
      VESTIGE_WORKER_FILE: join(folder, 'worker.yaml'),
    }),
  );
});
afterAll(async () => {
  await stack.stop();
  await rm(folder, { recursive: true, force: true, maxRetries: 3 });
});

/** The command line, as an operator uses it beside a running `vestige up`. */
async function vestige<T>(args: readonly string[], key?: string): Promise<T> {
  const env = {
    PATH: process.env['PATH'],
    VESTIGE_DATA_DIR: stack.dataDir,
    VESTIGE_API_URL: stack.apiUrl,
    ...(key !== undefined && { VESTIGE_API_KEY: key }),
  };
  const main = join(import.meta.dirname, 'main.ts');
  const { stdout } = await promisify(execFile)(process.execPath, [main, ...args, '--json'], { env });
  return JSON.parse(stdout) as T;
}

async function callApi<T>(method: string, path: string, body: object): Promise<T> {
  const response = await fetch(`${stack.apiUrl}${path}`, {
    method,
    headers: { authorization: `Bearer ${stack.adminKey.reveal()}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  expect(response.ok, await response.clone().text()).toBe(true);
  return (await response.json()) as T;
}

async function sendSpan(token: string): Promise<void> {
  const startMs = Date.now() - 1_000;
  const attribute = (key: string, value: object) => ({ key, value });
  const span = {
    traceId: '5b8efff798038103d269b633813fc60c',
    spanId: 'eee19b7ec3c1b174',
    name: 'crm read',
    kind: 3,
    startTimeUnixNano: `${startMs}000000`,
    endTimeUnixNano: `${startMs + 5}000000`,
    attributes: [
      attribute('vestige.subject.tokens', { arrayValue: { values: [{ stringValue: token }] } }),
      attribute('vestige.subject.attribution', { stringValue: 'declared' }),
      attribute('vestige.flow.action', { stringValue: 'read' }),
      attribute('vestige.flow.peer', { stringValue: NODE }),
    ],
  };
  const resource = { attributes: [attribute('service.name', { stringValue: 'desk' })] };
  const response = await fetch(`${stack.collectorUrl}/v1/traces`, {
    method: 'POST',
    headers: { authorization: `Bearer ${stack.adminKey.reveal()}`, 'content-type': 'application/json' },
    body: JSON.stringify({ resourceSpans: [{ resource, scopeSpans: [{ scope: { name: 'test' }, spans: [span] }] }] }),
  });
  expect(await response.json()).toEqual({});
}

test(
  'an operator takes a person from span to a certificate that holds offline, with the command line alone',
  async () => {
    const { tokens } = await vestige<{ tokens: string[] }>(['token', 'email', 'Ada@Example.com']);
    expect(tokens).toEqual([subjectToken(stack.subjectKey, 'email', 'ada@example.com')]);
    await sendSpan(tokens[0] ?? '');
    await callApi('PUT', '/v1/stores', { id: NODE, title: 'CRM', connector: 'sqlite', identifierTypes: ['email'] });

    const lineage = await vestige<{ residency: { store: string; state: string }[] }>([
      'lineage',
      'ada@example.com',
      '--purpose',
      'dsr-erasure',
    ]);
    expect(lineage.residency).toMatchObject([{ store: NODE, state: 'held' }]);

    const { id } = await vestige<{ id: string }>(['request', 'create', 'erasure', 'ada@example.com']);
    await vestige(['request', 'verify-identity', id, '--method', 'account_login', '--assurance', 'high']);
    // The workflow plans by itself, a moment after it knows who asks.
    const plan = await eventually(() =>
      vestige<{ hash: string; targets: { node: string }[] }>(['request', 'plan', id]),
    );
    expect(plan.targets.map(({ node }) => node)).toContain(NODE);
    const approver = await vestige<{ id: string; key: string }>([
      'key',
      'create',
      'approver',
      '--role',
      'approver',
      '--person',
      'colleague',
    ]);
    await vestige(['request', 'approve', id, '--plan-hash', plan.hash], approver.key);
    const ended = await vestige<{ state: string; progress: object }>(['request', 'wait', id, '--timeout', '60']);
    expect(ended.state).toBe('completed');

    await vestige(['key', 'revoke', approver.id]);
    await expect(vestige(['request', 'list'], approver.key)).rejects.toMatchObject({ code: 3 });

    const certificate = join(folder, 'certificate.json');
    const issuer = join(folder, 'issuer.pem');
    await vestige(['request', 'certificate', id, '--out', certificate, '--key-out', issuer]);
    expect(await vestige(['audit', 'verify', certificate, '--key', issuer])).toMatchObject({ valid: true });

    const [bundle, keys] = [join(folder, 'audit.tar'), join(folder, 'audit.vkeys')];
    await vestige(['audit', 'bundle', '--out', bundle, '--keys-out', keys]);
    expect(await vestige(['audit', 'verify', bundle, '--keys', keys, '--key', issuer])).toMatchObject({
      verdict: 'holds',
      findings: [],
      checked: { requests: 1, certificates: 1, heartbeats: 1 },
    });

    const crm = new DatabaseSync(join(folder, 'crm.db'), { readOnly: true });
    expect(crm.prepare('SELECT email FROM people').all()).toEqual([{ email: 'grace@example.com' }]);
    crm.close();
    await expect(vestige(['lineage', 'ada@example.com', '--purpose', 'check'])).rejects.toMatchObject({ code: 4 });
  },
  JOURNEY_MS_MAX,
);

/** The first answer that is none of an error, within about half a minute. */
async function eventually<T>(ask: () => Promise<T>): Promise<T> {
  for (let tries = 0; ; tries++) {
    try {
      return await ask();
    } catch (error) {
      if (tries >= 60) throw error;
      await sleep(500);
    }
  }
}
