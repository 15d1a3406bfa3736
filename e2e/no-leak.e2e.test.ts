import { readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { approveRequest, findPerson, tasksOf, tokenOf, untilDone } from '@vestige/example-support-desk/demo/journey';
import { runApplication } from '@vestige/example-support-desk/demo/run-application';
import { startWorld, type World } from '@vestige/example-support-desk/demo/world';
import { MARA } from '@vestige/example-support-desk/people';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Call, send } from './src/harness/http.ts';
import { type LoggedChild, startLogged } from './src/no-leak/children.ts';
import { auditKept, clickHouseKept, filesKept, type Kept, postgresKept } from './src/no-leak/everything-kept.ts';
import { addFailingStores, FAILING, spoil } from './src/no-leak/failing-stores.ts';
import type { HostileArgument } from './src/no-leak/hostile-application.ts';
import { hostileApiCalls, hostileCollectorCalls } from './src/no-leak/hostile-calls.ts';
import { startRudeServer } from './src/no-leak/rude-server.ts';
import { leaksIn, SPELLINGS } from './src/no-leak/seeded-person.ts';

/**
 * A person's e-mail address and phone number are written into every hostile place of an application, of calls to the
 * collector and to the API, and of stores that fail. Afterwards everything that Vestige keeps or shows is searched.
 *
 * Where they live rightly, and what is therefore not searched: the customer's own stores, the outside companies, and the
 * package that is handed to the person. The identifiers of an open request are in Postgres under encryption; its tables
 * are searched like all others.
 */

const FAIL_MS = 40_000;

let world: World;
let rude: Awaited<ReturnType<typeof startRudeServer>>;
let worker: LoggedChild | undefined;
const exits: (number | null)[] = [];
const answers: Kept[] = [];
const telemetry: Kept[] = [];
let metrics: Kept;
let audit: Kept;
let control: Kept[];
let logs: Kept[];
let unsent: Kept[];

beforeAll(async () => {
  rude = await startRudeServer();
  world = await startWorld({ logLevel: 'trace' });
  const { stack } = world;
  await runApplication(world, () => {});

  // Before anything hostile, because that makes up stores which an answer would have to account for.
  const { subjectId } = await findPerson(world, MARA);
  worker = startWorker(world.workerFile);
  const access = await approveRequest(world, 'access', MARA);
  await Promise.race([untilDone(world, access.id, () => {}), died(worker)]);
  await worker.stop();

  await runHostileApplications();
  await askCollector();
  const workerFile = await addFailingStores(world, rude.url);
  worker = startWorker(workerFile);
  await Promise.race([untilLogged('worker started', 2), died(worker)]);
  await spoil(world);
  // Erasure removes her telemetry, so that it is read before as well as after.
  telemetry.push(...(await clickHouseKept(world)));
  const erasure = await approveRequest(world, 'erasure', MARA);
  const ids = { requestId: erasure.id, ...(await leaseHeldTask()) };
  await untilStoresFailed(erasure.id);
  for (const said of SPELLINGS) {
    await ask('the API', stack.apiUrl, stack.adminKey.reveal(), hostileApiCalls(said, ids));
  }

  // While the engine is away, the errors of its driver pass through everything that answers or logs.
  process.kill(stack.clickhouse?.pid ?? 0, 'SIGKILL');
  await Promise.all([
    ask('the API', stack.apiUrl, stack.adminKey.reveal(), [
      { method: 'GET', path: `/v1/subjects/${subjectId}/lineage` },
      { method: 'GET', path: '/readyz' },
    ]),
    // Spans wait in the collector's log meanwhile; what batch jobs say is told to come back, so it is asked first.
    askCollector(2, ({ path }) => path.startsWith('/api/v1/lineage')).then(() => askCollector(2)),
  ]);
  await untilReady();

  telemetry.push(...(await clickHouseKept(world)));
  metrics = { where: '/metrics', text: await (await fetch(`${stack.collectorUrl}/metrics`)).text() };
  audit = await auditKept(world);
  await worker.stop();
  await world.stop({ keepFolder: true });
  control = await postgresKept(stack.dataDir);
  logs = await filesKept(world.logs);
  unsent = await filesKept(path.join(world.folder, 'spool-unsent'));
}, 175_000);
afterAll(async () => {
  await worker?.stop();
  await world?.stop({ keepFolder: true });
  await rude?.stop();
  if (world) await rm(world.folder, { recursive: true, force: true, maxRetries: 3 });
});

