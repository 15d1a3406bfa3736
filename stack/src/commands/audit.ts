import { createPublicKey, type KeyObject } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { isValid, verifyCertificate } from '@vestige/core/certificate/verify';
import { VestigeError } from '@vestige/core/errors';
import { Command } from 'commander';
import { EXIT } from '../exit-code.ts';
import { leaf, run } from './leaf.ts';

interface VerifyOptions {
  readonly key: string;
  readonly nonce?: string;
  readonly subject?: string;
}

export function auditCommand(): Command {
  return new Command('audit').description('check what Vestige has signed').addCommand(verify());
}

/** Needs no network, no database and no settings: anyone who was handed the file and the public key can run it. */
function verify(): Command {
  const command = leaf(
    'verify <file>',
    'check a certificate offline; exits with 7 when it does not hold',
    'audit verify certificate.json --key issuer.pem',
  )
    .requiredOption('--key <file>', 'public key of the issuer, PEM')
    .option('--nonce <base64url>', 'with --subject: check that it is about this person')
    .option('--subject <id>', 'subject id that was handed over with the nonce');
  return run<VerifyOptions>(command, async ({ terminal, args, options }) => {
    const file = args[0] ?? '';
    const bytes = new Uint8Array(await fileBytes(file));
    if ((options.nonce === undefined) !== (options.subject === undefined)) {
      throw new VestigeError('bad_request', '--nonce and --subject belong together.');
    }
    const opening =
      options.nonce !== undefined && options.subject !== undefined
        ? { nonce: Buffer.from(options.nonce, 'base64url'), subjectId: options.subject }
        : undefined;
    const checks = verifyCertificate(bytes, await publicKey(options.key), opening);
    const valid = isValid(checks);
    const lines = checks.map(({ ok, says }) => `${ok ? '  holds  ' : '  FAILS  '}${says}`);
    terminal.answer(
      { valid, checks },
      `${lines.join('\n')}\n\n${valid ? 'The certificate holds.' : 'The certificate does NOT hold.'}`,
    );
    return valid ? EXIT.done : EXIT.negative;
  });
}

async function fileBytes(file: string): Promise<Buffer> {
  try {
    return await readFile(file);
  } catch {
    throw new VestigeError('not_found', `The file ${file} cannot be read.`);
  }
}

async function publicKey(file: string): Promise<KeyObject> {
  const pem = await fileBytes(file);
  try {
    return createPublicKey(pem);
  } catch {
    throw new VestigeError('bad_request', `The file ${file} holds no public key in PEM form.`);
  }
}
