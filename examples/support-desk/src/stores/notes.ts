import { connect, type Table } from '@lancedb/lancedb';
import type { Ledger } from '../ledger.ts';
import { NODES } from '../nodes.ts';
import type { Customer } from './crm.ts';

/** What the knowledge agent remembers of customers: texts with vectors, in LanceDB. */
export class Notes {
  readonly #table: Table;
  readonly #ledger: Ledger;

  private constructor(table: Table, ledger: Ledger) {
    this.#table = table;
    this.#ledger = ledger;
  }

  static async open(folder: string, ledger: Ledger): Promise<Notes> {
    const db = await connect(folder);
    const table = (await db.tableNames()).includes('notes')
      ? await db.openTable('notes')
      : await db.createTable('notes', [
          { id: 'n-0', customer_key: '', contact: '', text: 'How to reset a password.', vector: embed('password') },
        ]);
    return new Notes(table, ledger);
  }

  /** The notes nearest to a question, the customer's own first. */
  async search(customer: Customer, question: string, limit = 3): Promise<{ id: string; text: string }[]> {
    await this.#table.checkoutLatest();
    const rows = await this.#table
      .search(embed(question))
      .where(`customer_key = '${customer.key}' OR customer_key = ''`)
      .limit(limit)
      .toArray();
    if (rows.some((row) => row.customer_key === customer.key)) this.#ledger.note(customer.key, NODES.notes, 'read');
    return rows
      .filter((row) => row.customer_key === customer.key)
      .map((row) => ({ id: String(row.id), text: String(row.text) }));
  }

  async add(customer: Customer, note: { id: string; contact: string; text: string }): Promise<void> {
    await this.#table.checkoutLatest();
    await this.#table.add([
      { id: note.id, customer_key: customer.key, contact: note.contact, text: note.text, vector: embed(note.text) },
    ]);
    this.#ledger.note(customer.key, NODES.notes, 'wrote');
  }
}

/** Eight numbers from the letters of a text: near enough for a demo, and the same on every machine. */
function embed(text: string): number[] {
  const vector = new Array<number>(8).fill(0);
  for (const [i, char] of [...text.toLowerCase()].entries())
    vector[i % 8] = (vector[i % 8] ?? 0) + char.charCodeAt(0) / 1000;
  return vector;
}
