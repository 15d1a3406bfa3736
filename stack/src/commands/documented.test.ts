import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { Command } from 'commander';
import { describe, expect, test } from 'vitest';
import { program } from '../program.ts';
import { PART_EXAMPLES, SCHEMAS } from '../settings-schemas.ts';

/** What the pages tell a reader to type has to be there: commands, options, variables, routes and links. */

const root = path.resolve(import.meta.dirname, '../../..');
const read = (file: string) => readFileSync(path.join(root, file), 'utf8');
const under = (folder: string) =>
  readdirSync(path.join(root, folder))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `${folder}/${name}`);
const PAGES = [
  ...['README.md', 'ARCHITECTURE.md', 'CHANGELOG.md', 'docker-compose.yml', '.env.example'],
  ...['sdk', 'connectors', 'core', 'outbound', 'audit-verify', 'bench', 'migrations'].map(
    (each) => `${each}/README.md`,
  ),
  ...[...under('docs'), ...under('docs/connectors')],
];
const cli = program();

/** `vestige …` in blocks of code and in code of a line, up to a pipe, a comment or the end. */
function callsOf(text: string): string[] {
  const blocks = [...text.matchAll(/```(?:sh)?\n(.*?)```/gs)].flatMap(([, block = '']) =>
    block.replaceAll(/\\\n\s*/g, ' ').split('\n'),
  );
  const inline = [...text.replaceAll(/```.*?```/gs, '').matchAll(/`([^`]+)`/g)].map(([, code = '']) => code);
  return [...blocks, ...inline].flatMap((line) =>
    [...line.matchAll(/(?:^|[\s(])(?:npx )?vestige ([a-z][^#|;&>)`]*)/g)].map(([, call = '']) => call.trim()),
  );
}

/** @returns what is wrong with a call, or null */
function objectionTo(call: string): string | null {
  const words = call.match(/"[^"]*"|'[^']*'|\S+/g) ?? [];
  let command: Command = cli;
  let at = 0;
  for (; at < words.length; at++) {
    const next = command.commands.find((each) => each.name() === words[at]);
    if (next === undefined) break;
    command = next;
  }
  if (command === cli) return `there is no command ${words[0]}`;
  if (command.commands.length > 0 && command.registeredArguments.length === 0 && /^[a-z][a-z-]+$/.test(words[at] ?? ''))
    return `${command.name()} has no command ${words[at]}`;
  const known = command.options.flatMap(({ long, short }) => [long, short]);
  const unknown = words
    .slice(at)
    .filter((word) => /^--[a-z]/.test(word) && word !== '--help' && !known.includes(word.split('=')[0] ?? ''));
  return unknown.length > 0 ? `${command.name()} has no option ${unknown.join(', ')}` : null;
}

describe('what a page tells to type', () => {
  test('is a command with options that there are', () => {
    const calls = PAGES.flatMap((page) => callsOf(read(page)).map((call) => ({ page, call })));
    const wrong = calls.flatMap(({ page, call }) => {
      const objection = objectionTo(call);
      return objection === null ? [] : [`${page}: vestige ${call}: ${objection}`];
    });
    expect(wrong).toEqual([]);
    expect(calls.length).toBeGreaterThan(60);
  });

  test('a typing error in a command or an option is found', () => {
    expect(objectionTo('lineag ada@example.com')).toMatch(/no command lineag/);
    expect(objectionTo('request creat erasure')).toMatch(/no command creat/);
    expect(objectionTo('lineage ada@example.com --purpse x')).toMatch(/no option --purpse/);
  });
});

test('every variable that a page names is one that a process reads', () => {
  const settings = Object.values(SCHEMAS).flatMap((schema) => Object.keys(schema.shape));
  // Compose hands these to the containers of the databases, or to a shell of the reader.
  const elsewhere =
    /^(CLICKHOUSE_\w+_PASSWORD|POSTGRES_\w+_PASSWORD|TEST_DATABASE_URL|CLICKHOUSE_SKIP_USER_SETUP|POSTGRES_(USER|DB|PASSWORD))$/;
  const known = new Set([...settings, ...Object.keys(PART_EXAMPLES)]);
  const wrong = PAGES.flatMap((page) =>
    [...read(page).matchAll(/\b((?:VESTIGE|CLICKHOUSE|DATABASE|POSTGRES)_[A-Z0-9_]+)\b(?!\*)/g)]
      .map(([, name = '']) => name)
      .filter((name) => !known.has(name) && !elsewhere.test(name))
      .map((name) => `${page}: ${name}`),
  );
  expect([...new Set(wrong)]).toEqual([]);
});

test('every route that a page names is in the reference', () => {
  const { paths } = JSON.parse(read('api/openapi.json')) as { paths: Record<string, Record<string, unknown>> };
  const shapeOf = (route: string) => route.replaceAll(/\{[^}]*\}|<[^>]*>/g, '{}');
  const known = new Set(
    Object.entries(paths).flatMap(([route, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${shapeOf(route)}`),
    ),
  );
  const wrong = PAGES.flatMap((page) =>
    [...read(page).matchAll(/`(GET|POST|PUT|DELETE|PATCH) (\/v1\/[^\s`?]*)/g)]
      .map(([, method = '', route = '']) => `${method} ${route}`)
      .filter((route) => !route.includes('…') && !known.has(shapeOf(route)))
      .map((route) => `${page}: ${route}`),
  );
  expect(wrong).toEqual([]);
});

test('every metric that a page names is one that a process tells', () => {
  const sources = ['collector/src/metrics.ts', 'collector/src/log-metrics.ts', 'api/src/monitoring/metrics-route.ts'];
  const code = sources.map(read).join('\n');
  const wrong = PAGES.flatMap((page) =>
    [...read(page).matchAll(/\bvestige_((?:collector_)?\w+_(?:total|seconds|bytes|files|overdue))\b/g)]
      .map(([, name = '']) => name.replace(/^collector_/, ''))
      .filter((name) => !code.includes(name))
      .map((name) => `${page}: ${name}`),
  );
  expect(wrong).toEqual([]);
});

test('every link of a page leads somewhere', () => {
  const wrong = PAGES.filter((page) => page.endsWith('.md')).flatMap((page) =>
    [...read(page).matchAll(/\]\(([^)\s]+)\)/g)]
      .map(([, to = '']) => to)
      .filter((to) => !/^[a-z]+:|^#/.test(to))
      .filter((to) => {
        const [file = '', anchor] = to.split('#');
        try {
          const text = read(path.join(path.dirname(page), file));
          return anchor !== undefined && !headingsOf(text).includes(anchor);
        } catch {
          return true;
        }
      })
      .map((to) => `${page}: ${to}`),
  );
  expect(wrong).toEqual([]);
});

const headingsOf = (text: string): string[] =>
  [...text.matchAll(/^#+ (.+)$/gm)].map(([, title = '']) =>
    title
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} -]/gu, '')
      .replaceAll(' ', '-'),
  );

test('every page is listed in the index', () => {
  const index = read('docs/README.md');
  const missing = under('docs').filter(
    (page) => page !== 'docs/README.md' && !index.includes(`(${path.basename(page)})`),
  );
  expect(missing).toEqual([]);
});
