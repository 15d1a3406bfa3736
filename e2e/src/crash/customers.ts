import { DatabaseSync } from 'node:sqlite';

/** A CRM in SQLite whose deletions can be made slow enough to be killed in the middle. */
export class Customers {
  readonly file: string;
  readonly #db: DatabaseSync;

  constructor(file: string) {
    this.file = file;
    this.#db = new DatabaseSync(file);
    this.#db.exec('CREATE TABLE customers (id INTEGER PRIMARY KEY, email TEXT NOT NULL, note TEXT)');
  }

  add(email: string, rows: number): void {
    const insert = this.#db.prepare('INSERT INTO customers (email, note) VALUES (?, ?)');
    for (let row = 0; row < rows; row++) insert.run(email, `order ${row}`);
  }

  count(email: string): number {
    const row = this.#db.prepare('SELECT count(*) AS rows FROM customers WHERE email = ?').get(email);
    return Number(row?.['rows']);
  }

  /** Each deleted row takes a while, all within the transaction of the worker. */
  slowDown(): void {
    this.#db.exec(`CREATE TRIGGER slow BEFORE DELETE ON customers BEGIN
      SELECT count(*) FROM (WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 300000) SELECT i FROM n);
    END`);
  }

  speedUp(): void {
    this.#db.exec('DROP TRIGGER slow');
  }

  /** Whether somebody is writing right now. */
  locked(): boolean {
    try {
      this.#db.exec('BEGIN IMMEDIATE');
      this.#db.exec('ROLLBACK');
      return false;
    } catch {
      return true;
    }
  }

  close(): void {
    this.#db.close();
  }
}
