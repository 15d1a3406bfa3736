import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, expect, test, vi } from 'vitest';
import { connectorsFromFile } from './config.ts';

/** The pages a user reads before the first worker file: what they show must be accepted as it stands. */
const PAGES = path.resolve(import.meta.dirname, '../../docs/connectors');
const PLACEHOLDERS: Readonly<Record<string, string>> = {
  CRM_URL: 'postgres://worker@db/crm',
  CRM_VERIFIER_URL: 'postgres://verifier@db/crm',
  SHOP_URL: 'mysql://worker@db/shop',
  SHOP_VERIFIER_URL: 'mysql://verifier@db/shop',
  CACHE_URL: 'redis://worker@cache:6379/0',
  CACHE_VERIFIER_URL: 'redis://verifier@cache:6379/0',
};

afterEach(() => vi.unstubAllEnvs());
const pages = (await readdir(PAGES)).filter((name) => name.endsWith('.md')).sort();

test.each(pages)('the worker files that %s shows are valid, and what stays is said', async (page) => {
  const text = await readFile(path.join(PAGES, page), 'utf8');
  const files = [...text.matchAll(/```yaml\n(stores:[\s\S]*?)```/g)].map((match) => match[1] ?? '');
  const folder = await mkdtemp(path.join(tmpdir(), 'vestige-docs-'));
  for (const [i, shown] of files.entries()) {
    for (const [, name = ''] of shown.matchAll(/\$\{([A-Z0-9_]+)\}/g)) {
      vi.stubEnv(name, PLACEHOLDERS[name] ?? `the-${name.toLowerCase()}-of-a-test`);
    }
    const file = path.join(folder, `${i}.yaml`);
    await writeFile(file, shown);
    for (const connector of await connectorsFromFile(file)) {
      for (const copy of page === 'README.md' ? [] : connector.cannotErase) {
        const words = copy.split(' ')[0] ?? copy;
        expect(text.toLowerCase(), `${page} names ${copy}`).toContain(words.toLowerCase());
      }
    }
  }
  await rm(folder, { recursive: true });
});

test('every page of a connector is linked from the first one', async () => {
  const first = await readFile(path.join(PAGES, 'README.md'), 'utf8');
  for (const page of pages.filter((name) => name !== 'README.md')) expect(first).toContain(`(${page})`);
});
