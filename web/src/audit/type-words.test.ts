import { globSync, readFileSync } from 'node:fs';
import { TWO_PERSON_ACTIONS } from '@vestige/core/access/four-eyes';
import { REQUEST_EVENTS } from '@vestige/core/request/request-state';
import { TASK_EVENTS } from '@vestige/core/request/task-state';
import { expect, test } from 'vitest';
import { auditTypes } from '../texts/en-audit-types.ts';
import { findings } from '../texts/en-findings.ts';

const root = new URL('../../../', import.meta.url).pathname;
const SOURCES = globSync('{api,store,collector,stack}/src/**/*.ts', { cwd: root }).filter(
  (path) => !/\.test\.ts$|-contract\.ts$|\/testing\//.test(path),
);
const prefixes = [...new Set(Object.keys({ ...auditTypes, ...findings }).map((type) => type.split('.')[0]))];
const LITERAL = new RegExp(`'((?:${prefixes.join('|')})\\.[a-z_]+)'`, 'g');
/** Names of files look like types. */
const FILE = /\.(json|key|pem|tar|vkeys)$/;

test('whatever the server writes into its log or its findings is said in words', () => {
  const written = SOURCES.flatMap((path) =>
    [...readFileSync(`${root}${path}`, 'utf8').matchAll(LITERAL)].map(([, type = '']) => type),
  );
  // The search sees the sources: these are among what it finds.
  expect(written).toEqual(
    expect.arrayContaining(['subject.read', 'hold.place', 'finding.settled', 'retention.proved']),
  );
  const known = new Set(Object.keys({ ...auditTypes, ...findings, ...TWO_PERSON_ACTIONS }));
  expect([...new Set(written)].filter((type) => !known.has(type) && !FILE.test(type))).toEqual([]);
});

test('so is every event of requests and of tasks', () => {
  const events = [...REQUEST_EVENTS.map((event) => `request.${event}`), ...TASK_EVENTS.map((event) => `task.${event}`)];
  expect(events.filter((type) => auditTypes[type] === undefined)).toEqual([]);
});