/** An application that tells its telemetry everything, in three situations. */
async function runHostileApplications(): Promise<void> {
  const { endpoint, ingestKey, tenant, subjectKey, kid } = world.desk;
  const recipients = [FAILING.broken, FAILING.denying];
  const common = { endpoint, ingestKey, tenant, subjectKey, kid, rudeServer: rude.url, recipients };
  const at = (folder: string) => path.join(world.folder, folder);
  const situations: HostileArgument[] = [
    { ...common, how: 'well-configured', spoolDir: at('spool-hostile') },
    { ...common, how: 'well-configured', spoolDir: at('spool-unsent'), endpoint: 'http://127.0.0.1:9' },
    { ...common, how: 'misconfigured', spoolDir: at('spool-hostile') },
  ];
  for (const [n, argument] of situations.entries()) {
    const log = path.join(world.logs, `hostile-${n}.log`);
    exits.push(await startLogged(['e2e/src/no-leak/hostile-application.ts', JSON.stringify(argument)], log).exited);
  }
}

function startWorker(file: string): LoggedChild {
  const { stack, desk, workerKey, verifierKey, logs: folder } = world;
  return startLogged(
    ['--import', './e2e/src/no-leak/lead-hosts.ts', 'stack/src/main.ts', 'worker'],
    path.join(folder, 'worker.log'),
    {
      VESTIGE_API_URL: stack.apiUrl,
      VESTIGE_WORKER_FILE: file,
      VESTIGE_WORKER_KEY: workerKey,
      VESTIGE_VERIFIER_KEY: verifierKey,
      VESTIGE_WORKER_POLL_MS: '100',
      VESTIGE_LOG_LEVEL: 'debug',
      VESTIGE_SUBJECT_KEYS: JSON.stringify({ [desk.tenant]: [{ kid: desk.kid, key: desk.subjectKey }] }),
    },
  );
}

/** Never resolves; a worker that ends by itself has said why in its log. */
async function died(child: LoggedChild): Promise<never> {
  const code = await child.exited;
  const said = await readFile(path.join(world.logs, 'worker.log'), 'utf8');
  throw new Error(`the worker ended with ${code}: ${said.slice(-2_000)}`);
}

async function ask(whom: string, origin: string, key: string, calls: readonly Call[]): Promise<void> {
  for (const call of calls) {
    const answer = await send(origin, key, { ...call, headers: { 'vestige-purpose': 'test', ...call.headers } });
    const headers = JSON.stringify([...answer.headers]);
    answers.push({ where: `${whom}, ${answer.status}`, text: `${headers}\n${answer.text}` });
  }
}

/** @param spellings how many of them, from the first */
async function askCollector(spellings = SPELLINGS.length, isMeant = (_: Call) => true): Promise<void> {
  const token = tokenOf(world, 'email', MARA.email);
  for (const said of SPELLINGS.slice(0, spellings)) {
    const calls = hostileCollectorCalls(said, token).filter(isMeant);
    await ask('the collector', world.stack.collectorUrl, world.desk.ingestKey, calls);
  }
}

/** A lease on a task that no worker serves, for reports that say too much. */
async function leaseHeldTask(): Promise<{ taskId: string; fence: number }> {
  const call: Call = {
    method: 'POST',
    path: '/v1/tasks/claim',
    json: { stores: [FAILING.held], max: 1, leaseSeconds: 600, worker: 'test' },
  };
  for (const deadline = Date.now() + FAIL_MS; Date.now() < deadline; await sleep(100)) {
    const { json } = await send(world.stack.apiUrl, world.workerKey, call);
    if (json.tasks.length > 0) return { taskId: json.tasks[0].id, fence: json.tasks[0].fence };
  }
  throw new Error('there was no task to lease');
}

async function untilStoresFailed(requestId: string): Promise<void> {
  const waiting = new Set<string>([FAILING.refusing, FAILING.spoilt, FAILING.broken, FAILING.denying]);
  for (const deadline = Date.now() + FAIL_MS; waiting.size > 0; await sleep(200)) {
    const { items } = await tasksOf(world, requestId);
    for (const task of items) if (task.failure) waiting.delete(task.node);
    if (Date.now() > deadline) throw new Error(`no failure yet at ${[...waiting].join(', ')}`);
  }
}

