import { cp, readdir, rm } from 'node:fs/promises';
import { join, relative } from 'node:path';
import type { Secret } from '@vestige/core/secret';
import { openClickHouse, SYSTEM_SPEAKER } from '../../clickhouse/client.ts';

/** The engine whose backup it is. */
interface Engine {
  readonly dataDir: string;
  url(role: 'admin'): Secret;
}

/** Puts a frozen copy back, as an operator restores a backup: its parts go to `detached/` and are attached. */
export async function attachFrozen(engine: Engine, name: string, table: string): Promise<void> {
  const shadow = join(engine.dataDir, 'shadow', name);
  const clickhouse = openClickHouse(engine.url('admin'));
  try {
    for (const part of await partsBelow(shadow)) {
      // shadow/<name>/store/<abc>/<uuid>/<part>
      const place = join(engine.dataDir, relative(shadow, part));
      const target = join(place, '..', 'detached', part.split('/').at(-1) ?? '');
      await cp(part, target, { recursive: true });
      const sql = `ALTER TABLE ${table} ATTACH PART '${part.split('/').at(-1)}'`;
      await clickhouse.run(SYSTEM_SPEAKER, { name: 'test', sql }, {});
    }
    await rm(shadow, { recursive: true, force: true });
  } finally {
    await clickhouse.close();
  }
}

async function partsBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  if (entries.some((entry) => entry.name === 'checksums.txt')) return [folder];
  const below = await Promise.all(
    entries.filter((entry) => entry.isDirectory()).map((entry) => partsBelow(join(folder, entry.name))),
  );
  return below.flat();
}
