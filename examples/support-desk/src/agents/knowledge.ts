import { withAgent, withTool } from '@vestige/sdk';
import type { Desk, Message } from '../desk-context.ts';
import { NODES } from '../nodes.ts';
import type { Customer } from '../stores/crm.ts';

/** Remembers what customers said and looks it up again: the memory where erasures are usually forgotten. */
export async function recall(desk: Desk, customer: Customer, message: Message, ticketId: string): Promise<void> {
  await withAgent('knowledge', async () => {
    desk.ledger.note(customer.key, NODES.knowledge, 'ran');
    await withTool('search_notes', async () => {
      desk.ledger.note(customer.key, NODES.searchNotes, 'ran');
      const found = await desk.notes.search(customer, message.text);
      desk.memory.read({ records: found.map((note) => note.id), count: found.length });
    });
    const note = { id: `n-${ticketId}`, contact: message.contact, text: `${customer.name} wrote: ${message.text}` };
    await desk.notes.add(customer, note);
    desk.memory.write({ records: [note.id], count: 1, categories: ['user.content.private'] });
  });
}
