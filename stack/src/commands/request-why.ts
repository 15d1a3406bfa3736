import type { Wait } from '@vestige/core/request/explain-wait';
import type { Command } from 'commander';
import { EXIT } from '../exit-code.ts';
import { apiClient } from './api-client.ts';
import { leaf, run } from './leaf.ts';
import { requestIdOf } from './request-id.ts';

interface WhyJson {
  readonly state: string;
  readonly waits: readonly Wait[];
}

export function whyCommand(): Command {
  const command = leaf(
    'why <id>',
    'what the request waits for, in words, and what would get it going',
    'request why <id>',
  );
  return run(command, async ({ terminal, args }) => {
    const id = requestIdOf(args);
    const found = await apiClient().json<WhyJson>('GET', `/v1/requests/${id}/why`);
    terminal.answer(found, whyText(found, id));
    return EXIT.done;
  });
}

export function whyText({ state, waits }: WhyJson, id: string): string {
  if (waits.length === 0) return `It is ${state}, and the next step is being taken right now.`;
  const paragraphs = waits.map((wait) =>
    [
      wait.says,
      ...(wait.nodes ?? []).map((node) => `  ${node}`),
      ...((wait.count ?? 0) > (wait.nodes?.length ?? 0)
        ? [`  and ${(wait.count ?? 0) - (wait.nodes?.length ?? 0)} more`]
        : []),
      ...(wait.until === undefined ? [] : [`By itself at ${wait.until}.`]),
      ...(wait.do === null ? [] : [`→ ${wait.do.replaceAll('<id>', id)}`]),
    ].join('\n'),
  );
  return [`It is ${state}.`, ...paragraphs].join('\n\n');
}
