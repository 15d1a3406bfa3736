import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { TWO_PERSON_ACTIONS } from './four-eyes.ts';
import { ROLE_NAMES, ROLES, scopesOf } from './roles.ts';
import { SCOPE_MEANINGS, SCOPES } from './scopes.ts';

/** What people read about access is what the tables say; a failing test prints the text to paste. */

const page = readFileSync(new URL('../../../docs/access.md', import.meta.url), 'utf8');

test('docs/access.md shows every role with its scopes', () => {
  const head = [
    `| scope | ${ROLE_NAMES.map((role) => `\`${role}\``).join(' | ')} |`,
    `|---|${ROLE_NAMES.map(() => '---|').join('')}`,
  ];
  const rows = SCOPES.map(
    (scope) =>
      `| \`${scope}\` | ${ROLE_NAMES.map((role) => (scopesOf(role).includes(scope) ? '✓' : '')).join(' | ')} |`,
  );
  expect(page).toContain([...head, ...rows].join('\n'));
});

test('docs/access.md says what each role and scope is for', () => {
  for (const role of ROLE_NAMES) expect(page).toContain(`| \`${role}\` | ${ROLES[role].of} | ${ROLES[role].meaning} |`);
  for (const scope of SCOPES) expect(page).toContain(`| \`${scope}\` | ${SCOPE_MEANINGS[scope]} |`);
});

test('docs/access.md lists everything that needs two people', () => {
  for (const [action, { first, second, waivable }] of Object.entries(TWO_PERSON_ACTIONS)) {
    expect(page).toContain(`| \`${action}\` | ${first} | ${second} | ${waivable ? 'yes' : 'no'} |`);
  }
});