async function untilLogged(text: string, times: number): Promise<void> {
  for (const deadline = Date.now() + FAIL_MS; Date.now() < deadline; await sleep(100)) {
    const found = await filesKept(world.logs);
    if (found.reduce((sum, file) => sum + file.text.split(text).length - 1, 0) >= times) return;
  }
  throw new Error(`no log says "${text}"`);
}

async function untilReady(): Promise<void> {
  for (const deadline = Date.now() + FAIL_MS; Date.now() < deadline; await sleep(200)) {
    if ((await fetch(`${world.stack.apiUrl}/readyz`)).ok) return;
  }
  throw new Error('ClickHouse did not come back');
}

/** One line per place and spelling: the first is enough to find the cause. */
const leaks = (kept: readonly Kept[]): string[] => [
  ...new Map(
    kept.flatMap(({ where, text }) =>
      leaksIn(text).map(({ spelling, around }) => [
        `${where}${around.slice(40, 80)}`,
        `${where}: ${spelling}: ${around}`,
      ]),
    ),
  ).values(),
];
const has = (kept: readonly Kept[], text: string) => kept.some((each) => each.text.includes(text));

describe('what was tried', () => {
  test('the search finds her where she rightly is: in the stores of the customer', async () => {
    const found = leaks(await filesKept(world.appData));
    expect(new Set(found.map((leak) => leak.split(': ')[1]))).toEqual(new Set(['e-mail', 'phone']));
  });

  test('the search finds her in disguise', () => {
    for (const text of [...SPELLINGS, '070-174 06 05']) {
      expect(leaksIn(text), text).not.toEqual([]);
      for (const shift of ['', 'x', 'xy']) {
        if (!/^(mara|\+467)/.test(text)) continue;
        expect(leaksIn(Buffer.from(`${shift}${text} and more`).toString('base64')), text).not.toEqual([]);
        expect(leaksIn(Buffer.from(`${shift}${text}`).toString('hex')), text).not.toEqual([]);
      }
    }
    expect(leaksIn('1467017406059 9701740605a 46.70.1740')).toEqual([]);
  });

  test('the hostile applications lived through it', () => expect(exits).toEqual([0, 0, 0]));

  test('calls were answered in every way, and some while ClickHouse was away', () => {
    const statuses = new Set(answers.map(({ where }) => where));
    for (const status of [200, 400, 401, 404, 415, 503]) expect(statuses).toContain(`the collector, ${status}`);
    for (const status of [200, 400, 401, 404, 415, 503]) expect(statuses).toContain(`the API, ${status}`);
    expect([...statuses].filter((where) => where.endsWith(', 500'))).toEqual([]);
  });
});

describe('her e-mail address and her phone number', () => {
  test('are in no row of ClickHouse, whose spans are those of the hostile places', () => {
    expect(leaks(telemetry)).toEqual([]);
    for (const trace of ['seeded', 'direct', 'library of', 'bad_span_id', 'report for']) {
      expect(has(telemetry, trace), trace).toBe(true);
    }
  });

  test('are in no answer of the collector and of the API', () => expect(leaks(answers)).toEqual([]));

  test('are in no log of Vestige, its worker and the applications', () => {
    expect(leaks(logs)).toEqual([]);
    for (const line of ['"call"', 'task failed', '"problems"', 'refused']) expect(has(logs, line), line).toBe(true);
  });

  test('are in no metric', () => {
    expect(leaks([metrics])).toEqual([]);
    expect(metrics.text).toContain('vestige_collector_scrubbed_total');
  });

  test('are in no audit entry', () => {
    expect(leaks([audit])).toEqual([]);
    expect(audit.text).toContain('request.');
  });

  test('are in no table of Postgres, where open requests keep identifiers under encryption', () => {
    expect(leaks(control)).toEqual([]);
    expect(has(control, FAILING.held)).toBe(true);
  });

  test('are in no file of the data folder', async () =>
    expect(leaks(await filesKept(world.stack.dataDir))).toEqual([]));

  test('are in no spool, neither of what was sent nor of what could not be', async () => {
    expect(leaks(unsent)).toEqual([]);
    expect(has(unsent, 'seeded')).toBe(true);
    const sent = [
      ...(await filesKept(world.desk.spoolDir)),
      ...(await filesKept(path.join(world.folder, 'spool-hostile'))),
    ];
    expect(leaks(sent)).toEqual([]);
  });
});
