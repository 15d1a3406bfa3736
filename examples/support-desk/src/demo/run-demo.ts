import { createPublicKey } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { connectorsFromFile } from '@vestige/connectors/config';
import { startWorker } from '@vestige/connectors/worker';
import { isValid, verifyCertificate } from '@vestige/core/certificate/verify';
import { createWorkerClient } from '@vestige/sdk/worker-client';
import { pino } from 'pino';
import { MARA } from '../people.ts';
import { type ByteHit, byteSearch } from './byte-search.ts';
import { expectedOf, HANDED_OVER } from './expected.ts';
import { approveRequest, findPerson, handedOver, lineageOf, tasksOf, tokenOf, untilDone } from './journey.ts';
import { sendLateSpans } from './late-span.ts';
import { rowsByPerson } from './others.ts';
import type { DemoReport } from './report.ts';
import { runApplication } from './run-application.ts';
import { startWorld, type World } from './world.ts';

/** What is not gone after a minute stays: a machine that does ten things at once needs most of it. */
const SETTLE_MS = 60_000;

/**
 * One whole story, and what it proved. The caller stops the world.
 *
 * @param interrupted resolves when somebody wants it to end before its end
 * @returns null when it was interrupted; nothing is left of it then
 */
export async function runDemo(
  progress: (text: string) => void,
  interrupted: Promise<unknown>,
): Promise<{ report: DemoReport; world: World } | null> {
  progress('booting Vestige, a model company and a mail company');
  const world = await startWorld();
  try {
    const report = await Promise.race([story(world, progress), interrupted.then(() => null)]);
    if (report !== null) return { report, world };
  } catch (error) {
    await world.stop({ keepFolder: true });
    progress(`it stopped here; logs and data are in ${world.folder}`);
    throw error;
  }
  await world.stop();
  return null;
}

async function story(world: World, progress: (text: string) => void): Promise<DemoReport> {
  const spans = await runApplication(world, progress);
  progress(`${spans.stored} of ${spans.sent} spans are stored`);

  const { subjectId, wasAmbiguous } = await findPerson(world, MARA);
  progress(`found ${wasAmbiguous ? 'two subjects and joined them to one' : 'one subject'}: ${subjectId}`);
  const answer = await lineageOf(world, subjectId);
  const expected = expectedOf(world.ledger.entries(), MARA.key);
  const found = answer.nodes.map((node) => node.id).sort();
  progress(`lineage: ${found.length} nodes, ${answer.edges.length} edges; ${answer.completeness.statement}`);
  const agents = await handedOver(world);
  const resident = new Set(answer.residency.map((place) => place.store));

  const worker = await startDemoWorker(world);
  world.endFirst(() => worker.stop());
  const access = await accessRequest(world, progress);
  const othersBefore = await rowsByPerson(world.appData);
  const erasedAfterMs = Date.now();
  const erasure = await erasureRequest(world, progress);

  const othersAfter = await rowsByPerson(world.appData);
  const token = tokenOf(world, 'email', MARA.email);
  const late = await sendLateSpans(world, token, erasedAfterMs - 60_000, 3);
  progress(`${late} of 3 late spans about her refused`);

  const needles = [MARA.email, MARA.phone, subjectId, ...erasure.memberIds];
  const hits = await searchUntilGone([world.appData, world.stack.dataDir, world.desk.spoolDir, world.logs], needles);
  for (const hit of hits.slice(0, 10)) progress(`still there: ${needleName(hit.what)} in ${hit.file}`);
  const outside = [...world.prompts(), ...world.contacts()].filter((text) => text.includes(MARA.email)).length;

  return {
    spans,
    lineage: {
      subject: subjectId,
      expected: expected.nodes,
      found,
      missing: expected.nodes.filter((node) => !found.includes(node)),
      unexpected: found.filter((node) => !expected.nodes.includes(node)),
    },
    residency: { expected: expected.residency, missing: expected.residency.filter((store) => !resident.has(store)) },
    agents: { expected: HANDED_OVER, found: agents },
    access,
    erasure: {
      tasks: erasure.tasks,
      verified: erasure.verified,
      residual: erasure.residual + outside,
      telemetryBytesFound: hits.length,
      othersUntouched: sameForOthers(othersBefore, othersAfter),
    },
    certificate: { verifiedOffline: erasure.verifiedOffline },
    resurrection: { lateSpansSuppressed: late },
  };
}

