import { context, propagation, SpanKind, trace } from '@opentelemetry/api';
import { withAgent } from '@vestige/sdk';
import type { Desk } from '../desk-context.ts';
import { NODES } from '../nodes.ts';
import type { Customer } from '../stores/crm.ts';

const tracer = trace.getTracer('support-desk');
const MESSAGING = {
  'messaging.system': 'sqlite',
  'messaging.destination.name': 'follow_ups',
  'vestige.flow.peer': NODES.followUps,
};

/** Puts a follow-up on the queue; trace context and sealed subject travel with the message. */
export async function requestFollowUp(
  desk: Desk,
  customer: Customer,
  contact: string,
  ticketId: string,
): Promise<void> {
  await tracer.startActiveSpan(
    'send follow_ups',
    {
      kind: SpanKind.PRODUCER,
      attributes: { ...MESSAGING, 'messaging.operation.type': 'send', 'vestige.flow.action': 'write' },
    },
    async (span) => {
      const headers: Record<string, string> = {};
      propagation.inject(context.active(), headers);
      await desk.followUps.publish({ customerKey: customer.key, contact, ticketId, headers });
      span.end();
    },
  );
}

/** Takes one message, in a trace of its own that links to the sender's. @returns false when the queue is empty */
export async function followUpOnce(desk: Desk): Promise<boolean> {
  const message = await desk.followUps.take();
  if (!message) return false;
  const sent = propagation.extract(context.active(), message.headers);
  const sender = trace.getSpanContext(sent);
  await tracer.startActiveSpan(
    'process follow_ups',
    {
      kind: SpanKind.CONSUMER,
      root: true,
      links: sender ? [{ context: sender }] : [],
      attributes: { ...MESSAGING, 'messaging.operation.type': 'process', 'vestige.flow.action': 'read' },
    },
    sent,
    async (span) => {
      await withAgent('follow-up', async () => {
        desk.ledger.note(message.customerKey, NODES.followUp, 'ran');
        const customer = await desk.crm.customerBy(message.contact);
        if (!customer) return;
        desk.customers.read({ records: [customer.id], count: 1 });
        await desk.crm.addSummary(customer, message.ticketId, 'Followed up.');
        desk.tickets.write({ records: [message.ticketId], count: 1 });
      });
      span.end();
    },
  );
  return true;
}
