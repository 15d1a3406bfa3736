import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createClient } from '@libsql/client';
import { normalise } from '@vestige/core/identity/normalise';
import { recordRef, subjectToken } from '@vestige/core/identity/token';
import { type RunningStack, startAllInOne } from '@vestige/stack/all-in-one';
import { readUpConfig } from '@vestige/stack/config';
import { expect } from 'vitest';
import { type Answer, type Call, send } from '../harness/http.ts';

/**
 * A small company on the real stack: a customer table and a message table in SQLite, an agent whose spans say that it
 * wrote there and told a mail provider, and the worker that answers requests about its customers.
 */
export interface Desk {
  readonly stack: RunningStack;
  readonly nodes: { readonly customers: string; readonly messages: string; readonly segments: string };
  /** With the key that may do everything, and a purpose. */
  call(call: Call): Promise<Answer>;
  /** Rows and spans about these people, who all appear in one conversation. */
  serve(people: readonly Customer[]): Promise<void>;
  /** Files a request about one of them, approves its plan and waits for its end. */
  answered(type: 'access' | 'portability' | 'erasure', customer: Customer): Promise<string>;
  /** The same without waiting. */
  filed(type: 'access' | 'portability' | 'erasure', customer: Customer): Promise<string>;
  until(id: string, done: (request: { state: string; attention: string | null }) => boolean): Promise<void>;
  close(): Promise<void>;
}

export interface Customer {
  readonly id: string;
  readonly email: string;
  readonly name: string;
  readonly note: string;
  /** What they wrote, in a message that the next customer received. */
  readonly message: string;
}

const DONE_MS = 60_000;

export const tokenOf = ({ stack }: Pick<Desk, 'stack'>, { email }: Customer): string =>
  subjectToken(stack.subjectKey, 'email', normalise('email', email));

