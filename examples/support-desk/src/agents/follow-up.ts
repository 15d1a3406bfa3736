import { context, propagation, SpanKind, trace } from '@opentelemetry/api';
import { withAgent, withMessage } from '@vestige/sdk';
import type { Desk } from '../desk-context.ts';
import { NODES } from '../nodes.ts';
import type { Customer } from '../stores/crm.ts';
import type { FollowUp } from '../stores/follow-up-queue.ts';
import { lookUp } from './triage.ts';

const tracer = trace.getTracer('support-desk');
const QUEUE = {
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
      attributes: { ...QUEUE, 'messaging.operation.type': 'send', 'vestige.flow.action': 'write' },
    },
    async (span) => {
      const headers: Record<string, string> = {};
      propagation.inject(context.active(), headers);
      await desk.followUps.publish({ customerKey: customer.key, contact, ticketId, headers });
      span.end();
    },
  );
}

/** Takes one message and handles it in a trace of its own, which links to the sender's. @returns false when none waits */
export async function followUpOnce(desk: Desk): Promise<boolean> {
  const message = await desk.followUps.take();
  if (!message) return false;
  const sender = trace.getSpanContext(propagation.extract(context.active(), message.headers));
  await withMessage(message.headers, () =>
    tracer.startActiveSpan(
      'process follow_ups',
      {
        kind: SpanKind.CONSUMER,
        root: true,
        links: sender ? [{ context: sender }] : [],
        attributes: { ...QUEUE, 'messaging.operation.type': 'process', 'vestige.flow.action': 'read' },
      },
      (span) => withAgent('follow-up', () => followUp(desk, message)).finally(() => span.end()),
    ),
  );
  return true;
}

async function followUp(desk: Desk, message: FollowUp): Promise<void> {
  desk.ledger.note(message.customerKey, NODES.followUp, 'ran');
  const customer = await lookUp(desk, message.contact);
  if (!customer) return;
  await desk.tickets.write({ records: [message.ticketId], count: 1 }, () =>
    desk.crm.addFollowUp(customer, message.ticketId, 'Followed up.'),
  );
}