async function startDemoWorker(world: World) {
  const keys = [world.stack.subjectKey];
  const log = pino({ level: 'info' }, pino.destination({ dest: path.join(world.logs, 'worker.log'), sync: true }));
  const client = (apiKey: string) => createWorkerClient({ url: world.stack.apiUrl, apiKey });
  return startWorker({
    name: 'demo-worker',
    connectors: await connectorsFromFile(world.workerFile, keys),
    executor: client(world.workerKey),
    verifier: client(world.verifierKey),
    leaseSeconds: 30,
    pollMs: 100,
    tasksAtOnceMax: 4,
    log,
  });
}

async function accessRequest(world: World, progress: (text: string) => void): Promise<DemoReport['access']> {
  progress('access request: filed, identified, planned, approved by a second person');
  const { id } = await approveRequest(world, 'access', MARA);
  await untilDone(world, id, progress);
  const { items } = await tasksOf(world, id);
  const exported = items.filter((task) => task.action === 'export' && (task.counts?.found ?? 0) > 0);
  const folder = path.join(world.tempFolder, 'vestige-demo-packages');
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const packagePath = path.join(folder, `access-${id}.zip`);
  await writeFile(packagePath, await world.officer.bytes(`/v1/requests/${id}/package`), { mode: 0o600 });
  return {
    packagePath,
    stores: exported.length,
    rows: exported.reduce((sum, task) => sum + (task.counts?.found ?? 0), 0),
  };
}

async function erasureRequest(world: World, progress: (text: string) => void) {
  progress('erasure request: filed, identified, planned, approved by a second person');
  const { id } = await approveRequest(world, 'erasure', MARA);
  const memberIds = await membersOf(world);
  await untilDone(world, id, progress);
  const { items } = await tasksOf(world, id);
  const proven = items.filter((task) => /^(verified|no_data_found)$/.test(task.state));
  const certificate = await world.officer.bytes(`/v1/requests/${id}/certificate`);
  const { publicKey } = await world.officer.get<{ publicKey: string }>('/v1/certificates/public-key');
  const checks = verifyCertificate(certificate, createPublicKey(publicKey));
  for (const check of checks.filter(({ ok }) => !ok)) progress(`certificate: not so: ${check.says}`);
  return {
    memberIds,
    tasks: items.length,
    verified: proven.length,
    residual: items.reduce((sum, task) => sum + (task.counts?.residual ?? 0), 0),
    verifiedOffline: isValid(checks),
  };
}

/** Every subject id that is this person: the byte search looks for all of them. */
async function membersOf(world: World): Promise<string[]> {
  const tokens = [tokenOf(world, 'email', MARA.email), tokenOf(world, 'phone', MARA.phone)];
  const { subjectId } = await world.officer.post<{ subjectId: string | null }>('/v1/subjects/resolve', { tokens });
  if (!subjectId) return [];
  return (await world.officer.get<{ members: string[] }>(`/v1/subjects/${subjectId}`)).members;
}

function sameForOthers(before: ReadonlyMap<string, string>, after: ReadonlyMap<string, string>): boolean {
  const others = [...before.keys()].filter((key) => key !== MARA.key);
  return others.length > 0 && others.every((key) => before.get(key) === after.get(key)) && !after.has(MARA.key);
}

/**
 * Searches again for a few seconds while there are hits: the engines drop old parts and log segments a moment after the
 * rows in them were rewritten.
 */
async function searchUntilGone(folders: readonly string[], needles: readonly string[]): Promise<ByteHit[]> {
  const deadline = Date.now() + SETTLE_MS;
  for (;;) {
    const hits = await byteSearch(folders, needles);
    if (hits.length === 0 || Date.now() > deadline) return hits;
    await sleep(500);
  }
}

/** Which needle it was, without printing it. */
function needleName(what: string): string {
  return what === MARA.email ? 'her e-mail address' : what === MARA.phone ? 'her phone number' : 'her subject id';
}
