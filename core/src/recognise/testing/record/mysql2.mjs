import { MySQL2Instrumentation } from '@opentelemetry/instrumentation-mysql2';
import { record, require, step } from './recorder.mjs';
import { startMariadb, stopServers } from './servers.mjs';

const port = await startMariadb();
await record(
  'mysql2',
  {
    packages: ['mysql2', '@opentelemetry/instrumentation-mysql2'],
    server: 'MariaDB 10.11',
    instrumentations: [new MySQL2Instrumentation()],
  },
  async () => {
    const mysql = require('mysql2/promise');
    const at = { host: '127.0.0.1', port, user: 'root', multipleStatements: true };
    const setup = await mysql.createConnection(at);
    await setup.query('CREATE DATABASE shop');
    await setup.end();
    const shop = await mysql.createConnection({ ...at, database: 'shop' });
    await shop.query('CREATE TABLE users (id int PRIMARY KEY, email varchar(99) UNIQUE)');
    await shop.query('CREATE TABLE orders (id int, user_id int)');
    await shop.execute('INSERT INTO users (id, email) VALUES (?, ?)', [1, 'jane@example.com']);
    await shop.query('INSERT INTO users SET ?', { id: 2, email: 'john@example.com' });
    await shop.query(
      'SELECT * FROM `users` u JOIN shop.orders o ON o.user_id = u.id WHERE u.email = "jane@example.com"',
    );
    await shop.query("UPDATE users u JOIN orders o ON o.user_id = u.id SET u.email = 'x' WHERE u.id = 1");
    await shop.query('REPLACE INTO orders SELECT id, id FROM users');
    await shop.query('DELETE u FROM users u JOIN orders o ON o.user_id = u.id WHERE u.id = 2');
    await step(() => shop.query("INSERT INTO users VALUES (1, 'jane@example.com')"));
    await shop.query('START TRANSACTION; SELECT count(*) FROM users; DELETE FROM orders; COMMIT');
    await shop.query('CREATE PROCEDURE forget_all() DELETE FROM users');
    await shop.query('CALL forget_all()');
    await shop.query('SELECT LAST_INSERT_ID()');
    await shop.query('TRUNCATE orders');
    await shop.query('RENAME TABLE users TO people');
    await shop.query('DROP TABLE people, orders');
    await shop.end();
  },
);
await stopServers();
