import path from 'node:path';
import { httpInstrumentationMiddleware } from '@hono/otel';
import { defineStore } from '@vestige/sdk';
import { Hono } from 'hono';
import { z } from 'zod';
import { refundLastInvoice } from './agents/billing.ts';
import { readConfig } from './config.ts';
import type { BillingDesk } from './desk-context.ts';
import { Ledger } from './ledger.ts';
import { NODES } from './nodes.ts';
import { listen } from './outside/listen.ts';
import { BillingBooks } from './stores/billing-books.ts';
import { startTelemetry } from './telemetry.ts';

/** The billing service, in a process of its own. It is never told an identifier: the subject arrives sealed. */

const config = readConfig();
const vestige = startTelemetry(config, 'billing');
const ledger = new Ledger(config.ledgerFile);
const desk: BillingDesk = {
  config,
  ledger,
  books: await BillingBooks.open(path.join(config.dataDir, 'billing.db'), path.join(config.dataDir, 'refunds'), ledger),
  invoices: defineStore<string>(NODES.invoices),
  refunds: defineStore<string>(NODES.refunds),
};

const Refund = z.object({ customer: z.object({ id: z.string(), key: z.string() }) });

const app = new Hono();
app.use(httpInstrumentationMiddleware());
app.post('/refunds', async (c) => {
  const { customer } = Refund.parse(await c.req.json());
  ledger.note(customer.key, NODES.billing, 'ran');
  return c.json({ refunded: await refundLastInvoice(desk, customer) });
});

const server = await listen(app, config.port);
process.send?.({ port: server.port });
process.once('SIGTERM', () => void stop());
// Whoever started us is gone: a demo that was killed leaves nothing running.
process.once('disconnect', () => void stop());

let stopping = false;
async function stop(): Promise<void> {
  if (stopping) return;
  stopping = true;
  await server.stop();
  desk.books.close();
  await vestige.shutdown();
  const { ended, lost } = vestige.stats();
  if (!process.connected) process.exit(0);
  process.send?.({ stats: { ended, lost } }, () => process.exit(0));
}
