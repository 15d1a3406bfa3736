import { defineConfig } from 'vitest/config';

const exclude = ['**/node_modules/**', '**/dist/**'];

/**
 * Property tests draw the same cases in every run, so that a change is judged by what it changed. PROPERTY_SEED draws
 * others: `PROPERTY_SEED=random npm run test:unit` looks for what nobody has met, and a failure prints its seed.
 */
const propertySeed = process.env.PROPERTY_SEED ?? '20261123';
const setup = { setupFiles: ['./e2e/src/property/setup.ts'], provide: { propertySeed } };

/** One project per kind of proof: what it needs is in the name, so a run says what was checked. */
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          ...setup,
          name: 'unit',
          testTimeout: 180_000,
          include: ['**/src/**/*.test.ts'],
          exclude: [...exclude, '**/*.{int,fault,pg,servers,peers}.test.ts', 'e2e/**'],
        },
      },
      {
        test: {
          ...setup,
          name: 'int',
          include: ['**/*.int.test.ts'],
          exclude: [...exclude, 'e2e/**'],
          testTimeout: 180_000,
          hookTimeout: 180_000,
          pool: 'forks',
          maxWorkers: 2,
        },
      },
      {
        // Needs a real server in TEST_DATABASE_URL; `.ci/run` starts one.
        test: {
          ...setup,
          name: 'postgres',
          include: ['**/*.pg.test.ts'],
          exclude,
          testTimeout: 180_000,
          hookTimeout: 180_000,
          pool: 'forks',
        },
      },
      {
        // Asks peers that neither npm nor Debian has, and writes down what they answer. Run by hand, not by `.ci/run`.
        test: {
          ...setup,
          name: 'peers',
          include: ['**/*.peers.test.ts'],
          exclude,
          testTimeout: 120_000,
          hookTimeout: 300_000,
          pool: 'forks',
          maxWorkers: 1,
        },
      },
      {
        // Starts servers of its own, which `.ci/run` installs: MariaDB, Redis, PostgreSQL and an S3-compatible server.
        test: {
          ...setup,
          name: 'servers',
          include: ['**/*.servers.test.ts'],
          exclude,
          testTimeout: 300_000,
          hookTimeout: 180_000,
          pool: 'forks',
          maxWorkers: 1,
        },
      },
      {
        test: {
          ...setup,
          name: 'e2e',
          include: ['e2e/**/*.e2e.test.ts'],
          exclude,
          testTimeout: 300_000,
          hookTimeout: 180_000,
          pool: 'forks',
          maxWorkers: 1,
        },
      },
      {
        test: {
          ...setup,
          name: 'fault',
          include: ['**/*.fault.test.ts'],
          exclude,
          testTimeout: 600_000,
          hookTimeout: 180_000,
          pool: 'forks',
          maxWorkers: 1,
        },
      },
      {
        // Opens the console, and what is handed to people, in Debian's Chromium, which `.ci/run` installs.
        test: {
          ...setup,
          name: 'browser',
          globalSetup: ['./e2e/src/console/global-setup.ts'],
          include: ['e2e/**/*.browser.test.ts'],
          exclude,
          testTimeout: 180_000,
          // What is waited for comes at once on a quiet machine, and late on a busy one.
          expect: { poll: { timeout: 60_000 } },
          hookTimeout: 180_000,
          pool: 'forks',
          maxWorkers: 1,
        },
      },
      { test: { name: 'tidy', include: ['e2e/tidy.test.ts'], exclude } },
    ],
  },
});
