import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { expect, test } from 'vitest';
import { CLICKHOUSE_ROLES, type ClickHouseRole } from './roles.ts';
import { TENANT_TABLES } from './tables.ts';
import { deployedUsersFile, embeddedUsersFile } from './users-file.ts';
import { renderXml } from './xml.ts';

const passwords = Object.fromEntries(CLICKHOUSE_ROLES.map((role) => [role, `secret of ${role}`])) as Record<
  ClickHouseRole,
  string
>;

test('deploy/clickhouse/users.d is what the roles say now (npm run vestige -- generate)', () => {
  const committed = readFileSync(
    resolve(import.meta.dirname, '../../../deploy/clickhouse/users.d/vestige.xml'),
    'utf8',
  );
  expect(committed).toBe(deployedUsersFile());
});

test('the deployed file has no double hyphen in a comment, which no XML parser takes', () => {
  for (const [, text] of deployedUsersFile().matchAll(/<!--([\s\S]*?)-->/g)) expect(text).not.toContain('--');
});

test('no password stands in a users file in the clear', () => {
  expect(embeddedUsersFile(passwords)).not.toContain('secret of');
  expect(deployedUsersFile()).not.toMatch(/<password>[^<]+<\/password>/);
});

test('the API has a row policy on every tenant table, and on its local half on a cluster', () => {
  const policiesOf = (file: string) => [...file.matchAll(/<(\w+)>\s*<filter>/g)].map((match) => match[1]);
  expect(policiesOf(embeddedUsersFile(passwords))).toEqual([...TENANT_TABLES]);
  expect(policiesOf(deployedUsersFile())).toEqual(TENANT_TABLES.flatMap((table) => [table, `${table}_local`]));
});

test('XML escapes what would end an element or an attribute', () => {
  expect(renderXml({ a: { '@b': '"<', c: 'x < y & z' } })).toBe('<a b="&quot;&lt;">\n  <c>x &lt; y &amp; z</c>\n</a>');
});
