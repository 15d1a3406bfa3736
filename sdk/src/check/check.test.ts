import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { findApiMix, isTooNew } from './api-mix.ts';
import { coverageOf, type OtelInstrumentation } from './coverage.ts';

function application(packages: Record<string, string>): string {
  const folder = mkdtempSync(join(tmpdir(), 'vestige-app-'));
  for (const [name, version] of Object.entries(packages)) {
    mkdirSync(join(folder, 'node_modules', name), { recursive: true });
    writeFileSync(join(folder, 'node_modules', name, 'package.json'), JSON.stringify({ version }));
  }
  return folder;
}

const instrumentation = (
  name: string,
  module: string,
  supported: string[],
  patched: boolean,
): OtelInstrumentation & object => ({
  instrumentationName: name,
  enable() {},
  disable() {},
  ...{ _modules: [{ name: module, supportedVersions: supported, moduleExports: patched ? {} : undefined }] },
});

describe('coverage', () => {
  const app = application({ openai: '7.57.0', pg: '8.11.0', ioredis: '5.0.0', kafkajs: '2.2.4', chromadb: '1.0.0' });
  const { libraries, gaps } = coverageOf(
    [
      instrumentation('i-openai', 'openai', ['>=4.19.0 <7'], false),
      instrumentation('i-pg', 'pg', ['>=8.0.3 <9'], true),
      instrumentation('i-ioredis', 'ioredis', ['>=2.0.0 <6'], false),
      instrumentation('@opentelemetry/instrumentation-undici', 'undici', ['*'], true),
    ],
    app,
  );
  const stateOf = (library: string) => libraries.find((one) => one.library === library)?.state;

  test('a library newer than its instrumentation is named, with the versions that would be seen', () => {
    expect(gaps.find(({ library }) => library === 'openai')).toEqual({
      library: 'openai',
      version: '7.57.0',
      state: 'unsupported_version',
      supported: '>=4.19.0 <7',
      by: 'i-openai',
    });
  });

  test('a patched library is no gap; one that is supported and not patched is', () => {
    expect([stateOf('pg'), stateOf('ioredis')]).toEqual(['patched', 'not_patched']);
    expect(gaps.map(({ library }) => library)).not.toContain('pg');
  });

  test('a library that moves data and that nobody watches is named with what would watch it', () => {
    expect(gaps.find(({ library }) => library === 'kafkajs')?.by).toBe('@opentelemetry/instrumentation-kafkajs');
  });

  test('what is seen as HTTP or recorded by hand is no gap', () => {
    expect(stateOf('chromadb')).toBe('seen_as_http');
    const byHand = coverageOf([], app, ['kafkajs']);
    expect(byHand.libraries.find(({ library }) => library === 'kafkajs')?.state).toBe('by_hand');
    expect(byHand.gaps.map(({ library }) => library)).not.toContain('kafkajs');
  });

  test('libraries that are not installed are not mentioned', () => expect(stateOf('mysql2')).toBeUndefined());
});

describe('mixed versions of the API', () => {
  const KEY = Symbol.for('opentelemetry.js.api.1');
  const globals = globalThis as Record<symbol, unknown>;
  const before = globals[KEY];
  afterEach(() => {
    globals[KEY] = before;
  });

  test.each([
    ['1.10.0', '1.9.1', true],
    ['1.9.1', '1.10.0', false],
    ['1.9.0', '1.9.1', false],
    ['2.0.0', '1.10.0', true],
  ])('code on %s under globals of %s is silent: %s', (version, registered, silent) => {
    expect(isTooNew(version, registered)).toBe(silent);
  });

  test('a copy that is too new is found below the package that brought it', () => {
    const app = application({ '@opentelemetry/api': '1.9.1', '@scope/lib': '1.0.0', 'old-lib': '1.0.0' });
    for (const [owner, version] of [
      ['@scope/lib', '1.10.0'],
      ['old-lib', '1.8.0'],
    ] as const) {
      const folder = join(app, 'node_modules', owner, 'node_modules/@opentelemetry/api');
      mkdirSync(folder, { recursive: true });
      writeFileSync(join(folder, 'package.json'), JSON.stringify({ version }));
    }
    globals[KEY] = { version: '1.9.1' };
    const { registered, silent } = findApiMix(app, app);
    expect(registered).toBe('1.9.1');
    expect(silent.map(({ version }) => version)).toEqual(['1.10.0']);
    expect(silent[0]?.folder).toContain(join('@scope', 'lib'));
  });

  test('nobody registered yet: nothing to say', () => {
    globals[KEY] = undefined;
    expect(findApiMix(application({ '@opentelemetry/api': '1.10.0' }), '/')).toEqual({ registered: '', silent: [] });
  });
});