export async function openDesk(): Promise<Desk> {
  const folder = await mkdtemp(path.join(tmpdir(), 'vestige-desk-'));
  const file = path.join(folder, 'desk.db');
  const node = (table: string) => `store:sqlite:desk.db/main.${table}`;
  const nodes = { customers: node('customers'), messages: node('messages'), segments: node('segments') };
  const sqlite = createClient({ url: `file:${file}` });
  await sqlite.executeMultiple(`
    CREATE TABLE customers (id TEXT PRIMARY KEY, email TEXT, name TEXT, note TEXT, manager TEXT);
    CREATE TABLE messages (id INTEGER PRIMARY KEY, customer_id TEXT, "from" TEXT, "to" TEXT, body TEXT);
    CREATE TABLE segments (customer_id TEXT, segment TEXT, score REAL);`);
  const workerFile = path.join(folder, 'worker.json');
  const via = { column: 'customer_id', table: 'customers', references: 'id' };
  await writeFile(
    workerFile,
    JSON.stringify({
      stores: [
        {
          connector: 'sqlite',
          file,
          tables: [
            { table: 'customers', node: nodes.customers, identifiers: { email: 'email' }, recordKey: 'id' },
            { table: 'messages', node: nodes.messages, via },
            { table: 'segments', node: nodes.segments, via },
          ],
        },
      ],
    }),
  );
  const stack = await startAllInOne(
    readUpConfig({
      VESTIGE_DATA_DIR: path.join(folder, 'data'),
      VESTIGE_COLLECTOR_PORT: '0',
      VESTIGE_API_PORT: '0',
      VESTIGE_COLLECTOR_ACK: 'store',
      VESTIGE_WORKER_FILE: workerFile,
    }),
  );
  const admin = stack.adminKey.reveal();
  const call = (given: Call) =>
    send(stack.apiUrl, admin, { ...given, headers: { 'vestige-purpose': 'test of packages', ...given.headers } });
  const must = async (given: Call) => {
    const answer = await call(given);
    expect(answer.status, `${given.method} ${given.path}: ${answer.text.slice(0, 500)}`).toBeLessThan(300);
    return answer.json;
  };
  await must({
    method: 'PUT',
    path: '/v1/request-policy',
    json: { singleKeyApproval: true, timeZone: 'Europe/Paris', holidays: null, packageDays: 30 },
  });
  for (const [id, title, retentionDays] of [
    [nodes.customers, 'Customer list', 730],
    [nodes.messages, 'Messages to support', 365],
    [nodes.segments, 'Marketing segments', null],
  ]) {
    const store = { id, title, partyId: null, connector: 'sqlite', retentionDays, backupRetentionDays: 35 };
    await must({ method: 'PUT', path: '/v1/stores', json: { ...store, identifierTypes: ['email'] } });
  }

  const filed: Desk['filed'] = async (type, { email }) => {
    const { id } = await must({
      method: 'POST',
      path: '/v1/requests',
      json: { type, receivedAt: new Date().toISOString(), identifiers: [{ type: 'email', value: email }] },
    });
    const identity = { result: 'verified', method: 'account_login', assurance: 'high' };
    await must({ method: 'POST', path: `/v1/requests/${id}/identity`, json: identity });
    await must({ method: 'POST', path: `/v1/requests/${id}/plan` });
    const { hash } = await must({ method: 'GET', path: `/v1/requests/${id}/plan` });
    await must({ method: 'POST', path: `/v1/requests/${id}/approve`, json: { planHash: hash } });
    return id;
  };
  const until: Desk['until'] = async (id, done) => {
    const deadline = Date.now() + DONE_MS;
    for (;;) {
      const request = await must({ method: 'GET', path: `/v1/requests/${id}` });
      if (done(request)) return;
      if (Date.now() > deadline) throw new Error(`still ${request.state}, ${request.attention}`);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  };
  return {
    stack,
    nodes,
    call,
    filed,
    until,
    async serve(people) {
      for (const [index, { id, email, name, note, message }] of people.entries()) {
        const next = people[(index + 1) % people.length]?.email ?? email;
        await sqlite.batch([
          { sql: 'INSERT INTO customers VALUES (?, ?, ?, ?, ?)', args: [id, email, name, note, 'Ines Brandt'] },
          {
            sql: 'INSERT INTO messages (customer_id, "from", "to", body) VALUES (?, ?, ?, ?)',
            args: [id, email, next, `${message}\nPlease copy ${next}.`],
          },
          { sql: 'INSERT INTO segments VALUES (?, ?, ?)', args: [id, 'likely to leave', 0.83] },
        ]);
      }
      await sendConversation(stack, nodes, people);
    },
    async answered(type, customer) {
      const id = await filed(type, customer);
      await until(id, ({ state }) => state.startsWith('completed'));
      return id;
    },
    async close() {
      await stack.stop();
      sqlite.close();
      await rm(folder, { recursive: true, force: true, maxRetries: 3 });
    },
  };
}

/** One trace in which an agent worked with all of them: each span names all, as a conversation between people does. */
async function sendConversation(stack: RunningStack, nodes: Desk['nodes'], people: readonly Customer[]): Promise<void> {
  const { subjectKey, collectorUrl, adminKey } = stack;
  const text = (key: string, value: string) => ({ key, value: { stringValue: value } });
  const texts = (key: string, values: readonly string[]) => ({
    key,
    value: { arrayValue: { values: values.map((stringValue) => ({ stringValue })) } },
  });
  const startMs = Date.now() - 60_000;
  const traceId = randomBytes(16).toString('hex');
  const tokens = people.map((person) => tokenOf({ stack }, person));
  const span = (name: string, tokensOf: readonly string[], attributes: object[], parentSpanId?: string) => ({
    traceId,
    spanId: randomBytes(8).toString('hex'),
    ...(parentSpanId === undefined ? {} : { parentSpanId }),
    name,
    kind: parentSpanId === undefined ? 2 : 3,
    startTimeUnixNano: String(BigInt(startMs) * 1_000_000n),
    endTimeUnixNano: String(BigInt(startMs + 20) * 1_000_000n),
    attributes: [
      texts('vestige.subject.tokens', tokensOf),
      text('vestige.subject.attribution', 'declared'),
      text('vestige.purpose', 'essential.service.operations.support'),
      texts('vestige.data.categories', ['user.contact.email', 'user.content.private']),
      ...attributes,
    ],
  });
  const agent = span('invoke_agent triage', tokens, [
    text('gen_ai.operation.name', 'invoke_agent'),
    text('gen_ai.agent.name', 'triage'),
  ]);
  const flow = (action: string, peer: string) => [text('vestige.flow.action', action), text('vestige.flow.peer', peer)];
  const spans = [
    agent,
    span('chat', tokens, flow('share', 'recipient:api.mail-provider.example'), agent.spanId),
    ...people.flatMap((person, index) => {
      const own = tokens.slice(index, index + 1);
      const ref = texts('vestige.record.refs', [recordRef(subjectKey, nodes.customers, person.id)]);
      return [
        span('write customers', own, [...flow('write', nodes.customers), ref], agent.spanId),
        span('write messages', own, flow('write', nodes.messages), agent.spanId),
        span('write segments', own, flow('write', nodes.segments), agent.spanId),
      ];
    }),
  ];
  const resource = { attributes: [text('service.namespace', 'desk'), text('service.name', 'support')] };
  const sent = await send(collectorUrl, adminKey.reveal(), {
    method: 'POST',
    path: '/v1/traces',
    json: { resourceSpans: [{ resource, scopeSpans: [{ scope: { name: 'desk' }, spans }] }] },
  });
  expect([sent.status, sent.text]).toEqual([200, expect.not.stringContaining('rejected')]);
}

/** What the company declares: the parties behind its nodes, and its notice. */
export async function declare(desk: Desk): Promise<void> {
  const put = async (path: string, json: unknown) => {
    const answer = await desk.call({ method: 'PUT', path, json });
    expect(answer.status, `${path}: ${answer.text.slice(0, 500)}`).toBe(200);
  };
  await put('/v1/parties', {
    id: 'mail-provider',
    legalName: 'Mail Provider Inc.',
    role: 'processor',
    country: 'US',
    transferMechanism: 'eu-gdpr:A46-2-c',
    contact: 'privacy team, 1 Main Street, Springfield',
    hosts: ['mail-provider.example'],
  });
  const field = (name: string, title: string, more = {}) => ({ name, title, ...more });
  await put('/v1/privacy-notice', {
    controller: {
      legalName: 'Northwind Traders SAS',
      contact: '12 rue des Lilas, 75011 Paris',
      country: 'FR',
      dataProtectionOfficer: 'the office of the data protection officer, same address',
    },
    authority: { name: 'CNIL, 3 place de Fontenoy, 75007 Paris', url: 'https://www.cnil.fr/fr/plaintes' },
    purposes: [
      {
        dataUse: 'essential.service.operations.support',
        title: 'Answering your questions',
        legalBasis: 'eu-gdpr:A6-1-b',
      },
    ],
    stores: [
      {
        store: desk.nodes.customers,
        legalBasis: 'eu-gdpr:A6-1-b',
        provenance: 'provided',
        fields: [
          field('id', 'Customer number'),
          field('email', 'E-mail address', { category: 'user.contact.email', identifies: 'email' }),
          field('name', 'Name', { category: 'user.name' }),
          field('note', 'Your remark'),
          field('manager', 'Account manager', { thirdParty: true }),
        ],
      },
      {
        store: desk.nodes.messages,
        legalBasis: 'eu-gdpr:A6-1-b',
        provenance: 'provided',
        fields: [
          field('from', 'From', { identifies: 'email' }),
          field('to', 'To', { identifies: 'email' }),
          field('body', 'Text', { category: 'user.content.private' }),
        ],
      },
      {
        store: desk.nodes.segments,
        legalBasis: 'eu-gdpr:A6-1-f',
        provenance: 'inferred',
        retentionCriteria: 'Until you object, at most while you are a customer.',
      },
    ],
    automatedDecisions: [
      {
        name: 'Priority of your message',
        nodes: ['agent:desk/support/triage'],
        logic: 'A model reads the message and sorts it into one of three queues.',
        significance: 'Decides how soon a person answers.',
        consequences: 'A message taken for advertising may wait for two days.',
      },
    ],
  });
}
