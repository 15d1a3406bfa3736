import { createPublicKey } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isValid, verifyCertificate } from '@vestige/core/certificate/verify';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Children, until } from './src/crash/children.ts';
import { Customers } from './src/crash/customers.ts';
import { dice } from './src/crash/dice.ts';
import {
  approvedErasure,
  auditOf,
  type Desk,
  openDesk,
  registerStore,
  requestOf,
  tasksOf,
  untilCompleted,
} from './src/crash/erasure.ts';
import { RawSender, type RawSpan } from './src/crash/raw-spans.ts';
import { VestigeProcess } from './src/crash/vestige-process.ts';
import { sqliteStore, startWorker } from './src/crash/worker-process.ts';

const CRM = 'store:sqlite:/crm.db/main.customers';
const ROWS = 5;
const REQUESTS = 4;
/** A kill in the middle of a look leaves its requests leased for a minute: the rest of the run is for them to end. */
const KILLING_MS = 60_000;
const SEED = 20_260_717;

let folder: string;
let children: Children;
let customers: Customers;

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'vestige-repeat-'));
  children = new Children();
  customers = new Customers(path.join(folder, 'crm.db'));
});
afterEach(async () => {
  await children.endAll();
  customers.close();
  await rm(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 });
});

/** Where a request stands, in one line. */
async function standing(desk: Desk, id: string): Promise<string> {
  const [request, tasks] = await Promise.all([requestOf(desk, id), tasksOf(desk, id)]);
  const each = tasks.map(({ node, state, leasedTo }) => `${node} ${state}${leasedTo ? ' leased' : ''}`);
  return [request.state, ...each.sort()].join(', ');
}

test(`whatever step of an erasure Vestige is killed in, it ends in the same state with one certificate (seed ${SEED})`, async () => {
  const chance = dice(SEED);
  const vestige = await VestigeProcess.on(path.join(folder, 'vestige'), children, dice(process.pid));
  await vestige.start();
  const desk = await openDesk(vestige.apiUrl, vestige.adminKey);
  await registerStore(desk, CRM, 'sqlite');
  const { key } = await desk.admin.post<{ key: string }>('/v1/api-keys', { name: 'application', scopes: ['ingest'] });
  const raw = new RawSender(vestige.collectorUrl, key, vestige.subjectKey);
  const people: RawSpan[] = [];
  for (let person = 0; person < REQUESTS; person++) {
    const span = await raw.sendUntilAcknowledged();
    people.push(span);
    customers.add(span.email, ROWS);
  }
  const bystander = await raw.sendUntilAcknowledged();
  customers.add(bystander.email, ROWS);
  await vestige.untilStored();
  await startWorker(children, { folder, apiUrl: vestige.apiUrl, desk }, 'worker', [sqliteStore(customers.file, CRM)]);
  const ids = await Promise.all(people.map(({ email }) => approvedErasure(desk, email)));

  const seen = new Set<string>();
  const killedIn: string[] = [];
  const ended = (standings: readonly string[]) => standings.every((each) => each.startsWith('completed'));
  const stopKillingMs = performance.now() + KILLING_MS;
  while (performance.now() < stopKillingMs) {
    const fresh = await until(
      'a request moves on',
      async () => {
        const standings = await Promise.all(ids.map((id) => standing(desk, id))).catch(() => []);
        if (standings.length > 0 && ended(standings)) return 'all ended';
        return standings.find((each) => !seen.has(each) && !each.startsWith('completed'));
      },
      { timeoutMs: 100_000, everyMs: 25 },
    );
    if (fresh === 'all ended') break;
    seen.add(fresh);
    await sleep(chance.between(0, 40));
    await vestige.kill9();
    killedIn.push(fresh);
    await vestige.start();
  }
  for (const id of ids) await untilCompleted(desk, id);
  process.stdout.write(`killed in:\n  ${killedIn.join('\n  ')}\n`);

  expect(killedIn.length).toBeGreaterThan(2);
  const { publicKey } = await desk.officer.get<{ publicKey: string }>('/v1/certificates/public-key');
  for (const [i, id] of ids.entries()) {
    const bytes = await desk.officer.bytes(`/v1/requests/${id}/certificate`);
    expect(isValid(verifyCertificate(bytes, createPublicKey(publicKey)))).toBe(true);
    const audit = await auditOf(desk, id);
    for (const type of ['request.approve', 'request.start', 'request.finish_execution', 'request.complete']) {
      expect(
        audit.filter((entry) => entry.startsWith(`${type} `)),
        type,
      ).toHaveLength(1);
    }
    for (const task of await tasksOf(desk, id)) {
      expect(task.state, task.node).toMatch(/^(verified|no_data_found)$/);
      expect(task.counts?.residual, task.node).toBe(0);
      for (const once of ['task.execute', 'task.verify_gone']) {
        expect(audit.filter((entry) => entry === `${once} ${task.id}`).length, `${once} ${task.node}`).toBeLessThan(2);
      }
    }
    const person = people[i];
    if (!person) throw new Error('every request has a person');
    expect(customers.count(person.email)).toBe(0);
    const known = await desk.officer.post('/v1/subjects/resolve', { tokens: [person.token] });
    expect(known).toMatchObject({ subjectId: null });
  }
  expect(customers.count(bystander.email)).toBe(ROWS);
  type Found = { subjectId: string | null };
  const { subjectId } = await desk.officer.post<Found>('/v1/subjects/resolve', { tokens: [bystander.token] });
  expect(await desk.officer.get(`/v1/subjects/${subjectId}`)).toMatchObject({ spans: 1 });
});
