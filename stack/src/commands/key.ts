import { SCOPES } from '@vestige/store/control/tenant-store';
import { Command, Option } from 'commander';
import { EXIT } from '../exit-code.ts';
import { table } from '../terminal.ts';
import { apiClient } from './api-client.ts';
import { leaf, run } from './leaf.ts';

interface KeyJson {
  readonly id: string;
  readonly name: string;
  readonly scopes: readonly string[];
  readonly expiresAt: string | null;
  readonly revokedAt: string | null;
}

/** API keys of one's own tenant. A second one is needed early: who files a request may not approve it. */
export function keyCommand(): Command {
  return new Command('key')
    .description('make, list and revoke API keys; needs one with the scope admin')
    .addCommand(create())
    .addCommand(list())
    .addCommand(revoke());
}

interface CreateOptions {
  readonly scope: readonly string[];
  readonly expiresAt?: string;
}

/** The key alone goes to standard output, so that a shell can put it into a variable without showing it. */
function create(): Command {
  const command = leaf(
    'create <name>',
    'make a key; it is shown this once',
    'key create approver --scope requests:approve requests:read',
  )
    .addOption(new Option('--scope <scopes...>', 'what it may do').choices(SCOPES).makeOptionMandatory())
    .option('--expires-at <instant>', 'RFC 3339, UTC; never when absent');
  return run<CreateOptions>(command, async ({ terminal, args, options }) => {
    const made = await apiClient().json<{ id: string; key: string }>('POST', '/v1/api-keys', {
      name: args[0],
      scopes: options.scope,
      ...(options.expiresAt !== undefined && { expiresAt: options.expiresAt }),
    });
    terminal.progress(`Key ${made.id}, shown this once:`);
    terminal.answer(made, made.key);
    return EXIT.done;
  });
}

function list(): Command {
  return run(leaf('list', 'all keys, without their secrets', 'key list'), async ({ terminal }) => {
    const found = await apiClient().json<{ items: KeyJson[] }>('GET', '/v1/api-keys');
    const rows = found.items.map((key) => [key.id, key.name, stateOf(key), key.scopes.join(' ')]);
    terminal.answer(found, table(rows));
    return EXIT.done;
  });
}

function stateOf({ revokedAt, expiresAt }: KeyJson): string {
  if (revokedAt !== null) return `revoked ${revokedAt}`;
  return expiresAt === null ? 'valid' : `valid until ${expiresAt}`;
}

function revoke(): Command {
  const command = leaf('revoke <keyId>', 'a key opens nothing from the next call on', 'key revoke vvv0ed3j66aardxr');
  return run(command, async ({ terminal, args }) => {
    await apiClient().json('DELETE', `/v1/api-keys/${encodeURIComponent(args[0] ?? '')}`);
    terminal.answer({ revoked: args[0] }, 'Revoked.');
    return EXIT.done;
  });
}
