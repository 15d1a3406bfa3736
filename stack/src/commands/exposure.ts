import { VestigeError } from '@vestige/core/errors';
import type { ExposureAnswer } from '@vestige/core/lineage/exposure-answer';
import { Command } from 'commander';
import { EXIT } from '../exit-code.ts';
import { table } from '../terminal.ts';
import { apiClient } from './api-client.ts';
import { instantOf } from './instant.ts';
import { leaf, run } from './leaf.ts';
import { isUuid } from './request-id.ts';

const NODES_SHOWN_MAX = 20;
/** Without `--from`: yesterday's question, asked today. */
const BACK_MS = 86_400_000;

interface GrowingJson {
  readonly affected: Pick<ExposureAnswer['affected'], 'people' | 'exact' | 'atMost'>;
  readonly statement: string;
  readonly roundedTo?: ExposureAnswer['roundedTo'];
  /** Of all lines but the last. */
  readonly growing?: { readonly followed: number; readonly toFollow: number };
}

type ExposureJson = ExposureAnswer &
  GrowingJson & { readonly id: string; readonly window: { readonly from: string; readonly to: string } };

interface ExposedJson extends GrowingJson {
  readonly items: readonly {
    readonly subjectId: string;
    readonly confidence: string;
    readonly firstAt: string;
    readonly lastAt: string;
    readonly flows: number;
  }[];
  readonly nextCursor: string | null;
  /** Pages with the same are of one list; null on the way. */
  readonly reading: string | null;
}

type ExposedList = Pick<ExposedJson, 'items' | 'affected' | 'statement'>;

export function exposureCommand(): Command {
  const group = new Command('exposure').description(
    'who was affected by an agent, a store, a party, and where it went',
  );
  for (const command of [ask(), approve(), people()]) group.addCommand(command);
  return group;
}

interface AskOptions {
  readonly purpose: string;
  readonly party?: true;
  readonly from?: string;
  readonly to?: string;
  readonly category?: string[];
  readonly quick?: true;
}

function ask(): Command {
  const command = leaf(
    'ask <node>',
    'how many people were affected, which recipients, and where the data went on to',
    "exposure ask agent:support/triage --purpose 'incident 7'",
  )
    .requiredOption('--purpose <purpose>', 'why you ask; it is written down with your key')
    .option('--party', 'the name is that of a registered party, not of a node')
    .option('--from <instant>', 'a date or an instant (RFC 3339), inclusive; 24 hours ago when not said')
    .option('--to <instant>', 'the same, exclusive; now when not said')
    .option('--category <category...>', 'only data of these categories, or below them')
    .option('--quick', 'what is known within half a minute; not where the data of everybody went on');
  return run<AskOptions>(command, async ({ terminal, args, options }) => {
    const now = Date.now();
    const question = {
      [options.party ? 'party' : 'node']: args[0] ?? '',
      from: options.from === undefined ? new Date(now - BACK_MS).toISOString() : instantOf(options.from),
      to: options.to === undefined ? new Date(now).toISOString() : instantOf(options.to),
      ...(options.category === undefined ? {} : { categories: options.category }),
    };
    const answer = await (options.quick
      ? apiClient().json<ExposureJson>('POST', '/v1/exposure', question, options.purpose)
      : lastOf(
          apiClient().lines<ExposureJson>('POST', '/v1/exposure?format=ndjson', question, options.purpose),
          (grown) => terminal.progress(growingText(grown)),
        ));
    terminal.answer(answer, exposureText(answer));
    return EXIT.done;
  });
}

/** @throws VestigeError `store_unavailable` when the connection ended before the answer did */
async function lastOf<Grown extends GrowingJson>(
  answers: AsyncIterable<Grown>,
  onTheWay: (answer: Grown) => void,
): Promise<Grown> {
  for await (const answer of answers) {
    if (answer.growing === undefined) return answer;
    onTheWay(answer);
  }
  throw new VestigeError('store_unavailable', 'The answer of the API broke off.');
}

/** What is known on the way, in one line. */
export function growingText({ affected, growing, roundedTo }: GrowingJson): string {
  const people = `At least ${affected.people} ${affected.people === 1 ? 'person' : 'people'}`;
  const { followed, toFollow } = growing ?? { followed: 0, toFollow: 0 };
  const about = roundedTo === undefined ? '' : 'about ';
  return `${people} so far; ${about}${followed} of ${toFollow} followed to where their data went on.`;
}

