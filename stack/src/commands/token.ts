import { text } from 'node:stream/consumers';
import { VestigeError } from '@vestige/core/errors';
import { SubjectKeyring } from '@vestige/core/identity/keyring';
import type { Command } from 'commander';
import { readClientConfig } from '../config.ts';
import { EXIT } from '../exit-code.ts';
import { keyringOptions, storedSubjectKeys } from '../own-keys.ts';
import { leaf, run } from './leaf.ts';

/** Made here, without the API: the raw identifier does not leave this process. */
export function tokenCommand(): Command {
  const command = leaf(
    'token <type> <value>',
    'the tokens of an identifier, newest key first; - as value reads standard input, which no shell history keeps',
    'token email ada@example.com',
  ).option('--tenant <name>', 'whose key', 'default');
  return run<{ tenant: string }>(command, async ({ terminal, args, options }) => {
    const [type = '', given = ''] = args;
    const value = given === '-' ? (await text(process.stdin)).replace(/\r?\n$/, '') : given;
    const config = readClientConfig();
    const keys = [...config.subjectKeys, ...storedSubjectKeys(config.dataDir)];
    const keyring = new SubjectKeyring(keys, keyringOptions(config));
    if (!keyring.has(options.tenant)) {
      throw new VestigeError(
        'misconfigured',
        `There is no subject key of tenant ${options.tenant}: set VESTIGE_SUBJECT_KEYS, or run vestige up, which makes one in ${config.dataDir}.`,
      );
    }
    const tokens = keyring.tokensFor(options.tenant, type, value);
    terminal.answer({ tokens }, tokens.join('\n'));
    return EXIT.done;
  });
}
