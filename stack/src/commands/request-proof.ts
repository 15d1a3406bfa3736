import { writeFile } from 'node:fs/promises';
import { VestigeError } from '@vestige/core/errors';
import type { Command } from 'commander';
import { EXIT } from '../exit-code.ts';
import { apiClient } from './api-client.ts';
import { leaf, run } from './leaf.ts';
import { requestIdOf } from './request-id.ts';

export function packageCommand(): Command {
  const command = leaf(
    'package <id>',
    'save the sealed copy for the person',
    'request package <id> --out copy.zip --purpose dsr-access',
  )
    .requiredOption('--out <file>', 'where to; readable by you alone')
    .requiredOption('--purpose <purpose>', 'why; every download is written down');
  return run<{ out: string; purpose: string }>(command, async ({ terminal, args, options }) => {
    const bytes = await apiClient().bytes(`/v1/requests/${requestIdOf(args)}/package`, options.purpose);
    await save(options.out, bytes, 0o600);
    terminal.answer({ file: options.out, bytes: bytes.length }, `${options.out}: ${bytes.length} bytes`);
    return EXIT.done;
  });
}

export function certificateCommand(): Command {
  const command = leaf(
    'certificate <id>',
    'save the signed certificate, byte for byte, and the key to check it with',
    'request certificate <id> --out certificate.json --key-out issuer.pem',
  )
    .requiredOption('--out <file>', 'where to')
    .option('--key-out <file>', 'where to save the public key');
  return run<{ out: string; keyOut?: string }>(command, async ({ terminal, args, options }) => {
    const api = apiClient();
    await save(options.out, await api.bytes(`/v1/requests/${requestIdOf(args)}/certificate`), 0o644);
    if (options.keyOut !== undefined) {
      const { publicKey } = await api.json<{ publicKey: string }>('GET', '/v1/certificates/public-key');
      await save(options.keyOut, publicKey, 0o644);
    }
    const key = options.keyOut ?? '<public key>';
    terminal.answer(
      { file: options.out, ...(options.keyOut !== undefined && { keyFile: options.keyOut }) },
      `${options.out}\n\nCheck it offline: vestige audit verify ${options.out} --key ${key}`,
    );
    return EXIT.done;
  });
}

/** @throws VestigeError misconfigured, naming the file */
export async function save(file: string, content: Uint8Array | string, mode: number): Promise<void> {
  try {
    await writeFile(file, content, { mode });
  } catch {
    throw new VestigeError('misconfigured', `The file ${file} cannot be written.`);
  }
}
