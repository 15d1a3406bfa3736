import { VestigeError } from '@vestige/core/errors';
import { REGIMES } from '@vestige/core/request/deadline';
import { ASSURANCE_LEVELS } from '@vestige/core/request/identity-policy';
import {
  ERASURE_GROUNDS,
  IDENTITY_METHODS,
  OBJECTION_GROUNDS,
  RESTRICTION_GROUNDS,
} from '@vestige/core/request/reasons';
import { REQUEST_TYPES } from '@vestige/core/request/request';
import { Command, InvalidArgumentError, Option } from 'commander';
import { EXIT } from '../exit-code.ts';
import { table } from '../terminal.ts';
import { apiClient } from './api-client.ts';
import { selectorsOf } from './identifier.ts';
import { leaf, run } from './leaf.ts';
import { linkCommand, reviewCommand, signOffCommand } from './request-copy.ts';
import { dryRunCommand } from './request-dry-run.ts';
import { eventCommands } from './request-events.ts';
import { exemptionCommand } from './request-exemption.ts';
import { requestIdOf } from './request-id.ts';
import { identityProofCommand } from './request-identity.ts';
import { certificateCommand, packageCommand } from './request-proof.ts';
import { ENDED, type PlanJson, type RequestJson, requestText, type TaskJson } from './request-text.ts';
import { whyCommand } from './request-why.ts';
import { workCommand } from './request-work.ts';

export function requestCommand(): Command {
  const group = new Command('request').description('file a person’s request and take it to its end');
  for (const command of [create(), list(), show(), whyCommand(), wait(), plan(), dryRunCommand(), tasks()])
    group.addCommand(command);
  for (const command of [...eventCommands(), workCommand(), identityProofCommand(), exemptionCommand()]) {
    group.addCommand(command);
  }
  for (const command of [reviewCommand(), signOffCommand(), packageCommand(), linkCommand(), certificateCommand()]) {
    group.addCommand(command);
  }
  return group;
}

interface CreateOptions {
  readonly regime: string;
  readonly receivedAt?: string;
  readonly ground?: string;
  readonly objectTo?: string[];
  readonly correct?: string[];
}

function create(): Command {
  const command = leaf(
    'create <type> <identifiers...>',
    `file a request: ${REQUEST_TYPES.join(', ')}; identifiers as <type>=<value>, e-mail and phone without`,
    'request create erasure ada@example.com customer_id=C-17',
  )
    .addOption(new Option('--regime <regime>', 'law it is made under').choices(REGIMES).default('gdpr'))
    .option('--received-at <instant>', 'when it reached the company, RFC 3339; now when absent')
    .addOption(new Option('--ground <ground>', 'the person’s reason, Art. 17(1), 18(1) or 21 GDPR').choices(GROUNDS))
    .option('--object-to <use...>', 'of an objection: data uses, e.g. marketing.advertising; all when absent')
    .option('--correct <type=value...>', 'of a rectification: what is right');
  return run<CreateOptions>(command, async ({ terminal, args, options }) => {
    const [type = '', ...given] = args;
    const who = selectorsOf(given);
    const request = await apiClient().json<RequestJson>('POST', '/v1/requests', {
      type,
      regime: options.regime,
      receivedAt: options.receivedAt ?? new Date().toISOString(),
      ...(options.ground !== undefined && { ground: options.ground }),
      ...(options.objectTo !== undefined && { purposes: options.objectTo }),
      ...(options.correct !== undefined && { corrections: options.correct.map(correctionOf) }),
      ...who,
    });
    terminal.answer(
      request,
      `${requestText(request)}\n\nNext: vestige request verify-identity ${request.id} --method <${IDENTITY_METHODS.join('|')}> --assurance <${ASSURANCE_LEVELS.join('|')}>`,
    );
    return EXIT.done;
  });
}

const GROUNDS = [...ERASURE_GROUNDS, ...RESTRICTION_GROUNDS, ...OBJECTION_GROUNDS];

/** @throws VestigeError bad_request, without what was given */
function correctionOf(text: string): { type: string; value: string } {
  const [, type, value] = /^([a-z0-9_.]+)=(.+)$/s.exec(text) ?? [];
  if (type !== undefined && value !== undefined) return { type, value };
  throw new VestigeError('bad_request', 'A correction reads <type>=<value>, e.g. user.contact.email=…');
}

