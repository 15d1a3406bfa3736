import { startTestClickHouse, type TestClickHouse } from '@vestige/e2e/harness/engines';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { clickHouseFindings } from './clickhouse.ts';

let engine: TestClickHouse;
beforeAll(async () => {
  engine = await startTestClickHouse();
});
afterAll(() => engine.stop());

const urls = () => ({
  collector: engine.url('collector'),
  api: engine.url('api'),
  eraser: engine.url('eraser'),
  verifier: engine.url('verifier'),
});

test('our own tables, users and settings are in order', async () => {
  const findings = await clickHouseFindings({ admin: engine.url('admin'), urls: urls() });
  expect(findings.filter(({ state }) => state !== 'good')).toEqual([]);
  expect(findings.map(({ check }) => check)).toEqual(
    expect.arrayContaining([
      'clickhouse clock',
      'async_insert',
      'clickhouse grants',
      'clean-up',
      'ttl',
      'row policies',
    ]),
  );
});

test('one login for everything is told, with what it cannot do and whom no policy guards', async () => {
  const one = engine.url('verifier');
  const findings = await clickHouseFindings({
    admin: engine.url('admin'),
    urls: { collector: one, api: one, eraser: one, verifier: one },
  });
  const said = findings.filter(({ state }) => state !== 'good').map(({ check, state }) => `${check} ${state}`);
  expect(said).toEqual(
    expect.arrayContaining(['clickhouse logins warning', 'clickhouse grants bad', 'row policies warning']),
  );
  expect(findings.find(({ says }) => says.startsWith('The eraser login'))?.says).toContain('ALTER DELETE ON touches');
});

test('a server that is away is one sentence that quotes nothing', async () => {
  const gone = await startTestClickHouse();
  const admin = gone.url('admin');
  await gone.stop();
  const findings = await clickHouseFindings({
    admin,
    urls: { collector: admin, api: admin, eraser: admin, verifier: admin },
  });
  expect(findings).toMatchObject([{ check: 'clickhouse', state: 'bad', says: 'ClickHouse does not answer.' }]);
});
