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
          exclude: [...exclude, '**/*.int.test.ts', '**/*.fault.test.ts', '**/*.pg.test.ts', 'e2e/**'],
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
        test: {
          ...setup,
          name: 'e2e',
          include: ['e2e/**/*.e2e.test.ts'],
          exclude,
          testTimeout: 180_000,
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
      { test: { name: 'tidy', include: ['e2e/tidy.test.ts'], exclude } },
    ],
  },
});
