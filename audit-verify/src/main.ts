#!/usr/bin/env node
import { parseArgs } from 'node:util';
import { readBrought, UnreadableFile } from './brought.ts';
import { openBundle, UnreadableBundle } from './bundle-files.ts';
import { humanReport } from './human-report.ts';
import { verifyBundle } from './verify-bundle.ts';

/** The verifier on its own: node and this folder are all it needs. */
const EXIT = { holds: 0, usage: 2, broken: 7, holds_with_gaps: 8 } as const;
const HELP = `vestige-audit-verify <folder | bundle.tar | bundle.tar.gz> [options]

  --keys <file>    verifier keys of the log, which you were given on another way
  --saved <path>   a checkpoint that was kept, or a folder of them; may be given again
  --tsa-ca <file>  certificates of time-stamping authorities, PEM
  --issuer <file>  public key that certificates are signed with, PEM
  --json           one line of JSON

Exit codes: 0 holds, 8 holds with something missing, 7 does not hold, 2 wrong usage or unreadable files
`;

function main(): number {
  try {
    const { values, positionals } = parseArgs({
      allowPositionals: true,
      options: {
        keys: { type: 'string' },
        saved: { type: 'string', multiple: true },
        'tsa-ca': { type: 'string' },
        issuer: { type: 'string' },
        json: { type: 'boolean' },
        help: { type: 'boolean' },
      },
    });
    const [path] = positionals;
    if (values.help || path === undefined || positionals.length > 1) {
      process.stdout.write(HELP);
      return values.help ? 0 : EXIT.usage;
    }
    const { keys, saved, issuer } = values;
    const verdict = verifyBundle(openBundle(path), readBrought({ keys, saved, tsaCa: values['tsa-ca'], issuer }));
    process.stdout.write(`${values.json ? JSON.stringify(verdict) : humanReport(verdict)}\n`);
    return EXIT[verdict.verdict];
  } catch (error) {
    const told = error instanceof UnreadableBundle || error instanceof UnreadableFile || isUsage(error);
    process.stderr.write(`${told && error instanceof Error ? error.message : 'The bundle cannot be read.'}\n`);
    return EXIT.usage;
  }
}

const isUsage = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS');

process.exitCode = main();
