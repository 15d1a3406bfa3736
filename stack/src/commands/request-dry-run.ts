import { VestigeError } from '@vestige/core/errors';
import { type Command, InvalidArgumentError } from 'commander';
import { EXIT } from '../exit-code.ts';
import { table } from '../terminal.ts';
import { apiClient } from './api-client.ts';
import { leaf, run } from './leaf.ts';
import { requestIdOf } from './request-id.ts';
import type { PlanJson } from './request-text.ts';

interface DryRunJson {
  readonly done: boolean;
  readonly irreversible: boolean;
  readonly items: readonly {
    readonly node: string;
    readonly state: string;
    readonly found: number | null;
    readonly failure: string | null;
  }[];
}

const POLL_MS = 500;

export function dryRunCommand(): Command {
  const command = leaf(
    'dry-run <id>',
    'count at every place of the plan without changing anything, then plan with the counts',
    'request dry-run <id>',
  ).option('--timeout <seconds>', 'give up after', secondsOf, 600);
  return run<{ timeout: number }>(command, async ({ terminal, args, options }) => {
    const id = requestIdOf(args);
    const api = apiClient();
    const until = performance.now() + options.timeout * 1_000;
    let found = await api.json<DryRunJson>('POST', `/v1/requests/${id}/dry-run`);
    if (found.items.length === 0) {
      throw new VestigeError('conflict', 'No place of the plan has a connector that could count.');
    }
    for (let said = ''; !found.done; found = await api.json<DryRunJson>('GET', `/v1/requests/${id}/dry-run`)) {
      const line = `${found.items.filter(({ state }) => state === 'counted').length} of ${found.items.length} counted`;
      if (line !== said) terminal.progress(line);
      said = line;
      if (performance.now() > until) break;
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
    if (found.done) await api.json('POST', `/v1/requests/${id}/plan`);
    const { hash } = await api.json<PlanJson>('GET', `/v1/requests/${id}/plan`);
    const counted = found.items.every(({ state }) => state === 'counted');
    terminal.answer({ ...found, planHash: hash }, dryRunText(found, id, hash));
    return counted ? EXIT.done : EXIT.negative;
  });
}

function dryRunText({ items, done, irreversible }: DryRunJson, id: string, hash: string): string {
  const rows = items.map(({ node, state, found, failure }) => [
    node,
    found === null ? state : `${found} found`,
    failure ?? '',
  ]);
  const next = done ? `vestige request approve ${id} --plan-hash ${hash}` : `vestige request why ${id}`;
  const warning = irreversible ? '\n\nWhat follows the approval cannot be undone.' : '';
  return `${table(rows)}${warning}\n\nNext: ${next}`;
}

function secondsOf(text: string): number {
  if (/^\d{1,7}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('It is a whole number of seconds.');
}
