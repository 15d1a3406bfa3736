import { savePython } from './printed-spans.mjs';
import { startMariadb, startPostgres, startRabbit, startRedis, stopServers } from './servers.mjs';

/** `PYTHON=/some/venv/bin/python node python-clients.mjs [psycopg …]`: what they need stands in clients.py. */
const CLIENTS = [
  ['psycopg', 'PostgreSQL 15', startPostgres],
  ['sqlalchemy', 'PostgreSQL 15', startPostgres],
  ['asyncpg', 'PostgreSQL 15', startPostgres],
  ['pymysql', 'MariaDB 10.11', startMariadb],
  ['redis', 'Redis 7.0', startRedis],
  ['celery', 'Redis 7.0', startRedis],
  ['pika', 'RabbitMQ 3.10', startRabbit],
];
const wanted = process.argv.slice(2);

for (const [client, server, start] of CLIENTS) {
  if (wanted.length > 0 && !wanted.includes(client)) continue;
  const port = await start();
  savePython({ name: `${client}-python`, server }, 'clients.py', client, port);
  await stopServers();
}
