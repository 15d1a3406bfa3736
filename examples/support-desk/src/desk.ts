import path from 'node:path';
import { httpInstrumentationMiddleware } from '@hono/otel';
import { defineStore, withSubject } from '@vestige/sdk';
import { Hono } from 'hono';
import OpenAI from 'openai';
import { z } from 'zod';
import { followUpOnce } from './agents/follow-up.ts';
import { notify } from './agents/notifier.ts';
import { summarise } from './agents/summariser.ts';
import { triage } from './agents/triage.ts';
import { readConfig } from './config.ts';
import type { Desk, Message } from './desk-context.ts';
import { leadToLoopback } from './hosts.ts';
import { Ledger } from './ledger.ts';
import { LLM_HOST, MAIL_HOST, MODEL, NODES } from './nodes.ts';
import { listen } from './outside/listen.ts';
import { Crm } from './stores/crm.ts';
import { FollowUpQueue } from './stores/follow-up-queue.ts';
import { Notes } from './stores/notes.ts';
import { startTelemetry } from './telemetry.ts';

/** The support desk: triage, knowledge, notifier and follow-up agents, and a summariser that nobody instrumented. */

const config = readConfig();
leadToLoopback([LLM_HOST, MAIL_HOST]);
const vestige = startTelemetry(config, 'support-desk');
const ledger = new Ledger(config.ledgerFile);
const model = new OpenAI({ apiKey: 'none', baseURL: `http://${LLM_HOST}:${config.llmPort}/v1`, maxRetries: 0 });

const desk: Desk = {
  config,
  ledger,
  crm: await Crm.open(path.join(config.dataDir, 'crm.db'), ledger),
  notes: await Notes.open(path.join(config.dataDir, 'memory'), ledger),
  followUps: await FollowUpQueue.open(path.join(config.dataDir, 'queue.db'), ledger),
  customers: defineStore<string>(NODES.customers),
  tickets: defineStore<string>(NODES.tickets),
  memory: defineStore<string>(NODES.notes),
  async ask(customer, question) {
    const answer = await model.chat.completions.create({
      model: MODEL,
      messages: [{ role: 'user', content: question }],
    });
    ledger.note(customer.key, NODES.llmCompany, 'sent');
    return answer.choices[0]?.message.content ?? '';
  },
};

const Incoming = z.object({
  id: z.string(),
  contact: z.string(),
  by: z.enum(['email', 'phone']),
  text: z.string().max(10_000),
});

const app = new Hono();
app.use(httpInstrumentationMiddleware());
app.post('/messages', async (c) => {
  const { id, ...message } = Incoming.parse(await c.req.json());
  // The one place that knows who this is about; everything below is followed from here.
  const topic = await withSubject(
    {
      identifiers: [{ type: message.by, value: message.contact }],
      purpose: 'essential.service.operations.support',
      legalBasis: 'contract',
      categories: ['user.contact', 'user.content.private'],
    },
    () => answer(id, message),
  );
  return topic === null ? c.json({ error: 'unknown contact' }, 404) : c.json({ topic });
});
app.post('/follow-up', async (c) => c.json({ done: await followUpOnce(desk) }));

const server = await listen(app, config.port);
process.send?.({ port: server.port });
process.once('SIGTERM', () => void stop());
// Whoever started us is gone: a demo that was killed leaves nothing running.
process.once('disconnect', () => void stop());

async function answer(id: string, message: Message): Promise<string | null> {
  const triaged = await triage(desk, message, id);
  if (!triaged) return null;
  const { customer, topic } = triaged;
  ledger.note(customer.key, NODES.desk, 'ran');
  await desk.tickets.write({ records: [id], count: 1, categories: ['user.content.private'] }, () =>
    desk.crm.addTicket(customer, { id, contact: message.contact, body: message.text, topic }),
  );
  if (topic === 'billing') {
    await fetch(`${config.billingUrl}/refunds`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ customer: { id: customer.id, key: customer.key } }),
    });
  }
  const summary = await summarise(desk, customer, message);
  await desk.crm.addSummary(customer, id, summary);
  await notify(desk, customer, message, id);
  return topic;
}

let stopping = false;
async function stop(): Promise<void> {
  if (stopping) return;
  stopping = true;
  await server.stop();
  desk.crm.close();
  desk.followUps.close();
  await vestige.shutdown();
  const { ended, lost } = vestige.stats();
  if (!process.connected) process.exit(0);
  process.send?.({ stats: { ended, lost } }, () => process.exit(0));
}
