import { VestigeError } from '@vestige/core/errors';
import { Command } from 'commander';
import { EXIT } from '../exit-code.ts';
import { table } from '../terminal.ts';
import { apiClient } from './api-client.ts';
import { leaf, run } from './leaf.ts';
import { requestIdOf } from './request-id.ts';

interface RestrictionJson {
  readonly requestId: string;
  readonly ground: string | null;
  readonly purposes: readonly string[];
  readonly since: string;
  readonly lifted: { readonly at: string } | null;
}

export function restrictionCommand(): Command {
  const group = new Command('restriction').description('restrictions of processing and objections in force');
  for (const command of [list(), check(), lift()]) group.addCommand(command);
  return group;
}

function list(): Command {
  const command = leaf('list', 'those in force, newest first', 'restriction list').option(
    '--lifted',
    'those that were lifted too',
  );
  return run<{ lifted?: true }>(command, async ({ terminal, options }) => {
    const found = await apiClient().json<{ items: RestrictionJson[]; truncated: boolean }>(
      'GET',
      `/v1/restrictions?lifted=${options.lifted === true}`,
    );
    const rows = found.items.map(({ requestId, ground, purposes, since, lifted }) => [
      requestId,
      ground ?? '-',
      purposes.length === 0 ? 'every purpose' : purposes.join(' '),
      lifted === null ? `since ${since}` : `lifted ${lifted.at}`,
    ]);
    const more = found.truncated ? '\nThere are more.' : '';
    terminal.answer(found, rows.length === 0 ? 'No restrictions.' : `${table(rows)}${more}`);
    return EXIT.done;
  });
}

function check(): Command {
  const command = leaf(
    'check <token> <purpose>',
    'may this person’s data be used for this purpose now; exits with 7 when not',
    'restriction check ps1.k1.… marketing.advertising',
  );
  return run(command, async ({ terminal, args: [token = '', dataUse = ''] }) => {
    if (!token.startsWith('ps1.')) {
      throw new VestigeError('bad_request', 'It takes a token; vestige token makes one from an identifier.');
    }
    const answer = await apiClient().json<{ allowed: boolean; grounds: string[] }>('POST', '/v1/restrictions/check', {
      tokens: [token],
      dataUse,
    });
    terminal.answer(answer, answer.allowed ? 'Allowed.' : `Not allowed: ${answer.grounds.join(', ')}.`);
    return answer.allowed ? EXIT.done : EXIT.negative;
  });
}

interface LiftOptions {
  readonly toldOn: string;
  readonly channel: string;
  readonly reason: string;
}

function lift(): Command {
  const command = leaf(
    'lift <request>',
    'end a restriction, after the person was told (Art. 18(3) GDPR)',
    'restriction lift <request> --told-on 2026-11-20 --channel letter --reason "the data was corrected"',
  )
    .requiredOption('--told-on <day>', 'when the person was told')
    .requiredOption('--channel <channel>', 'how; no address')
    .requiredOption('--reason <reason>', 'why it ends; no personal data');
  return run<LiftOptions>(command, async ({ terminal, args, options: { toldOn, channel, reason } }) => {
    const path = `/v1/restrictions/${requestIdOf(args)}/lift`;
    const lifted = await apiClient().json<RestrictionJson>('POST', path, { toldOn, channel, reason });
    terminal.answer(lifted, `Lifted: the restriction of request ${lifted.requestId}.`);
    return EXIT.done;
  });
}