function list(): Command {
  const command = leaf('list', 'requests, nearest deadline first', 'request list --state awaiting_approval')
    .option('--state <state>', 'only those in this state')
    .option('--due-before <day>', 'only those due before this day');
  return run<{ state?: string; dueBefore?: string }>(command, async ({ terminal, options }) => {
    const query = new URLSearchParams({ limit: '100', ...options });
    query.delete('json');
    const page = await apiClient().json<{ items: RequestJson[]; nextCursor: string | null }>(
      'GET',
      `/v1/requests?${query}`,
    );
    const rows = page.items.map(({ id, type, state, clock }) => [id, type, state, `due ${clock.due}`]);
    const more = page.nextCursor === null ? '' : '\nThere are more; narrow it with --state or --due-before.';
    terminal.answer(page, rows.length === 0 ? 'No requests.' : `${table(rows)}${more}`);
    return EXIT.done;
  });
}

function show(): Command {
  return run(
    leaf('show <id>', 'one request, with its clock and progress', 'request show <id>'),
    async ({ terminal, args }) => {
      const request = await apiClient().json<RequestJson>('GET', `/v1/requests/${requestIdOf(args)}`);
      terminal.answer(request, requestText(request));
      return EXIT.done;
    },
  );
}

const POLL_MS = 500;
/** Collectors have not all seen the suppression yet: the next look finds that they have. */
const PASSES_BY_ITSELF = 'collectors_behind';

function wait(): Command {
  const command = leaf(
    'wait <id>',
    'wait until the request ends or needs somebody; exits with 7 unless it was completed',
    'request wait <id> --timeout 600',
  ).option('--timeout <seconds>', 'give up after', secondsOf, 3600);
  return run<{ timeout: number }>(command, async ({ terminal, args, options }) => {
    const api = apiClient();
    const deadline = performance.now() + options.timeout * 1000;
    let said = '';
    for (;;) {
      const request = await api.json<RequestJson>('GET', `/v1/requests/${requestIdOf(args)}`);
      const tasks = Object.entries(request.progress).map(([state, count]) => `${count} ${state}`);
      const line = [request.state, ...tasks].join(', ');
      if (line !== said) terminal.progress(line);
      said = line;
      const needsSomebody =
        ![null, PASSES_BY_ITSELF].includes(request.attention) || request.state === 'awaiting_approval';
      if (ENDED.has(request.state) || needsSomebody || performance.now() > deadline) {
        terminal.answer(request, requestText(request));
        return request.state.startsWith('completed') ? EXIT.done : EXIT.negative;
      }
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
  });
}

function secondsOf(text: string): number {
  if (/^\d{1,7}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('It is a whole number of seconds.');
}

function plan(): Command {
  const command = leaf(
    'plan <id>',
    'every place that will be asked, in which order, and the hash to approve',
    'request plan <id>',
  ).option('--again', 'plan anew first; a changed plan voids the approval');
  return run<{ again?: boolean }>(command, async ({ terminal, args, options }) => {
    const api = apiClient();
    if (options.again === true) await api.json('POST', `/v1/requests/${requestIdOf(args)}/plan`);
    const found = await api.json<PlanJson>('GET', `/v1/requests/${requestIdOf(args)}/plan`);
    const rows = found.targets.map(({ action, node, origin, confidence, counted }) => [
      action,
      node,
      origin,
      confidence ?? '-',
      counted === null ? 'not counted' : `${counted} counted`,
    ]);
    terminal.answer(
      found,
      `${table(rows)}\n\nVersion ${found.version}\nHash    ${found.hash}\n\nNext: vestige request approve ${requestIdOf(args)} --plan-hash ${found.hash}`,
    );
    return EXIT.done;
  });
}

function tasks(): Command {
  return run(leaf('tasks <id>', 'what became of each place', 'request tasks <id>'), async ({ terminal, args }) => {
    const found = await apiClient().json<{ items: TaskJson[] }>('GET', `/v1/requests/${requestIdOf(args)}/tasks`);
    const rows = found.items.map(({ id, state, action, node, counts, failure }) => [
      id,
      state,
      action,
      node,
      counts === null ? '' : `found ${counts.found}, erased ${counts.erased}, left ${counts.residual}`,
      failure?.code ?? '',
    ]);
    terminal.answer(found, rows.length === 0 ? 'No tasks yet.' : table(rows));
    return EXIT.done;
  });
}
