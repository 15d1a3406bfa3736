import { KnexInstrumentation } from '@opentelemetry/instrumentation-knex';
import { record, require, step } from './recorder.mjs';
import { startPostgres, stopServers } from './servers.mjs';

const port = await startPostgres();
await record(
  'knex',
  {
    packages: ['knex', '@opentelemetry/instrumentation-knex'],
    server: 'PostgreSQL 15',
    instrumentations: [new KnexInstrumentation()],
  },
  async () => {
    const knex = require('knex')({
      client: 'pg',
      connection: { host: '127.0.0.1', port, user: 'desk', database: 'postgres' },
    });
    await knex.schema.createTable('users', (table) => table.string('email').unique());
    await knex('users').insert({ email: 'jane@example.com' });
    await knex('users').where({ email: 'jane@example.com' }).first();
    await knex('users').where({ email: 'jane@example.com' }).update({ email: 'x' });
    await knex.raw('SELECT * FROM users WHERE email = ?', ['jane@example.com']);
    await step(() => knex('nowhere').select());
    await knex('users').del();
    await knex.destroy();
  },
);
await stopServers();
