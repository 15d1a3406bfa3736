import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { promisify } from 'node:util';
import { testDatabaseUrl } from '@vestige/e2e/harness/config';
import { expect, onTestFinished, test } from 'vitest';
import { PROCESS_LOGINS } from './process-logins.ts';

const psql = promisify(execFile);

test('the printed statements, run twice, give each process the role of its process and nothing beside', async () => {
  const server = testDatabaseUrl()?.reveal() ?? '';
  const query = async (statement: string) =>
    (await psql('psql', ['-X', '-A', '-t', '-v', 'ON_ERROR_STOP=1', '-d', server, '-c', statement])).stdout.trim();
  const roles = ['vestige_app', 'vestige_collector', 'vestige_verifier'];
  for (const role of roles) {
    await query(
      `DO $$ BEGIN CREATE ROLE ${role} NOLOGIN; EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$`,
    );
  }
  const logins = ['api', 'collector', 'verifier'].map((process) => `vestige_${process}_login`);
  onTestFinished(async () => {
    await query(logins.map((login) => `DROP ROLE IF EXISTS ${login};`).join(' '));
  });
  for (const _ of [1, 2]) {
    const password = `it's ${randomBytes(8).toString('hex')}`;
    const variables = ['api', 'collector', 'verifier'].flatMap((process) => ['-v', `${process}_password=${password}`]);
    const run = psql('psql', ['-X', '-v', 'ON_ERROR_STOP=1', ...variables, '-d', server, '-f', '-']);
    run.child.stdin?.end(PROCESS_LOGINS);
    await run;
  }
  const members = await query(
    `SELECT member::regrole || ' ' || roleid::regrole FROM pg_auth_members
     WHERE member::regrole::text LIKE 'vestige_%_login' ORDER BY 1`,
  );
  expect(members.split('\n')).toEqual(logins.map((login, index) => `${login} ${roles[index]}`));
  expect(
    await query(`SELECT count(*) FROM pg_roles WHERE rolname LIKE 'vestige_%_login' AND rolcanlogin
                 AND NOT (rolsuper OR rolcreatedb OR rolcreaterole OR rolbypassrls)`),
  ).toBe('3');
});
