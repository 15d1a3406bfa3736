import { ROLE_NAMES } from '@vestige/core/access/roles';
import { SCOPES } from '@vestige/core/access/scopes';
import { VestigeError } from '@vestige/core/errors';
import { Command, Option } from 'commander';
import { EXIT } from '../exit-code.ts';
import { table } from '../terminal.ts';
import { apiClient } from './api-client.ts';
import { leaf, run } from './leaf.ts';

interface KeyJson {
  readonly id: string;
  readonly name: string;
  readonly role: string | null;
  readonly person: string;
  readonly scopes: readonly string[];
  readonly expiresAt: string | null;
  readonly revokedAt: string | null;
}

/** API keys of one's own tenant. A second person is needed early: who files a request may not approve it. */
export function keyCommand(): Command {
  return new Command('key')
    .description('make, list, rotate and revoke API keys; needs one with the scope admin')
    .addCommand(create())
    .addCommand(list())
    .addCommand(rotate())
    .addCommand(revoke());
}

interface CreateOptions {
  readonly role?: string;
  readonly scope?: readonly string[];
  readonly person?: string;
  readonly expiresAt?: string;
}

/** The key alone goes to standard output, so that a shell can put it into a variable without showing it. */
function create(): Command {
  const command = leaf(
    'create <name>',
    'make a key; it is shown this once',
    'key create approver --role approver --person staff-4711',
  )
    .addOption(new Option('--role <role>', 'what it may do, as a named set of scopes').choices(ROLE_NAMES))
    .addOption(new Option('--scope <scopes...>', 'what it may do; with a role: which of its scopes').choices(SCOPES))
    .option('--person <name>', 'who will hold it, e.g. a staff number; else it stays in the hands of the calling key')
    .option('--expires-at <instant>', 'RFC 3339, UTC; never when absent');
  return run<CreateOptions>(command, async ({ terminal, args, options }) => {
    const { role, scope, person, expiresAt } = options;
    if (role === undefined && scope === undefined) {
      throw new VestigeError('bad_request', `Say what the key may do: --role ${ROLE_NAMES.join('|')}, or --scope.`);
    }
    const made = await apiClient().json<{ id: string; key: string }>('POST', '/v1/api-keys', {
      name: args[0],
      ...(role !== undefined && { role }),
      ...(scope !== undefined && { scopes: scope }),
      ...(person !== undefined && { person }),
      ...(expiresAt !== undefined && { expiresAt }),
    });
    terminal.progress(`Key ${made.id}, shown this once:`);
    terminal.answer(made, made.key);
    return EXIT.done;
  });
}

function list(): Command {
  return run(leaf('list', 'all keys, without their secrets', 'key list'), async ({ terminal }) => {
    const found = await apiClient().json<{ items: KeyJson[] }>('GET', '/v1/api-keys');
    const rows = found.items.map((key) => [
      key.id,
      key.name,
      key.role ?? 'chosen',
      key.person,
      stateOf(key),
      key.scopes.join(' '),
    ]);
    terminal.answer(found, table(rows));
    return EXIT.done;
  });
}

function stateOf({ revokedAt, expiresAt }: KeyJson): string {
  if (revokedAt !== null) return `revoked ${revokedAt}`;
  return expiresAt === null ? 'valid' : `valid until ${expiresAt}`;
}

function rotate(): Command {
  const command = leaf(
    'rotate [keyId]',
    'a new secret for a key, the calling one when none is named; it is shown this once',
    'key rotate vvv0ed3j66aardxr --overlap 3600',
  ).addOption(
    new Option('--overlap <seconds>', 'how long the old secret goes on working').argParser(Number).default(0),
  );
  return run<{ readonly overlap: number }>(command, async ({ terminal, args, options }) => {
    const path = `/v1/api-keys/${encodeURIComponent(args[0] ?? 'self')}/rotate`;
    const made = await apiClient().json<{ id: string; key: string }>('POST', path, { overlapSeconds: options.overlap });
    terminal.progress(`Key ${made.id}, shown this once:`);
    terminal.answer(made, made.key);
    return EXIT.done;
  });
}

function revoke(): Command {
  const command = leaf('revoke <keyId>', 'a key opens nothing from the next call on', 'key revoke vvv0ed3j66aardxr');
  return run(command, async ({ terminal, args }) => {
    await apiClient().json('DELETE', `/v1/api-keys/${encodeURIComponent(args[0] ?? '')}`);
    terminal.answer({ revoked: args[0] }, 'Revoked.');
    return EXIT.done;
  });
}
