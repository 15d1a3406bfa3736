import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { VestigeError } from '@vestige/core/errors';
import { z } from 'zod';
import { createPrivateFile } from '../private-file.ts';
import { CLICKHOUSE_ROLES, type ClickHouseRole } from './roles.ts';

const Passwords = z.record(z.enum(CLICKHOUSE_ROLES), z.string().min(16));

/**
 * Passwords of the embedded engine's users: made at the first start, kept beside the data so that a restart keeps them.
 *
 * @throws VestigeError misconfigured when the file is there but unreadable
 */
export function embeddedPasswords(folder: string): Readonly<Record<ClickHouseRole, string>> {
  const file = join(folder, 'credentials.json');
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch {
    const made = Object.fromEntries(CLICKHOUSE_ROLES.map((role) => [role, randomBytes(24).toString('base64url')]));
    createPrivateFile(file, `${JSON.stringify(made, null, 2)}\n`);
    text = readFileSync(file, 'utf8');
  }
  try {
    return Passwords.parse(JSON.parse(text));
  } catch {
    throw new VestigeError('misconfigured', `The file ${file} is damaged; remove it and new passwords are made.`);
  }
}
