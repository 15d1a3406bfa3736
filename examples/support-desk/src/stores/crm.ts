import { type Client, createClient } from '@libsql/client';
import type { Ledger } from '../ledger.ts';
import { NODES } from '../nodes.ts';
import type { Person } from '../people.ts';

export interface Customer {
  readonly id: string;
  readonly key: string;
  readonly name: string;
  readonly email: string;
  readonly phone: string;
}

/** The CRM: customers and their tickets, in SQLite. Knows nothing of telemetry. */
export class Crm {
  readonly #db: Client;
  readonly #ledger: Ledger;

  private constructor(db: Client, ledger: Ledger) {
    this.#db = db;
    this.#ledger = ledger;
  }

  static async open(file: string, ledger: Ledger): Promise<Crm> {
    const db = createClient({ url: `file:${file}` });
    await db.executeMultiple(`
      PRAGMA journal_mode = WAL;
      PRAGMA busy_timeout = 5000;
      CREATE TABLE IF NOT EXISTS customers (id TEXT PRIMARY KEY, key TEXT, name TEXT, email TEXT, phone TEXT);
      CREATE INDEX IF NOT EXISTS customers_email ON customers (email);
      CREATE TABLE IF NOT EXISTS tickets (id TEXT PRIMARY KEY, customer_id TEXT, contact TEXT, body TEXT, topic TEXT, summary TEXT);`);
    return new Crm(db, ledger);
  }

  /** Fills the CRM before the application runs; what was there before is no part of the story. */
  async seed(people: readonly Person[]): Promise<void> {
    for (const { customerId, key, name, email, phone } of people) {
      await this.#db.execute({
        sql: 'INSERT INTO customers VALUES (?, ?, ?, ?, ?)',
        args: [customerId, key, name, email, phone],
      });
    }
  }

  /** @param contact e-mail address or phone number */
  async customerBy(contact: string): Promise<Customer | null> {
    const { rows } = await this.#db.execute({
      sql: 'SELECT id, key, name, email, phone FROM customers WHERE email = ? OR phone = ?',
      args: [contact, contact],
    });
    const [row] = rows;
    if (!row) return null;
    const customer = {
      id: String(row['id']),
      key: String(row['key']),
      name: String(row['name']),
      email: String(row['email']),
      phone: String(row['phone']),
    };
    this.#ledger.note(customer.key, NODES.customers, 'read');
    return customer;
  }

  async addTicket(
    customer: Customer,
    ticket: { id: string; contact: string; body: string; topic: string },
  ): Promise<void> {
    await this.#db.execute({
      sql: 'INSERT INTO tickets VALUES (?, ?, ?, ?, ?, NULL)',
      args: [ticket.id, customer.id, ticket.contact, ticket.body, ticket.topic],
    });
    this.#ledger.note(customer.key, NODES.tickets, 'wrote');
  }

  async addSummary(customer: Customer, ticketId: string, summary: string): Promise<void> {
    await this.#db.execute({ sql: 'UPDATE tickets SET summary = ? WHERE id = ?', args: [summary, ticketId] });
    this.#ledger.note(customer.key, NODES.tickets, 'wrote');
  }

  async addFollowUp(customer: Customer, ticketId: string, text: string): Promise<void> {
    await this.#db.execute({
      sql: "UPDATE tickets SET summary = summary || ' ' || ? WHERE id = ?",
      args: [text, ticketId],
    });
    this.#ledger.note(customer.key, NODES.tickets, 'wrote');
  }

  async allCustomers(): Promise<Customer[]> {
    const { rows } = await this.#db.execute('SELECT id, key, name, email, phone FROM customers ORDER BY id');
    return rows.map((row) => ({
      id: String(row['id']),
      key: String(row['key']),
      name: String(row['name']),
      email: String(row['email']),
      phone: String(row['phone']),
    }));
  }

  close(): void {
    this.#db.close();
  }
}
