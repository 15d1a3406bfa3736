import { createPublicKey, type KeyObject } from 'node:crypto';
import { readFile, stat, writeFile } from 'node:fs/promises';
import { readBrought, UnreadableFile } from '@vestige/audit-verify/brought';
import { openBundle, UnreadableBundle } from '@vestige/audit-verify/bundle-files';
import { humanReport } from '@vestige/audit-verify/human-report';
import { verifyBundle } from '@vestige/audit-verify/verify-bundle';
import { isValid, verifyCertificate } from '@vestige/core/certificate/verify';
import { VestigeError } from '@vestige/core/errors';
import { Command } from 'commander';
import { EXIT, type ExitCode } from '../exit-code.ts';
import type { Terminal } from '../terminal.ts';
import { apiClient } from './api-client.ts';
import { auditCheckCommand } from './audit-check.ts';
import { leaf, run } from './leaf.ts';

interface VerifyOptions {
  readonly key?: string;
  readonly keys?: string;
  readonly saved?: readonly string[];
  readonly tsaCa?: string;
  readonly nonce?: string;
  readonly subject?: string;
}

export function auditCommand(): Command {
  return new Command('audit')
    .description('check what Vestige has signed')
    .addCommand(bundle())
    .addCommand(verify())
    .addCommand(auditCheckCommand());
}

/** For an auditor: the log as it is, and, on another way, the keys to check it with. */
function bundle(): Command {
  const command = leaf(
    'bundle',
    'save the audit log with all its proofs, for `audit verify`; people are withheld',
    'audit bundle --out audit.tar --keys-out acme.vkeys',
  )
    .requiredOption('--out <file>', 'where to; a tar archive, readable by you alone')
    .option('--keys-out <file>', 'where to save the verifier keys of the log');
  return run<{ out: string; keysOut?: string }>(command, async ({ terminal, options }) => {
    const api = apiClient();
    const bytes = await api.bytes('/v1/audit/bundle');
    await save(options.out, bytes, 0o600);
    if (options.keysOut !== undefined) await save(options.keysOut, await api.bytes('/v1/audit/keys'), 0o644);
    terminal.answer(
      { file: options.out, bytes: bytes.length, ...(options.keysOut !== undefined && { keysFile: options.keysOut }) },
      `${options.out}: ${bytes.length} bytes\n\nCheck it offline: vestige audit verify ${options.out} --keys ${options.keysOut ?? '<keys>'}`,
    );
    return EXIT.done;
  });
}

async function save(file: string, content: Uint8Array, mode: number): Promise<void> {
  try {
    await writeFile(file, content, { mode });
  } catch {
    throw new VestigeError('misconfigured', `The file ${file} cannot be written.`);
  }
}

/** Needs no network, no database and no settings: anyone who was handed the file and the public key can run it. */
function verify(): Command {
  const command = leaf(
    'verify <file>',
    'check an audit bundle or a certificate offline; exits with 7 when it does not hold, 8 when something is missing',
    'audit verify audit-acme-8123.tar --keys acme.vkeys --saved checkpoints/',
  )
    .option('--keys <file>', 'bundle: verifier keys of the log, which you were given on another way')
    .option('--saved <path...>', 'bundle: checkpoints that were kept, or folders of them')
    .option('--tsa-ca <file>', 'bundle: certificates of time-stamping authorities, PEM')
    .option('--key <file>', 'public key of the issuer of certificates, PEM')
    .option('--nonce <base64url>', 'with --subject: check that it is about this person')
    .option('--subject <id>', 'subject id that was handed over with the nonce');
  return run<VerifyOptions>(command, async ({ terminal, args, options }) => {
    const file = args[0] ?? '';
    if (await isBundle(file)) return verifyLog(terminal, file, options);
    const bytes = new Uint8Array(await fileBytes(file));
    if (options.key === undefined) {
      throw new VestigeError(
        'bad_request',
        'A certificate is checked with --key, the public key of its issuer: vestige request certificate <id> --out <file> --key-out <key> saves both.',
      );
    }
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

/** A folder or an archive is a bundle; anything else is a certificate. */
async function isBundle(file: string): Promise<boolean> {
  if (/\.(tar|tgz|tar\.gz)$/.test(file)) return true;
  return stat(file).then(
    (found) => found.isDirectory(),
    () => false,
  );
}

function verifyLog(terminal: Terminal, file: string, { keys, saved, tsaCa, key: issuer }: VerifyOptions): ExitCode {
  try {
    const verdict = verifyBundle(openBundle(file), readBrought({ keys, saved, tsaCa, issuer }));
    terminal.answer(verdict, humanReport(verdict));
    return verdict.verdict === 'holds' ? EXIT.done : verdict.verdict === 'broken' ? EXIT.negative : EXIT.incomplete;
  } catch (error) {
    if (error instanceof UnreadableBundle || error instanceof UnreadableFile) {
      throw new VestigeError('not_found', error.message);
    }
    throw error;
  }
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
