import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { VestigeError } from '@vestige/core/errors';
import {
  ASSURANCE_LEVELS,
  PROOF_BYTES_MAX,
  PROOF_KINDS,
  type ProofMediaType,
} from '@vestige/core/request/identity-policy';
import { Command, Option } from 'commander';
import { EXIT } from '../exit-code.ts';
import { table } from '../terminal.ts';
import { apiClient } from './api-client.ts';
import { leaf, run } from './leaf.ts';
import { isUuid, requestIdOf } from './request-id.ts';
import { save } from './request-proof.ts';

interface ProofJson {
  readonly id: string;
  readonly kind: string;
  readonly assurance: string;
  readonly mediaType: string;
  readonly bytes: number;
  readonly addedBy: string;
  readonly expiresAt: string;
}

/** What the person showed to be recognised: kept to be decided on, and destroyed with the decision. */
export function identityProofCommand(): Command {
  const group = new Command('identity-proof').description(
    'what the person showed to be recognised, until it is decided',
  );
  for (const command of [add(), list(), read(), remove()]) group.addCommand(command);
  return group;
}

/** By the ending of the file; the API takes no other kinds. */
const MEDIA_TYPES: Readonly<Record<string, ProofMediaType>> = {
  '.pdf': 'application/pdf',
  '.jpg': 'image/jpeg',
  '.jpeg': 'image/jpeg',
  '.png': 'image/png',
  '.webp': 'image/webp',
  '.txt': 'text/plain',
  '.mp4': 'video/mp4',
  '.webm': 'video/webm',
};

function add(): Command {
  const command = leaf(
    'add <request> <file>',
    `attach a file, sealed: ${Object.keys(MEDIA_TYPES).join(', ')}, at most ${PROOF_BYTES_MAX / 1024 / 1024} MiB`,
    'request identity-proof add <request> answers.txt --kind knowledge --assurance substantial',
  )
    .addOption(new Option('--kind <kind>', 'what it is').choices(PROOF_KINDS).makeOptionMandatory())
    .addOption(
      new Option('--assurance <level>', 'how sure it makes you').choices(ASSURANCE_LEVELS).makeOptionMandatory(),
    );
  return run<{ kind: string; assurance: string }>(command, async ({ terminal, args, options }) => {
    const [, file = ''] = args;
    const mediaType = MEDIA_TYPES[path.extname(file).toLowerCase()];
    if (mediaType === undefined) {
      throw new VestigeError('bad_request', `A proof is a file that ends in ${Object.keys(MEDIA_TYPES).join(', ')}.`);
    }
    const { kind, assurance } = options;
    const query = new URLSearchParams({ kind, assurance });
    const to = `/v1/requests/${requestIdOf(args)}/identity-proofs?${query}`;
    const proof = await apiClient().upload<ProofJson>(to, await contentOf(file), mediaType);
    terminal.answer(proof, `Sealed: ${proof.id}. Destroyed with the decision, at ${proof.expiresAt} at the latest.`);
    return EXIT.done;
  });
}

/** The name of the file may be the person's: it is in no message. */
async function contentOf(file: string): Promise<Uint8Array> {
  try {
    return await readFile(file);
  } catch {
    throw new VestigeError('misconfigured', 'The file cannot be read.');
  }
}

function list(): Command {
  const command = leaf(
    'list <request>',
    'what is there to decide on, without its content',
    'request identity-proof list <request>',
  );
  return run(command, async ({ terminal, args }) => {
    const from = `/v1/requests/${requestIdOf(args)}/identity-proofs`;
    const found = await apiClient().json<{ items: ProofJson[] }>('GET', from);
    const rows = found.items.map(({ id, kind, assurance, mediaType, bytes, expiresAt }) => [
      id,
      kind,
      assurance,
      mediaType,
      `${bytes} bytes`,
      `until ${expiresAt}`,
    ]);
    terminal.answer(found, rows.length === 0 ? 'Nothing: not attached, decided on, or expired.' : table(rows));
    return EXIT.done;
  });
}

function read(): Command {
  const command = leaf(
    'read <request> <proof>',
    'save one to look at it and decide; delete the file afterwards',
    'request identity-proof read <request> <proof> --out proof.pdf --purpose dsr-identity',
  )
    .requiredOption('--out <file>', 'where to; readable by you alone')
    .requiredOption('--purpose <purpose>', 'why; every look is written down');
  return run<{ out: string; purpose: string }>(command, async ({ terminal, args, options: { out, purpose } }) => {
    const bytes = await apiClient().bytes(placeOf(args), purpose);
    await save(out, bytes, 0o600);
    terminal.answer({ file: out, bytes: bytes.length }, `${out}: ${bytes.length} bytes`);
    return EXIT.done;
  });
}

function remove(): Command {
  const command = leaf(
    'remove <request> <proof>',
    'destroy one that was attached by mistake or shows more than was asked for',
    'request identity-proof remove <request> <proof>',
  );
  return run(command, async ({ terminal, args }) => {
    await apiClient().json('DELETE', placeOf(args));
    terminal.answer({ destroyed: args[1] }, 'Destroyed.');
    return EXIT.done;
  });
}

function placeOf(args: readonly string[]): string {
  const [, proof = ''] = args;
  if (!isUuid(proof)) {
    const text = 'This is not the id of a proof; vestige request identity-proof list shows them.';
    throw new VestigeError('bad_request', text);
  }
  return `/v1/requests/${requestIdOf(args)}/identity-proofs/${proof}`;
}
