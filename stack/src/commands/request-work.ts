import { Command } from 'commander';
import { EXIT } from '../exit-code.ts';
import { apiClient } from './api-client.ts';
import { leaf, run } from './leaf.ts';

interface WorkJson {
  readonly paused: { readonly by: string; readonly at: string; readonly reason: string } | null;
}

/** The brake for all requests at once. */
export function workCommand(): Command {
  const group = new Command('work').description('stop the work on all requests, or let it go on');
  const show = run(
    leaf('show', 'whether it is stopped, by whom and why', 'request work show'),
    async ({ terminal }) => {
      const work = await apiClient().json<WorkJson>('GET', '/v1/request-work');
      terminal.answer(work, workText(work));
      return EXIT.done;
    },
  );
  const pause = run<{ reason: string }>(
    leaf(
      'pause',
      'stop it; every request says so, and the legal clocks run on',
      'request work pause --reason "restoring the CRM"',
    ).requiredOption('--reason <reason>', 'why; no personal data'),
    async ({ terminal, options: { reason } }) => {
      const work = await apiClient().json<WorkJson>('POST', '/v1/request-work/pause', { reason });
      terminal.answer(work, workText(work));
      return EXIT.done;
    },
  );
  const resume = run(leaf('resume', 'go on', 'request work resume'), async ({ terminal }) => {
    const work = await apiClient().json<WorkJson>('POST', '/v1/request-work/resume');
    terminal.answer(work, workText(work));
    return EXIT.done;
  });
  return group.addCommand(show).addCommand(pause).addCommand(resume);
}

function workText({ paused }: WorkJson): string {
  if (paused === null) return 'Requests are being worked on.';
  return `All work on requests is stopped since ${paused.at} by ${paused.by}: ${paused.reason}. The legal clocks run on.`;
}
