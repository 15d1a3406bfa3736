import { readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { classifyFailure } from '@vestige/connectors/perform-task';
import { startTestCollector, type TestCollector, until } from '@vestige/sdk/testing/collector';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type OutsideProject, outsideProject } from './src/packages/outside-project.ts';
import { PACKAGES } from './src/packages/pack.ts';
import { samplesOf } from './src/packages/samples.ts';

/** The packages as somebody installs them who has never seen this repository, and the code that our pages show them. */

const OTEL = ['sdk-trace', 'core', 'resources', 'context-async-hooks'].map((name) => `@opentelemetry/${name}`);
const BUILD_MS_MAX = 180_000;
let project: OutsideProject;
let collector: TestCollector;

beforeAll(async () => {
  project = await outsideProject(OTEL);
  collector = await startTestCollector();
}, BUILD_MS_MAX);
afterAll(async () => {
  await collector?.close();
  await project?.remove();
});

describe('an outside project', () => {
  test('imports every module that a package offers, with what it declares to need and under the types it gives', async () => {
    const lines: string[] = [];
    for (const workspace of PACKAGES) {
      const dist = path.join(project.folder, 'node_modules/@vestige', workspace, 'dist');
      const modules = (await readdir(dist, { recursive: true }))
        .filter((file) => file.endsWith('.js'))
        .map((file) => file.slice(0, -'.js'.length));
      expect(modules.length).toBeGreaterThan(2);
      for (const name of modules) {
        // The entry point of the verifier runs when it is imported, and connectors that come along want their drivers.
        if (`${workspace}/${name}` === 'audit-verify/main') continue;
        if (workspace === 'connectors' && !WITHOUT_DRIVER.includes(name)) continue;
        lines.push(`await import('@vestige/${workspace}${name === 'index' ? '' : `/${name}`}');`);
      }
    }
    await writeFile(path.join(project.folder, 'everything.ts'), `${lines.join('\n')}\nexport {};\n`);
    expect(lines.length).toBeGreaterThan(100);
    expect(await project.complaints(['everything.ts'])).toBe('');
    await project.node('everything.ts');
  });

  test('is shown nothing that belongs to tests', async () => {
    const files = await readdir(path.join(project.folder, 'node_modules/@vestige'), { recursive: true });
    expect(files.filter((file) => /\.test\.|testing|contract|\.ts$/.test(file) && !file.endsWith('.d.ts'))).toEqual([]);
  });

  test('verifies offline with the command that the verifier installs', async () => {
    const main = path.join(project.folder, 'node_modules/@vestige/audit-verify');
    const { bin } = JSON.parse(await readFile(path.join(main, 'package.json'), 'utf8'));
    await expect(project.node(path.join(main, bin['vestige-audit-verify']))).rejects.toMatchObject({
      code: 2,
      stdout: expect.stringContaining('--saved'),
    });
  });
});

test('what a connector throws with its own copy of the kit is not unknown to a worker with another', async () => {
  const kit = path.join(project.folder, 'node_modules/@vestige/connectors/dist/kit.js');
  const { ConnectorError } = await import(pathToFileURL(kit).href);
  const failure = { class: 'permanent', code: 'permission_denied', message: 'helpdesk: the key may not delete.' };
  expect(classifyFailure(new ConnectorError(failure.class, failure.code, failure.message))).toEqual(failure);
});

const WITHOUT_DRIVER = [
  'kit',
  'wanted',
  'define-connector',
  'conformance',
  'announce-conformance',
  'change-conformance',
  'worker',
];

describe('the code that a page shows', () => {
  const samples = samplesOf(['README.md', 'sdk/README.md', 'docs/instrument.md', 'docs/connectors/README.md']);

  test('is some', () => expect(samples.length).toBeGreaterThan(4));

  test('compiles as it stands, under the strictest settings', async () => {
    for (const { file, text } of samples) await writeFile(path.join(project.folder, file), text);
    expect(await project.complaints(samples.map(({ file }) => file))).toBe('');
  });

  test.each(samples.filter(({ text }) => text.includes('startVestige(')))(
    '$name starts and its spans arrive, with a person and an agent',
    async ({ file }) => {
      const before = collector.spans.length;
      const { stderr } = await project.node(file, {
        COLLECTOR_URL: collector.url,
        SPOOL_DIR: path.join(project.folder, `spool-${file}`),
      });
      expect(stderr).toBe('');
      await until(() => collector.spans.length > before);
      const sent = collector.spans.slice(before);
      const tokens = sent.map((span) => span.attributes['vestige.subject.tokens']).filter(Boolean);
      expect(tokens.length).toBeGreaterThan(0);
      expect(sent.some((span) => span.attributes['gen_ai.agent.name'] !== undefined)).toBe(true);
      expect(collector.bodies.some((body) => body.includes('mona@example.com'))).toBe(false);
    },
  );
});
