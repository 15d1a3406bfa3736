import { type Client, createClient } from '@libsql/client';
import type { Ledger } from '../ledger.ts';
import { NODES } from '../nodes.ts';

/** A message of the queue: whose it is, what to do, and the trace context it travelled with. */
export interface FollowUp {
  readonly id: number;
  readonly customerKey: string;
  readonly contact: string;
  readonly ticketId: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** A small durable queue in SQLite: messages stay until they are taken, and taken ones stay as a log for a while. */
export class FollowUpQueue {
  readonly #db: Client;
  readonly #ledger: Ledger;

  private constructor(db: Client, ledger: Ledger) {
    this.#db = db;
    this.#ledger = ledger;
  }

  static async open(file: string, ledger: Ledger): Promise<FollowUpQueue> {
    const db = createClient({ url: `file:${file}` });
    await db.executeMultiple(`
      PRAGMA journal_mode = WAL;
      PRAGMA busy_timeout = 5000;
      CREATE TABLE IF NOT EXISTS follow_ups (
        id INTEGER PRIMARY KEY, customer_key TEXT, contact TEXT, ticket_id TEXT, headers TEXT, taken INTEGER DEFAULT 0);`);
    return new FollowUpQueue(db, ledger);
  }

  async publish(message: Omit<FollowUp, 'id'>): Promise<void> {
    await this.#db.execute({
      sql: 'INSERT INTO follow_ups (customer_key, contact, ticket_id, headers) VALUES (?, ?, ?, ?)',
      args: [message.customerKey, message.contact, message.ticketId, JSON.stringify(message.headers)],
    });
    this.#ledger.note(message.customerKey, NODES.followUps, 'wrote');
  }

  /** Takes the oldest message, or null when the queue is empty. */
  async take(): Promise<FollowUp | null> {
    const { rows } = await this.#db.execute(
      `UPDATE follow_ups SET taken = 1 WHERE id = (SELECT min(id) FROM follow_ups WHERE taken = 0)
       RETURNING id, customer_key, contact, ticket_id, headers`,
    );
    const [row] = rows;
    if (!row) return null;
    const message: FollowUp = {
      id: Number(row['id']),
      customerKey: String(row['customer_key']),
      contact: String(row['contact']),
      ticketId: String(row['ticket_id']),
      headers: JSON.parse(String(row['headers'])),
    };
    this.#ledger.note(message.customerKey, NODES.followUps, 'read');
    return message;
  }

  async waiting(): Promise<number> {
    const { rows } = await this.#db.execute('SELECT count(*) AS n FROM follow_ups WHERE taken = 0');
    return Number(rows[0]?.['n'] ?? 0);
  }

  close(): void {
    this.#db.close();
  }
}
