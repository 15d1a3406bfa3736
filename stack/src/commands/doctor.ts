import type { Command } from 'commander';
import { EXIT } from '../exit-code.ts';
import { leaf, run } from './leaf.ts';

const SIGNS = { good: 'ok   ', warning: 'look ', bad: 'BAD  ' } as const;

export function doctorCommand(): Command {
  const command = leaf('doctor', 'check this machine and the databases, and say what to change', 'doctor');
  return run(command, async ({ terminal }) => {
    const { examine } = await import('../doctor/examine.ts');
    terminal.progress('Examining …');
    const findings = await examine();
    const ok = findings.every((finding) => finding.state !== 'bad');
    const lines = findings.map(
      ({ state, says, advice }) => `${SIGNS[state]}${says}${advice === undefined ? '' : `\n       ${advice}`}`,
    );
    terminal.answer({ ok, findings }, lines.join('\n'));
    return ok ? EXIT.done : EXIT.negative;
  });
}
