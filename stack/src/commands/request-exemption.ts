import { VestigeError } from '@vestige/core/errors';
import { EXEMPTION_CODES } from '@vestige/core/request/reasons';
import { Command, Option } from 'commander';
import { EXIT } from '../exit-code.ts';
import { table } from '../terminal.ts';
import { type ApiClient, apiClient } from './api-client.ts';
import { leaf, run } from './leaf.ts';
import { requestIdOf } from './request-id.ts';

interface ExemptionJson {
  readonly node: string;
  readonly categories: readonly string[];
  readonly from: string | null;
  readonly to: string | null;
  readonly code: string;
  readonly basis: string;
  readonly reviewAt: string;
  readonly by: string;
}
interface ExemptionsJson {
  readonly planHash: string | null;
  readonly hash: string;
  readonly items: readonly ExemptionJson[];
}

/** What stays although the person asked, said before the work begins; during the work: `vestige task exempt`. */
export function exemptionCommand(): Command {
  const group = new Command('exemption').description('what stays although the person asked, as part of the plan');
  for (const command of [list(), add(), remove()]) group.addCommand(command);
  return group;
}

function list(): Command {
  const command = leaf('list <id>', 'by place, category and time, with who entered it', 'request exemption list <id>');
  return run(command, async ({ terminal, args }) => {
    const found = await read(apiClient(), args);
    terminal.answer(found, found.items.length === 0 ? 'Everything goes.' : table(found.items.map(line)));
    return EXIT.done;
  });
}

interface AddOptions {
  readonly node: string;
  readonly category?: string[];
  readonly from?: string;
  readonly to?: string;
  readonly code: string;
  readonly basis: string;
  readonly reviewAt: string;
}

function add(): Command {
  const command = leaf(
    'add <id>',
    'keep a place, or of it some categories or days; another person approves the plan then',
    'request exemption add <id> --node store:crm/orders --category user.financial --code eu-gdpr:JustificationA17LegallyRequired --basis "tax law, ten years" --review-at 2036-01-01',
  )
    .requiredOption('--node <node>', 'a place of the plan')
    .option('--category <category...>', 'only records of these; all when absent')
    .option('--from <day>', 'only records from this day on')
    .option('--to <day>', 'only records up to this day, which is included')
    .addOption(new Option('--code <code>', 'coded reason').choices(EXEMPTION_CODES).makeOptionMandatory())
    .requiredOption('--basis <basis>', 'the law or matter behind it; no personal data')
    .requiredOption('--review-at <day>', 'when to look at it again');
  return run<AddOptions>(command, async ({ terminal, args, options }) => {
    const { node, category = [], from = null, to = null, code, basis, reviewAt } = options;
    const api = apiClient();
    const { items, hash } = await read(api, args);
    const entered = { node, categories: category, from, to, code, basis, reviewAt };
    const found = await put(api, args, [...items, entered], hash);
    terminal.answer(found, `${table(found.items.map(line))}\n\n${next(args, found)}`);
    return EXIT.done;
  });
}

function remove(): Command {
  const command = leaf(
    'remove <id>',
    'take back what was entered for a place: all of it goes again',
    'request exemption remove <id> --node store:crm/orders',
  ).requiredOption('--node <node>', 'the place, as vestige request exemption list shows it');
  return run<{ node: string }>(command, async ({ terminal, args, options: { node } }) => {
    const api = apiClient();
    const { items, hash } = await read(api, args);
    const rest = items.filter((each) => each.node !== node);
    if (rest.length === items.length) {
      throw new VestigeError(
        'not_found',
        'Nothing is exempt at this place; vestige request exemption list shows what is.',
      );
    }
    const found = await put(api, args, rest, hash);
    terminal.answer(found, next(args, found));
    return EXIT.done;
  });
}

const read = (api: ApiClient, args: readonly string[]): Promise<ExemptionsJson> =>
  api.json('GET', `/v1/requests/${requestIdOf(args)}/exemptions`);

/** The list is replaced as a whole, unless somebody was quicker; who entered what is for the API to say. */
const put = (
  api: ApiClient,
  args: readonly string[],
  items: readonly Omit<ExemptionJson, 'by'>[],
  replaces: string,
): Promise<ExemptionsJson> =>
  api.json('PUT', `/v1/requests/${requestIdOf(args)}/exemptions`, {
    replaces,
    items: items.map(({ node, categories, from, to, code, basis, reviewAt }) => ({
      node,
      categories,
      from,
      to,
      code,
      basis,
      reviewAt,
    })),
  });

function line({ node, categories, from, to, code, reviewAt, by }: ExemptionJson): string[] {
  const what = categories.length === 0 ? 'every category' : categories.join(' ');
  const days = from === null && to === null ? 'always' : `${from ?? '…'} to ${to ?? '…'}`;
  return [node, what, days, code, `review ${reviewAt}`, by];
}

const next = (args: readonly string[], { planHash }: ExemptionsJson): string =>
  planHash === null
    ? 'Part of the plan once there is one.'
    : `Next, by somebody else: vestige request approve ${requestIdOf(args)} --plan-hash ${planHash}`;
