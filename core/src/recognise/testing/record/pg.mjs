import { instrumentation, record, require, step } from './recorder.mjs';
import { startPostgres, stopServers } from './servers.mjs';

const { PgInstrumentation } = instrumentation('@opentelemetry/instrumentation-pg');

const port = await startPostgres();
await record(
  'pg',
  {
    packages: ['pg', '@opentelemetry/instrumentation-pg'],
    server: 'PostgreSQL 15',
    instrumentations: [new PgInstrumentation()],
  },
  async () => {
    const pg = require('pg');
    const setup = new pg.Client({ host: '127.0.0.1', port, user: 'desk', database: 'postgres' });
    await setup.connect();
    await setup.query('CREATE DATABASE shop');
    await setup.end();
    const pool = new pg.Pool({ host: '127.0.0.1', port, user: 'desk', database: 'shop', max: 1 });
    await pool.query('CREATE TABLE users (id int PRIMARY KEY, email text UNIQUE, embedding float8[])');
    await pool.query('CREATE SCHEMA sales CREATE TABLE sales.orders (id int, user_id int)');
    await pool.query('INSERT INTO users (id, email) VALUES ($1, $2) RETURNING id', [1, 'jane@example.com']);
    await pool.query("INSERT INTO users VALUES (2, 'john@example.com')");
    await pool.query('SELECT * FROM users u JOIN sales.orders o ON o.user_id = u.id WHERE u.email = $1', [
      'jane@example.com',
    ]);
    await pool.query({ name: 'by-id', text: 'SELECT email FROM users WHERE id = $1', values: [1] });
    await pool.query('UPDATE users SET email = $1 WHERE id = $2', ['jane.doe@example.com', 1]);
    await pool.query(
      'WITH gone AS (DELETE FROM users WHERE id = $1 RETURNING *) INSERT INTO sales.orders SELECT id, id FROM gone',
      [2],
    );
    await step(() => pool.query("INSERT INTO users VALUES (1, 'jane@example.com')"));
    await step(() => pool.query('SELECT * FROM nowhere'));
    const client = await pool.connect();
    await client.query('BEGIN');
    await client.query('DELETE FROM users WHERE id = 1; SELECT count(*) FROM sales.orders');
    await client.query('COMMIT');
    client.release();
    await pool.query('SELECT now()');
    await pool.query('TRUNCATE sales.orders');
    await pool.query('DROP TABLE users');
    await pool.end();
  },
);
await stopServers();
