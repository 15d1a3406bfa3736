import { VestigeError } from '@vestige/core/errors';
import type { MigrationFile } from './files.ts';

export interface AppliedMigration {
  readonly name: string;
  readonly checksum: string;
  /** RFC 3339, UTC. */
  readonly appliedAt: string;
}

export interface MigrationStatus {
  readonly name: string;
  readonly state: 'applied' | 'pending';
  readonly appliedAt: string | null;
}

/**
 * What is still to apply, in order.
 *
 * History is linear: a changed, missing or late file means that two databases with the same numbers could differ, so
 * nothing is applied at all.
 *
 * @throws VestigeError conflict with one sentence that names the file and the way out
 */
export function pendingMigrations(
  files: readonly MigrationFile[],
  applied: readonly AppliedMigration[],
): readonly MigrationFile[] {
  const byName = new Map(files.map((file) => [file.name, file]));
  for (const done of applied) {
    const file = byName.get(done.name);
    if (file === undefined) {
      throw new VestigeError(
        'conflict',
        `Migration ${done.name} was applied to this database but its file is gone; this software is older than the database.`,
      );
    }
    if (file.checksum !== done.checksum) {
      throw new VestigeError(
        'conflict',
        `Migration ${done.name} was edited after it was applied; restore the file and put the change into a new one.`,
      );
    }
  }
  const names = new Set(applied.map((done) => done.name));
  const last = [...names].sort().at(-1) ?? '';
  const pending = files.filter((file) => !names.has(file.name));
  const late = pending.find((file) => file.name < last);
  if (late !== undefined) {
    throw new VestigeError(
      'conflict',
      `Migration ${late.name} comes before ${last}, which is applied already; give it the next number.`,
    );
  }
  return pending;
}

export function migrationStatus(
  files: readonly MigrationFile[],
  applied: readonly AppliedMigration[],
): readonly MigrationStatus[] {
  const appliedAt = new Map(applied.map((done) => [done.name, done.appliedAt]));
  return files.map(({ name }) => ({
    name,
    state: appliedAt.has(name) ? 'applied' : 'pending',
    appliedAt: appliedAt.get(name) ?? null,
  }));
}
