import { withAgent, withTool } from '@vestige/sdk';
import type { Desk, Message } from '../desk-context.ts';
import { NODES } from '../nodes.ts';
import type { Customer } from '../stores/crm.ts';

export interface Triaged {
  readonly customer: Customer;
  readonly topic: string;
}

/** Finds out who writes and what about. Every step is instrumented: an agent, a tool, a store. */
export async function triage(desk: Desk, message: Message): Promise<Triaged | null> {
  return withAgent('triage', async () => {
    const customer = await withTool('look_up_customer', async () => {
      const found = await desk.crm.customerBy(message.contact);
      if (found) {
        desk.customers.read({ records: [found.id], count: 1, categories: ['user.name', 'user.contact'] });
        desk.ledger.note(found.key, NODES.lookUp, 'ran');
      }
      return found;
    });
    if (!customer) return null;
    desk.ledger.note(customer.key, NODES.triage, 'ran');
    const topic = await desk.ask(
      customer,
      `Classify this message of ${customer.email}, ${customer.phone}: ${message.text}`,
    );
    return { customer, topic };
  });
}
