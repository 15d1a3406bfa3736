import { withAgent, withTool } from '@vestige/sdk';
import type { Desk, Message } from '../desk-context.ts';
import { MAIL_HOST, NODES } from '../nodes.ts';
import type { Customer } from '../stores/crm.ts';
import { requestFollowUp } from './follow-up.ts';

/**
 * Writes to the customer through an outside mail company, and leaves the rest to the follow-up agent, through a queue. The
 * call to the company is seen by auto-instrumentation.
 */
export async function notify(desk: Desk, customer: Customer, message: Message, ticketId: string): Promise<void> {
  await withAgent('notifier', async () => {
    desk.ledger.note(customer.key, NODES.notifier, 'ran');
    await withTool('send_mail', async () => {
      desk.ledger.note(customer.key, NODES.sendMail, 'ran');
      const answer = await fetch(`http://${MAIL_HOST}:${desk.config.mailPort}/v1/messages`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ to: customer.email, subject: 'We have received your message' }),
      });
      if (!answer.ok) throw new Error(`the mail company answered ${answer.status}`);
      desk.ledger.note(customer.key, NODES.mailCompany, 'sent');
    });
    await requestFollowUp(desk, customer, message.contact, ticketId);
  });
}
