import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { VestigeError } from '@vestige/core/errors';
import { describe, expect, test } from 'vitest';
import {
  readApiProcessConfig,
  readClientConfig,
  readCollectorProcessConfig,
  readMigrateConfig,
  readUpConfig,
  readWorkerProcessConfig,
} from './config.ts';
import { PART_EXAMPLES, SCHEMAS } from './settings-schemas.ts';

const key = Buffer.alloc(32, 7).toString('base64');
const api = {
  CLICKHOUSE_URL: 'http://u:p@clickhouse:8123/vestige',
  DATABASE_URL: 'postgres://u:p@postgres/vestige',
  VESTIGE_SIGNING_KEY_FILE: '/run/key.pem',
  VESTIGE_AUDIT_ORIGIN: 'vestige.example.com/audit',
  VESTIGE_AUDIT_KEY_FILES: '/run/audit-key.pem,/run/audit-key-before.pem',
};

function failure(read: () => unknown): VestigeError {
  try {
    read();
  } catch (error) {
    if (error instanceof VestigeError) return error;
    throw error;
  }
  throw new Error('nothing was refused');
}

describe('settings', () => {
  test('are complete with none at all for the all-in-one process', () => {
    const config = readUpConfig({});
    expect(config).toMatchObject({
      dataDir: resolve('.vestige'),
      clickhouse: null,
      postgres: null,
      api: { host: '127.0.0.1', port: 4400 },
      collector: { host: '127.0.0.1', port: 4318 },
    });
  });

  test('are reported all at once, each with its name, what is wrong and an example', () => {
    const error = failure(() => readApiProcessConfig({ VESTIGE_API_PORT: 'eighty', VESTIGE_SUBJECT_KEYS: 'nonsense' }));
    expect(error.code).toBe('misconfigured');
    expect(error.message.split('\n')).toEqual([
      '10 settings are wrong for vestige api:',
      '  VESTIGE_API_PORT must be a whole number, 0 to 65535. Example: VESTIGE_API_PORT=4400',
      expect.stringMatching(/^ {2}VESTIGE_SUBJECT_KEYS must be JSON: .* Example: VESTIGE_SUBJECT_KEYS=\{"acme":/),
      '  DATABASE_URL is missing. Example: DATABASE_URL=postgres://vestige:password@postgres:5432/vestige',
      '  VESTIGE_SIGNING_KEY_FILE is missing. Example: VESTIGE_SIGNING_KEY_FILE=/run/secrets/signing-key.pem',
      '  VESTIGE_AUDIT_ORIGIN is missing. Example: VESTIGE_AUDIT_ORIGIN=vestige.example.com/audit',
      '  VESTIGE_AUDIT_KEY_FILES is missing. Example: VESTIGE_AUDIT_KEY_FILES=/run/secrets/audit-key.pem',
      ...['COLLECTOR', 'API', 'ERASER', 'VERIFIER'].map((role) =>
        expect.stringContaining(`CLICKHOUSE_${role}_URL is missing, and CLICKHOUSE_URL`),
      ),
    ]);
  });

  test('never show the value that was wrong', () => {
    const error = failure(() =>
      readApiProcessConfig({
        ...api,
        DATABASE_URL: 'mysql://u:hunter2@h/d',
        VESTIGE_SUBJECT_KEYS: '{"acme":"hunter2"}',
      }),
    );
    expect(error.message + JSON.stringify(error.facts)).not.toContain('hunter2');
  });

  test('of the collector and of its process are reported together', () => {
    const error = failure(() => readCollectorProcessConfig({ VESTIGE_COLLECTOR_PORT: 'x' }));
    expect(error.message).toContain('VESTIGE_COLLECTOR_PORT');
    expect(error.message).toContain('DATABASE_URL is missing');
  });

  test('take one ClickHouse URL for all roles, and a role its own', () => {
    const own = 'http://eraser:p@clickhouse:8123/vestige';
    const { clickhouse } = readApiProcessConfig({ ...api, CLICKHOUSE_ERASER_URL: own });
    expect(clickhouse.api.reveal()).toBe(api.CLICKHOUSE_URL);
    expect(clickhouse.eraser.reveal()).toBe(own);
  });

  test('name every role that has no URL', () => {
    const { CLICKHOUSE_URL: _, ...rest } = api;
    const error = failure(() => readApiProcessConfig({ ...rest, CLICKHOUSE_API_URL: api.CLICKHOUSE_URL }));
    for (const role of ['COLLECTOR', 'ERASER', 'VERIFIER'])
      expect(error.message).toContain(`CLICKHOUSE_${role}_URL is missing`);
    expect(error.message).not.toContain('CLICKHOUSE_API_URL');
  });

  test('read subject keys in their order and refuse short ones', () => {
    const VESTIGE_SUBJECT_KEYS = JSON.stringify({
      acme: [
        { kid: 'k2', key },
        { kid: 'k1', key },
      ],
    });
    expect(readClientConfig({ VESTIGE_SUBJECT_KEYS }).subjectKeys.map(({ kid }) => kid)).toEqual(['k2', 'k1']);
    const short = JSON.stringify({ acme: [{ kid: 'k1', key: 'c2hvcnQ=' }] });
    expect(failure(() => readClientConfig({ VESTIGE_SUBJECT_KEYS: short })).message).toContain('at least 32 bytes');
  });

  test('of a worker want a key to execute or one to verify', () => {
    const worker = { VESTIGE_API_URL: 'http://api:4400', VESTIGE_WORKER_FILE: 'w.yaml' };
    expect(failure(() => readWorkerProcessConfig(worker)).message).toContain('or VESTIGE_VERIFIER_KEY must be set');
    expect(failure(() => readWorkerProcessConfig({})).message).toContain('3 settings are wrong');
    const same = { ...worker, VESTIGE_WORKER_KEY: 'vst_a_b', VESTIGE_VERIFIER_KEY: 'vst_a_b' };
    expect(failure(() => readWorkerProcessConfig(same)).message).toContain('must be another key');
    expect(readWorkerProcessConfig({ ...worker, VESTIGE_VERIFIER_KEY: 'vst_a_b' })).toMatchObject({
      executorKey: null,
    });
  });

  test('of migrations fall back from the owner to the application only where that is all there is', () => {
    expect(readMigrateConfig({}).postgres).toBeNull();
    expect(readMigrateConfig(api).postgres?.reveal()).toBe(api.DATABASE_URL);
    const DATABASE_ADMIN_URL = 'postgres://owner:p@postgres/vestige';
    expect(readMigrateConfig({ ...api, DATABASE_ADMIN_URL }).postgres?.reveal()).toBe(DATABASE_ADMIN_URL);
  });

  test('that are empty count as absent', () => {
    expect(readUpConfig({ CLICKHOUSE_URL: '', VESTIGE_API_PORT: '' }).clickhouse).toBeNull();
  });
});

test('every setting of the collector and the API has an example to show', () => {
  const root = resolve(import.meta.dirname, '../..');
  const names = ['collector', 'api'].flatMap(
    (part) => readFileSync(resolve(root, `${part}/src/config.ts`), 'utf8').match(/\bVESTIGE_[A-Z_]*[A-Z]\b/g) ?? [],
  );
  expect(names.filter((name) => PART_EXAMPLES[name] === undefined)).toEqual([]);
});

test('.env.example names every variable that any process reads, and no other', () => {
  const root = resolve(import.meta.dirname, '../..');
  const read = (file: string) => readFileSync(resolve(root, file), 'utf8');
  const files = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', '*config.ts'], {
    cwd: root,
    encoding: 'utf8',
  });
  const inSources = files
    .split('\n')
    .filter((file) => /^(collector|api|connectors|stack|e2e)\/.*\/config\.ts$/.test(file))
    .flatMap((file) => read(file).match(/\b(?:VESTIGE|CLICKHOUSE|DATABASE|TEST)_[A-Z_]*[A-Z]\b/g) ?? []);
  const inCompose = read('docker-compose.yml').match(/(?<=\$\{)[A-Z_]+/g) ?? [];
  const wanted = new Set([
    ...Object.values(SCHEMAS).flatMap((schema) => Object.keys(schema.shape)),
    ...inSources,
    ...inCompose,
  ]);
  const named = new Set(
    read('.env.example')
      .match(/^# ?[A-Z_]+(?==)/gm)
      ?.map((line) => line.replace(/^# ?/, '')),
  );

  expect([...wanted].filter((name) => !named.has(name))).toEqual([]);
  expect([...named].filter((name) => !wanted.has(name))).toEqual([]);
});
