import { SpanKind, trace } from '@opentelemetry/api';
import { withAgent, withTool } from '@vestige/sdk';
import type { Desk, Message } from '../desk-context.ts';
import { LLM_HOST, MODEL, NODES } from '../nodes.ts';
import type { Customer } from '../stores/crm.ts';
import { recall } from './knowledge.ts';

export interface Triaged {
  readonly customer: Customer;
  readonly topic: string;
}

const tracer = trace.getTracer('support-desk');

/**
 * Finds out who writes and what about, and hands over to the knowledge agent. Every step is instrumented: an agent, a tool,
 * a store, a model, another agent.
 */
export async function triage(desk: Desk, message: Message, ticketId: string): Promise<Triaged | null> {
  return withAgent('triage', async () => {
    const customer = await withTool('look_up_customer', () => lookUp(desk, message.contact));
    if (!customer) return null;
    desk.ledger.note(customer.key, NODES.triage, 'ran');
    desk.ledger.note(customer.key, NODES.lookUp, 'ran');
    const question = `Classify this message of ${customer.email}, ${customer.phone}: ${message.text}`;
    // A model call with the GenAI conventions; the HTTP span beneath it is the same call seen from below.
    const topic = await tracer.startActiveSpan(
      `chat ${MODEL}`,
      {
        kind: SpanKind.CLIENT,
        attributes: {
          'gen_ai.operation.name': 'chat',
          'gen_ai.provider.name': 'brightmind',
          'gen_ai.request.model': MODEL,
          'server.address': LLM_HOST,
          'server.port': desk.config.llmPort,
        },
      },
      (span) => desk.ask(customer, question).finally(() => span.end()),
    );
    desk.ledger.note(customer.key, NODES.model, 'sent');
    await recall(desk, customer, message, ticketId);
    return { customer, topic };
  });
}

/** Reads the CRM, and says which record it was once it is known. */
export async function lookUp(desk: Desk, contact: string): Promise<Customer | null> {
  const { value } = await desk.customers.read({ categories: ['user.name', 'user.contact'] }, async (notes) => {
    const found = await desk.crm.customerBy(contact);
    notes.count(found ? 1 : 0);
    if (found) notes.records([found.id]);
    return found;
  });
  return value;
}
