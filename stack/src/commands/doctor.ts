import { type Command, Option } from 'commander';
import { EXIT } from '../exit-code.ts';
import { leaf, run } from './leaf.ts';

const SIGNS = { good: 'ok   ', warning: 'look ', bad: 'BAD  ' } as const;

export function doctorCommand(): Command {
  const command = leaf('doctor', 'check this machine and the databases, and say what to change', 'doctor').addOption(
    new Option('--process <process>', 'whose settings these are').choices(['api', 'collector']).default('api'),
  );
  return run<{ readonly process: 'api' | 'collector' }>(command, async ({ terminal, options }) => {
    const { examine } = await import('../doctor/examine.ts');
    terminal.progress('Examining …');
    const findings = await examine(undefined, options.process);
    const ok = findings.every((finding) => finding.state !== 'bad');
    const lines = findings.map(
      ({ state, says, advice }) => `${SIGNS[state]}${says}${advice === undefined ? '' : `\n       ${advice}`}`,
    );
    terminal.answer({ ok, findings }, lines.join('\n'));
    return ok ? EXIT.done : EXIT.negative;
  });
}
