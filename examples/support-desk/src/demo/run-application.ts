import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { PEOPLE } from '../people.ts';
import { runProcess, startProcess } from './processes.ts';
import type { World } from './world.ts';

export interface SpanCounts {
  readonly sent: number;
  readonly stored: number;
  readonly lost: number;
}

/** Lets all eight people write, in two processes, works the queue off, and runs the nightly job. */
export async function runApplication(world: World, progress: (text: string) => void): Promise<SpanCounts> {
  const log = (name: string) => path.join(world.logs, `${name}.log`);
  const before = await storedSpans(world);
  const billing = await startProcess('billing.ts', world.desk, log('billing'));
  world.endFirst(async () => void (await billing.stop()));
  const config = { ...world.desk, billingUrl: `http://127.0.0.1:${billing.port}` };
  const desk = await startProcess('desk.ts', config, log('desk'));
  world.endFirst(async () => void (await desk.stop()));
  const url = `http://127.0.0.1:${desk.port}`;

  const messages = PEOPLE.flatMap((person) =>
    person.messages.map((message, i) => ({ person, message, id: `t-${person.key}-${i}` })),
  );
  await Promise.all(
    messages.map(async ({ person, message, id }) => {
      const contact = message.by === 'email' ? person.email : person.phone;
      await post(`${url}/messages`, { id, contact, by: message.by, text: message.text });
    }),
  );
  progress(`${messages.length} messages of ${PEOPLE.length} people answered`);
  for (let waiting = true; waiting; ) {
    waiting = (await post<{ done: boolean }>(`${url}/follow-up`, {})).done;
  }
  progress('follow-up queue worked off');
  await runProcess('nightly.ts', config, log('nightly'));
  progress('nightly job has copied the customers into the warehouse');

  const stats = await Promise.all([desk.stop(), billing.stop()]);
  const sent = stats.reduce((sum, { ended }) => sum + ended, 0);
  const stored = (await storedUntil(world, before + sent)) - before;
  return { sent, stored, lost: sent - stored };
}

/** Distinct spans in ClickHouse, counted with the verifier's credential and not by what the collector says. */
export async function storedSpans(world: World): Promise<number> {
  const url = world.stack.clickhouse?.url('verifier').reveal();
  if (!url) throw new Error('the demo runs on the embedded engine');
  const { origin, username, password, pathname } = new URL(url);
  const answer = await fetch(`${origin}/?database=${pathname.slice(1)}`, {
    method: 'POST',
    headers: {
      authorization: `Basic ${Buffer.from(`${decodeURIComponent(username)}:${decodeURIComponent(password)}`).toString('base64')}`,
    },
    body: 'SELECT uniqExact(trace_id, span_id) FROM spans',
  });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`ClickHouse answered ${answer.status}: ${text.slice(0, 200)}`);
  return Number(text);
}

/** A process that ends hands over what is in its spool; nothing more can come, so this ends soon either way. */
async function storedUntil(world: World, wanted: number): Promise<number> {
  let stored = 0;
  for (let round = 0; round < 50 && stored < wanted; round++) {
    stored = await storedSpans(world);
    if (stored < wanted) await sleep(200);
  }
  return stored;
}

async function post<T>(url: string, body: unknown): Promise<T> {
  const answer = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  if (!answer.ok)
    throw new Error(`${new URL(url).pathname} answered ${answer.status}: ${(await answer.text()).slice(0, 300)}`);
  return (await answer.json()) as T;
}
