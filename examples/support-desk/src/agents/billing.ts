import { withAgent, withTool } from '@vestige/sdk';
import type { BillingDesk } from '../desk-context.ts';
import { NODES } from '../nodes.ts';

/** Refunds the last invoice. Runs in another process; who it is about arrives with the call. */
export async function refundLastInvoice(desk: BillingDesk, customer: { id: string; key: string }): Promise<boolean> {
  return withAgent('billing', async () => {
    desk.ledger.note(customer.key, NODES.billingAgent, 'ran');
    const { value: invoice, refs } = await desk.invoices.read({ categories: ['user.financial'] }, async (notes) => {
      const last = await desk.books.lastInvoice(customer);
      notes.count(last ? 1 : 0);
      if (last) notes.records([last.id]);
      return last;
    });
    if (!invoice) return false;
    await withTool('issue_refund', async () => {
      desk.ledger.note(customer.key, NODES.issueRefund, 'ran');
      const flow = { records: [invoice.id], count: 1, categories: ['user.financial'], derivedFrom: refs };
      await desk.refunds.write(flow, () => desk.books.refund(customer, invoice));
    });
    return true;
  });
}
