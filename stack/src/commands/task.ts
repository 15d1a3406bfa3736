import { EXEMPTION_CODES } from '@vestige/core/request/reasons';
import { Command, Option } from 'commander';
import { EXIT } from '../exit-code.ts';
import { apiClient } from './api-client.ts';
import { leaf, run } from './leaf.ts';
import { taskIdOf } from './request-id.ts';
import type { TaskJson } from './request-text.ts';

/** What a person decides about one place of a request; its id is in `vestige request tasks`. */
export function taskCommand(): Command {
  return new Command('task')
    .description('decide about one place of a request')
    .addCommand(exempt())
    .addCommand(retry());
}

interface ExemptOptions {
  readonly code: string;
  readonly basis: string;
  readonly reviewAt: string;
}

function exempt(): Command {
  const command = leaf(
    'exempt <id>',
    'leave this place as it is for a coded reason, with another key than filed the request',
    'task exempt <id> --code eu-gdpr:JustificationA17LegalClaims --basis "Case 12/26" --review-at 2027-01-31',
  )
    .addOption(new Option('--code <code>', 'coded reason').choices(EXEMPTION_CODES).makeOptionMandatory())
    .requiredOption('--basis <basis>', 'the law or matter behind it; no personal data')
    .requiredOption('--review-at <day>', 'when to look at it again');
  return run<ExemptOptions>(command, async ({ terminal, args, options }) => {
    const { code, basis, reviewAt } = options;
    const path = `/v1/tasks/${taskIdOf(args)}/exempt`;
    const task = await apiClient().json<TaskJson>('POST', path, { code, basis, reviewAt });
    terminal.answer(task, taskText(task));
    return EXIT.done;
  });
}

function retry(): Command {
  const command = leaf('retry <id>', 'give a task that was given up another round of attempts', 'task retry <id>');
  return run(command, async ({ terminal, args }) => {
    const task = await apiClient().json<TaskJson>('POST', `/v1/tasks/${taskIdOf(args)}/retry`);
    terminal.answer(task, taskText(task));
    return EXIT.done;
  });
}

const taskText = ({ id, state, action, node }: TaskJson): string => `Task ${id}: ${action} ${node} is ${state}.`;
