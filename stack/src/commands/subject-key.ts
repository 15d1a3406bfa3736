import { resolve } from 'node:path';
import { VestigeError } from '@vestige/core/errors';
import { Command } from 'commander';
import { readClientConfig } from '../config.ts';
import { EXIT } from '../exit-code.ts';
import { keyFiles } from '../own-keys.ts';
import { destroySubjectKey, rotateSubjectKey, subjectKeyIdsIn } from '../subject-key-file.ts';
import { leaf, run } from './leaf.ts';

interface KeyFileOptions {
  readonly tenant: string;
  readonly file?: string;
}

const WHAT_HAPPENS = `
The file is that of vestige up, or the one whose content VESTIGE_SUBJECT_KEYS is set from; nothing else holds these keys, so
keep a copy. Restart what reads it. The audit log then tells that a key came (subject_key.added), and, when no process has
held it for a day, that it is gone (subject_key.gone).`;

/** Keys that turn identifiers into tokens. They never leave the machines that are given them, so these commands edit a file. */
export function subjectKeyCommand(): Command {
  return new Command('subject-key')
    .description('rotate and destroy the keys that turn identifiers into tokens')
    .addCommand(rotate())
    .addCommand(destroy());
}

function rotate(): Command {
  const command = withFile(
    leaf(
      'rotate',
      'put a new key before the others; those stay for what they have named',
      'subject-key rotate --tenant acme',
    ),
  );
  return run<KeyFileOptions>(command, async ({ terminal, options }) => {
    const file = fileOf(options);
    const kid = rotateSubjectKey(file, options.tenant);
    const kids = subjectKeyIdsIn(file, options.tenant);
    terminal.answer(
      { file, tenant: options.tenant, kid, kids },
      `${kid} is the key of ${options.tenant} from now on; ${kids.slice(1).join(', ')} still find what they have named.\nRestart the API, then give ${kid} to the applications.`,
    );
    return EXIT.done;
  });
}

function destroy(): Command {
  const command = withFile(
    leaf(
      'destroy <kid>',
      'take an old key away for good: nobody who asks by an identifier finds what it named any more',
      'subject-key destroy k1 --tenant acme --yes',
    ),
  ).option('--yes', 'without it nothing is destroyed');
  return run<KeyFileOptions & { readonly yes?: boolean }>(command, async ({ terminal, args, options }) => {
    if (options.yes !== true) {
      throw new VestigeError(
        'bad_request',
        'What this key named is then found by token alone, and requests by identifier miss it. Say --yes, and destroy the copies of the file too.',
      );
    }
    const file = fileOf(options);
    const kid = args[0] ?? '';
    destroySubjectKey(file, options.tenant, kid);
    const kids = subjectKeyIdsIn(file, options.tenant);
    terminal.answer(
      { file, tenant: options.tenant, destroyed: kid, kids },
      `${kid} is destroyed in ${file}. Restart the API.`,
    );
    return EXIT.done;
  });
}

const withFile = (command: Command): Command =>
  command
    .requiredOption('--tenant <name>', 'whose keys')
    .option('--file <path>', 'the key file; that of vestige up when absent')
    .addHelpText('after', WHAT_HAPPENS);

const fileOf = ({ file }: KeyFileOptions): string =>
  file === undefined ? keyFiles(readClientConfig().dataDir).subjectKeys : resolve(file);
