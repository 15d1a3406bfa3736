import { withAgent, withTool } from '@vestige/sdk';
import type { BillingDesk } from '../desk-context.ts';
import { NODES } from '../nodes.ts';

/** Refunds the last invoice. Runs in another process; who it is about arrives with the call. */
export async function refundLastInvoice(desk: BillingDesk, customer: { id: string; key: string }): Promise<boolean> {
  return withAgent('billing', async () => {
    desk.ledger.note(customer.key, NODES.billingAgent, 'ran');
    const invoice = await desk.books.lastInvoice(customer);
    if (!invoice) return false;
    const [read] = desk.invoices.read({ records: [invoice.id], count: 1, categories: ['user.financial'] });
    return withTool('issue_refund', async () => {
      desk.ledger.note(customer.key, NODES.issueRefund, 'ran');
      await desk.books.refund(customer, invoice);
      desk.refunds.write({
        records: [invoice.id],
        count: 1,
        categories: ['user.financial'],
        ...(read ? { derivedFrom: [read] } : {}),
      });
      return true;
    });
  });
}
