import { VestigeError } from '@vestige/core/errors';
import { Command } from 'commander';
import { EXIT } from '../exit-code.ts';
import { table } from '../terminal.ts';
import { apiClient } from './api-client.ts';
import { selectorsOf } from './identifier.ts';
import { leaf, run } from './leaf.ts';
import { isUuid } from './request-id.ts';

interface HoldJson {
  readonly id: string;
  readonly matter: string;
  readonly reviewAt: string;
  readonly nodes: readonly string[];
  readonly covers: string;
  readonly released: { readonly by: string; readonly at: string } | null;
}

export function holdCommand(): Command {
  const group = new Command('hold').description(
    'legal holds on places, on a person, or on everything; one request alone: vestige request hold',
  );
  for (const command of [place(), list(), release()]) group.addCommand(command);
  return group;
}

interface PlaceOptions {
  readonly matter: string;
  readonly reviewAt: string;
  readonly node?: string[];
  readonly everything?: true;
}

function place(): Command {
  const command = leaf(
    'place [identifiers...]',
    'keep what is there, also from erasures under way; in force at once',
    'hold place customer_id=C-17 --matter "Case 12/26" --review-at 2027-01-31 --node "store:postgres://crm:5432/*"',
  )
    .requiredOption('--matter <matter>', 'what for; no personal data')
    .requiredOption('--review-at <day>', 'when to look at it again')
    .option('--node <node...>', 'only these places; * at the end matches a prefix')
    .option('--everything', 'everybody in every place, where neither a person nor a place is named');
  return run<PlaceOptions>(command, async ({ terminal, args, options }) => {
    const { matter, reviewAt, node, everything } = options;
    if (args.length === 0 && node === undefined && everything !== true) {
      throw new VestigeError('bad_request', 'Name a person, a place with --node, or say --everything.');
    }
    const who = args.length === 0 ? {} : selectorsOf(args);
    const body = { matter, reviewAt, ...(node && { nodes: node }), ...who };
    const hold = await apiClient().json<HoldJson>('POST', '/v1/holds', body);
    terminal.answer(hold, `In force: ${hold.id}\n\nAnother key releases it: vestige hold release ${hold.id}`);
    return EXIT.done;
  });
}

function list(): Command {
  const command = leaf('list', 'holds in force, newest first', 'hold list').option(
    '--released',
    'those that were released too',
  );
  return run<{ released?: true }>(command, async ({ terminal, options }) => {
    const found = await apiClient().json<{ items: HoldJson[]; truncated: boolean }>(
      'GET',
      `/v1/holds?released=${options.released === true}`,
    );
    const rows = found.items.map(({ id, matter, reviewAt, nodes, covers, released }) => [
      id,
      matter,
      covers,
      nodes.length === 0 ? 'every place' : nodes.join(' '),
      released === null ? `review ${reviewAt}` : `released ${released.at}`,
    ]);
    const more = found.truncated ? '\nThere are more.' : '';
    terminal.answer(found, rows.length === 0 ? 'No holds.' : `${table(rows)}${more}`);
    return EXIT.done;
  });
}

function release(): Command {
  const command = leaf('release <id>', 'the matter is closed; with another key than placed it', 'hold release <id>');
  return run(command, async ({ terminal, args: [id = ''] }) => {
    if (!isUuid(id))
      throw new VestigeError('bad_request', 'This is not the id of a hold; vestige hold list shows them.');
    const hold = await apiClient().json<HoldJson>('POST', `/v1/holds/${id}/release`);
    terminal.answer(hold, `Released: ${hold.matter}. What was held goes on.`);
    return EXIT.done;
  });
}