function approve(): Command {
  return run(
    leaf('approve <id>', 'let the list of people be seen; by another key than asked', 'exposure approve <id>'),
    async ({ terminal, args }) => {
      const id = exposureIdOf(args);
      await apiClient().json('POST', `/v1/exposure/${id}/approve`, {});
      terminal.answer({ id, approved: true }, 'Approved. The list can be read for 24 hours.');
      return EXIT.done;
    },
  );
}

function people(): Command {
  const command = leaf(
    'people <id>',
    'the people who were affected, once another key has approved it',
    "exposure people <id> --purpose 'incident 7'",
  )
    .requiredOption('--purpose <purpose>', 'why you look at each of them; it is written down with your key')
    .option('--quick', 'whoever is found within half a minute');
  return run<{ purpose: string; quick?: true }>(command, async ({ terminal, args, options }) => {
    const path = `/v1/exposure/${exposureIdOf(args)}/subjects?limit=1000`;
    const api = apiClient();
    // A page whose reading is not held any more is read anew, so that each of them may take as long as the first.
    const read = (cursor: string) =>
      options.quick
        ? api.json<ExposedJson>('GET', `${path}${cursor}`, undefined, options.purpose)
        : lastOf(api.lines<ExposedJson>('GET', `${path}${cursor}&format=ndjson`, undefined, options.purpose), (grown) =>
            terminal.progress(growingText(grown)),
          );
    const list = listOf(await allPages(read));
    terminal.answer(list, peopleText(list));
    return EXIT.done;
  });
}

/** @param read of `''`, or of where to go on */
export async function allPages(read: (cursor: string) => Promise<ExposedJson>): Promise<ExposedJson[]> {
  const pages = [await read('')];
  for (let next = pages[0]?.nextCursor; next; next = pages.at(-1)?.nextCursor) {
    pages.push(await read(`&cursor=${encodeURIComponent(next)}`));
  }
  return pages;
}

const CHANGED = 'The list changed while it was read, and some of its pages are of how it was before: read it again.';

/** What its pages say together. Those of two readings are no whole list, whatever each of them says of itself. */
export function listOf(pages: readonly ExposedJson[]): ExposedList {
  const items = pages.flatMap((page) => page.items);
  const { affected, statement } = pages.at(-1) ?? {
    affected: { people: 0, exact: false, atMost: null },
    statement: '',
  };
  if (new Set(pages.map(({ reading }) => reading)).size <= 1) return { items, affected, statement };
  return { items, affected: { ...affected, exact: false, atMost: null }, statement: `${CHANGED} Now: ${statement}` };
}

/** Everybody who was found, under what is known of whether they are all. */
export function peopleText({ items, affected, statement }: ExposedList): string {
  const rows = items.map((one) => [one.subjectId, one.confidence, `×${one.flows}`, one.firstAt, one.lastAt]);
  return [
    statement,
    ...(items.length === affected.people || statement.startsWith(CHANGED)
      ? []
      : [`This list names ${items.length}: somebody was erased while it was read. Read it again.`]),
    ...(rows.length === 0 ? [] : [table(rows)]),
  ].join('\n\n');
}

function exposureIdOf([id = '']: readonly string[]): string {
  if (isUuid(id)) return id;
  throw new VestigeError('bad_request', 'An exposure is named by the id that `vestige exposure ask` gave it.');
}

/** The same answer for a terminal: the sentence, then whom, what and where, then how to see the list. */
export function exposureText(answer: ExposureJson): string {
  const { id, window, affected, statement, categories, recipients, downstream } = answer;
  const section = (title: string, rows: string[][]) =>
    rows.length === 0 ? [] : [`${title}\n${table(rows).replace(/^/gm, '  ')}`];
  return [
    `${statement}\nFrom ${window.from} to ${window.to}.`,
    ...section(
      'Categories, and of how many people',
      categories.map(({ category, people: count }) => [category, `×${count}`]),
    ),
    ...section(
      'Received by, of how many people',
      recipients.map((row) => [
        row.party,
        row.country ?? '-',
        `×${row.people}`,
        row.node,
        row.downstream ? 'afterwards' : '',
      ]),
    ),
    ...section(
      'Went on to, of how many people',
      downstream.slice(0, NODES_SHOWN_MAX).map(({ node, people: count }) => [node, `×${count}`]),
    ),
    ...(affected.people === 0 && affected.exact ? [] : [whoText(id)]),
  ].join('\n\n');
}

const whoText = (id: string) =>
  `The people: another key runs \`vestige exposure approve ${id}\`, then \`vestige exposure people ${id} --purpose <purpose>\`.`;
