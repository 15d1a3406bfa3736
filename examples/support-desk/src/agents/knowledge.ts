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
      await desk.memory.read({}, async (notes) => {
        const found = await desk.notes.search(customer, message.text);
        notes.count(found.length);
        notes.records(found.map((note) => note.id));
      });
    });
    const note = { id: `n-${ticketId}`, contact: message.contact, text: `${customer.name} wrote: ${message.text}` };
    await desk.memory.write({ records: [note.id], count: 1, categories: ['user.content.private'] }, () =>
      desk.notes.add(customer, note),
    );
  });
}
