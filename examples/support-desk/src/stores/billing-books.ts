import { appendFile, mkdir } from 'node:fs/promises';
import path from 'node:path';
import { type Client, createClient } from '@libsql/client';
import type { Ledger } from '../ledger.ts';
import { NODES } from '../nodes.ts';
import type { Person } from '../people.ts';

/** The billing service's own books: invoices in SQLite, refunds as JSON lines for the bank. */
export class BillingBooks {
  readonly #db: Client;
  readonly #refunds: string;
  readonly #ledger: Ledger;

  private constructor(db: Client, refunds: string, ledger: Ledger) {
    this.#db = db;
    this.#refunds = refunds;
    this.#ledger = ledger;
  }

  static async open(file: string, refunds: string, ledger: Ledger): Promise<BillingBooks> {
    await mkdir(refunds, { recursive: true });
    const db = createClient({ url: `file:${file}` });
    await db.executeMultiple(`
      PRAGMA journal_mode = WAL;
      PRAGMA busy_timeout = 5000;
      CREATE TABLE IF NOT EXISTS invoices (id TEXT PRIMARY KEY, customer_id TEXT, email TEXT, cents INTEGER);`);
    return new BillingBooks(db, refunds, ledger);
  }

  async seed(people: readonly Person[]): Promise<void> {
    for (const [i, { customerId, email }] of people.entries()) {
      await this.#db.execute({
        sql: 'INSERT INTO invoices VALUES (?, ?, ?, ?)',
        args: [`inv-${80 + i}`, customerId, email, 1900 + 100 * i],
      });
    }
  }

  async lastInvoice(customer: {
    id: string;
    key: string;
  }): Promise<{ id: string; email: string; cents: number } | null> {
    const { rows } = await this.#db.execute({
      sql: 'SELECT id, email, cents FROM invoices WHERE customer_id = ? ORDER BY id DESC LIMIT 1',
      args: [customer.id],
    });
    const [row] = rows;
    if (!row) return null;
    this.#ledger.note(customer.key, NODES.invoices, 'read');
    return { id: String(row['id']), email: String(row['email']), cents: Number(row['cents']) };
  }

  async refund(
    customer: { id: string; key: string },
    invoice: { id: string; email: string; cents: number },
  ): Promise<void> {
    const line = JSON.stringify({
      customer_id: customer.id,
      email: invoice.email,
      invoice: invoice.id,
      cents: invoice.cents,
    });
    await appendFile(path.join(this.#refunds, 'refunds.jsonl'), `${line}\n`);
    this.#ledger.note(customer.key, NODES.refunds, 'wrote');
  }

  close(): void {
    this.#db.close();
  }
}
