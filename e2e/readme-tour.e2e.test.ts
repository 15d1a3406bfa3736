import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

/** The five-minute tour of the README, word for word: every command in it is run in order, as a reader would paste it. */

const root = path.resolve(import.meta.dirname, '..');
const BOOT_MS_MAX = 400_000;
const COMMAND_MS_MAX = 120_000;
const readme = readFileSync(path.join(root, 'README.md'), 'utf8');
const [boot, ...commands] = commandsOf(readme);
/** What the README shows of an answer before anything else; the columns may be narrower, and the days are others. */
const shown = (/^```\n\$ [^\n]*\n(.*?)^```/ms.exec(readme)?.[1] ?? '')
  .split('\n')
  .filter((line) => line.startsWith('  '));

const run = promisify(execFile);
let folder: string;
let demo: ChildProcess;
let environment: Record<string, string | undefined>;
/** What a reader fills in for `<name>`, from what was answered before. */
const known = new Map<string, string>();
const answers = new Map<string, string>();

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'vestige-tour-'));
  // Files that the commands write belong here; `npx` finds its programs through the link.
  await symlink(path.join(root, 'node_modules'), path.join(folder, 'node_modules'));
  environment = { PATH: process.env['PATH'], HOME: process.env['HOME'], TMPDIR: folder };
  demo = spawn(process.execPath, ['examples/support-desk/src/demo/main.ts', '--keep'], {
    cwd: root,
    env: environment,
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  const exports = await exportsOf(demo);
  const { stdout } = await run('bash', ['-ec', `${exports}\nenv -0`], { env: environment });
  for (const line of stdout.split('\0')) {
    const [name = '', ...value] = line.split('=');
    if (name.startsWith('VESTIGE_')) environment[name] = value.join('=');
  }
}, BOOT_MS_MAX + 10_000);

afterAll(async () => {
  if (demo?.exitCode === null) {
    process.kill(-(demo.pid ?? 0), 'SIGINT');
    await once(demo, 'close');
  }
  await rm(folder, { recursive: true, force: true, maxRetries: 3 });
}, 60_000);

/** Commands of the fenced blocks under the heading of the tour; a line that ends in a backslash goes on. */
function commandsOf(readme: string): string[] {
  const tour = /^## Five-minute tour\n(.*?)^## /ms.exec(readme)?.[1] ?? '';
  const blocks = [...tour.matchAll(/^```sh\n(.*?)^```/gms)].map(([, block = '']) => block);
  return blocks.flatMap((block) =>
    block
      .replaceAll(/\\\n\s*/g, '')
      .trim()
      .split('\n'),
  );
}

/** The lines that the demo tells a reader to paste, once it is done with its story. */
async function exportsOf(process: ChildProcess): Promise<string> {
  let said = '';
  const late = AbortSignal.timeout(BOOT_MS_MAX);
  process.stderr?.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  for await (const text of process.stdout?.setEncoding('utf8').iterator({ destroyOnReturn: false }) ?? []) {
    said += text;
    if (late.aborted) break;
    const lines = said.split('\n').filter((line) => line.startsWith('  export '));
    if (lines.length >= 2 && said.includes('Ctrl-C ends it')) return lines.join('\n');
  }
  throw new Error(`the demo never said where it is:\n${said}`);
}

async function type(command: string): Promise<string> {
  const filled = command.replaceAll(/<(\w+)>/g, (_, name: string) => {
    const value = known.get(name);
    if (value === undefined) throw new Error(`nothing before this command told a reader what <${name}> is`);
    return value;
  });
  const variable = /^([A-Z_]+)=\$\(.*\)$/.exec(filled)?.[1];
  const script = variable === undefined ? filled : `${filled}\nprintf %s "$${variable}"`;
  const { stdout } = await run('bash', ['-ec', script], { cwd: folder, env: environment, timeout: COMMAND_MS_MAX });
  if (variable !== undefined) environment[variable] = stdout;
  learn(command, stdout);
  return stdout;
}

const UUID = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/;

function learn(command: string, answer: string): void {
  const from = (name: string, pattern: RegExp) => known.set(name, pattern.exec(answer)?.[1] ?? 'not told');
  if (command.includes('/v1/subjects/resolve')) from('subjectId', /"subjectId":"([^"]+)"/);
  if (command.includes('exposure ask')) from('exposureId', new RegExp(`approve (${UUID.source})`));
  if (command.includes('request create')) from('id', new RegExp(`(${UUID.source})`));
  if (command.includes('request plan')) from('hash', /\b((?:sha256:)?[0-9a-f]{64})\b/);
}

describe('the tour', () => {
  test('begins with the demo and has something to run', () => {
    expect(boot).toBe('npm run demo -- --keep');
    expect(commands.length).toBeGreaterThan(15);
  });

  test.each(commands)('%s', { timeout: COMMAND_MS_MAX }, async (command) => {
    const answer = await type(command);
    answers.set(command, answer);
    expect(answer).not.toBe('');
    if (!command.startsWith('curl')) return;
    // curl succeeds with whatever was answered; a problem has a code and a title.
    const body = JSON.parse(answer);
    expect([body.code, body.title]).toEqual([undefined, undefined]);
  });

  test('has answered where his data went, where it is, who was affected, and what is not known', async () => {
    const told = (part: string) => answers.get(commands.find((command) => command.includes(part)) ?? '') ?? '';
    expect(told('vestige lineage')).toMatch(/Rests in\n(?:.*\n)*?.*held .*store:sqlite:crm\.db\/main\.customers/);
    const words = (text: string) =>
      text
        .trim()
        .replaceAll(/\s+/g, ' ')
        .replaceAll(/\d{4}-\d\d-\d\d/g, '<day>');
    const lines = told('vestige lineage').split('\n').map(words);
    expect(shown.length).toBeGreaterThan(8);
    for (const line of shown) expect(lines).toContain(words(line));
    expect(told('vestige lineage')).toMatch(/omplete: This answer rests on what \d+ services? ha/i);
    expect(JSON.parse(told('/lineage?view=officer')).recipients.length).toBeGreaterThan(0);
    expect(JSON.parse(told('/timeline')).items).toHaveLength(5);
    expect(told('exposure ask')).toMatch(/\d+ (person|people)/);
    expect(told('exposure people')).toMatch(UUID);
    expect(told('vestige coverage')).toMatch(/% covered/);
    expect(JSON.parse(told('/v1/map')).nodes.length).toBeGreaterThan(5);
    expect(told('request wait')).toContain('completed');
    expect(told('request package')).toMatch(/copy\.zip: \d+ bytes/);
    expect(told('vestige-audit-verify')).toContain('The log HOLDS.');
    // He was erased at the end of the tour: nobody is known by his address any more.
    const resolve = commands.find((command) => command.includes('/v1/subjects/resolve')) ?? 'false';
    expect(JSON.parse(await type(resolve))).toMatchObject({ subjectId: null, ambiguous: [] });
  });
});
