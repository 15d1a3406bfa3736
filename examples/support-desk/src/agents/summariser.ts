import type { Desk, Message } from '../desk-context.ts';
import type { Customer } from '../stores/crm.ts';

/**
 * Summarises a ticket. Deliberately not instrumented: no wrapper, no record call. What is known of it comes from the
 * subject set at the entry and from the HTTP call that auto-instrumentation sees.
 */
export async function summarise(desk: Desk, customer: Customer, message: Message): Promise<string> {
  return desk.ask(customer, `Summarise for the file of ${customer.email} (${customer.phone}): ${message.text}`);
}
