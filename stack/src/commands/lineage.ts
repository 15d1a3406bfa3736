import { VestigeError } from '@vestige/core/errors';
import { CONFIDENCES, type Confidence, type LineageAnswer } from '@vestige/core/lineage/answer';
import { type Command, Option } from 'commander';
import { EXIT } from '../exit-code.ts';
import { table } from '../terminal.ts';
import { type ApiClient, apiClient } from './api-client.ts';
import { identifierOf } from './identifier.ts';
import { instantOf } from './instant.ts';
import { leaf, run } from './leaf.ts';
import { isUuid } from './request-id.ts';

interface LineageOptions {
  readonly purpose: string;
  readonly type?: string;
  readonly from?: string;
  readonly to?: string;
  readonly asOf?: string;
  readonly minConfidence?: string;
  readonly view?: string;
  readonly format?: string;
}

interface Resolved {
  readonly subjectId: string | null;
  readonly ambiguous: readonly { readonly subjectId: string }[];
}

export function lineageCommand(): Command {
  const command = leaf(
    'lineage <identifier>',
    'where the data of one person went, rests, and what the answer cannot know',
    'lineage ada@example.com --purpose dsr-access',
  )
    .requiredOption('--purpose <purpose>', 'why you look; it is written down with your key')
    .option('--type <type>', 'identifier type; guessed for e-mail, phone, tokens and subject ids')
    .option('--from <instant>', 'a date or an instant (RFC 3339), inclusive')
    .option('--to <instant>', 'the same, exclusive')
    .option('--as-of <instant>', 'where the data was then, by what is known today')
    .option('--min-confidence <confidence>', 'declared, ambient, inferred or possible')
    .addOption(
      new Option('--view <view>', 'officer: parties and systems instead of each part').choices(['officer', 'full']),
    )
    .addOption(
      new Option('--format <format>', 'the answer as a file, to standard output').choices(['csv', 'prov', 'json']),
    );
  return run<LineageOptions>(command, async ({ terminal, args, options }) => {
    const api = apiClient();
    const subjectId = await subjectOf(api, args[0] ?? '', options);
    terminal.progress(`Subject ${subjectId}`);
    const query = new URLSearchParams();
    for (const name of ['minConfidence', 'view', 'format'] as const) {
      const value = options[name];
      if (value !== undefined) query.set(name, value);
    }
    for (const name of ['from', 'to', 'asOf'] as const) {
      const value = options[name];
      if (value !== undefined) query.set(name, instantOf(value));
    }
    const path = `/v1/subjects/${subjectId}/lineage?${query}`;
    if (options.format !== undefined) {
      process.stdout.write(await api.bytes(path, options.purpose));
      return EXIT.done;
    }
    const answer = await api.json<LineageAnswer>('GET', path, undefined, options.purpose);
    terminal.answer(answer, lineageText(answer));
    return EXIT.done;
  });
}

async function subjectOf(api: ApiClient, given: string, options: LineageOptions): Promise<string> {
  if (options.type === undefined && isUuid(given)) return given;
  const who = identifierOf(given, options.type);
  const body = 'token' in who ? { tokens: [who.token] } : { identifiers: [who] };
  const found = await api.json<Resolved>('POST', '/v1/subjects/resolve', body, options.purpose);
  if (found.subjectId !== null) return found.subjectId;
  throw new VestigeError(
    'not_found',
    found.ambiguous.length > 0
      ? `This identifier stands for more than one person; ask for one of them: ${found.ambiguous.map(({ subjectId }) => subjectId).join(', ')}.`
      : 'Nobody is known by this identifier: no span that is stored carries it, be it that none ever did or that it was erased.',
  );
}

/** The same answer for a terminal: flows, residency, recipients, what is not known, and what the words mean. */
export function lineageText(answer: LineageAnswer): string {
  const { edges, residency, recipients, nodes, completeness } = answer;
  const section = (title: string, rows: string[][]) =>
    rows.length === 0 ? `${title}\n  none\n` : `${title}\n${table(rows).replace(/^/gm, '  ')}\n`;
  const partyOf = new Map(nodes.flatMap(({ party }) => (party === null ? [] : [[party.id, party]])));
  return [
    section(
      'Flows',
      edges.map((edge) => [edge.action, `${edge.from} → ${edge.to}`, `×${edge.count}`, edge.confidence]),
    ),
    section(
      'Rests in',
      residency.map((row) => [
        row.state,
        row.store,
        row.records === 0 ? 'records not named' : `${row.records} ${row.records === 1 ? 'record' : 'records'}`,
        row.confidence,
        row.retentionUntil === null ? '' : `until ${row.retentionUntil.slice(0, 10)}`,
      ]),
    ),
    section(
      'Received by',
      recipients.map((row) => {
        const party = partyOf.get(row.party);
        return [
          party?.legalName ?? `${row.party} (not registered)`,
          row.country ?? '-',
          `×${row.count}`,
          row.node,
          row.lastDisclosed.slice(0, 10),
        ];
      }),
    ),
    `${completeness.complete ? 'Complete' : 'NOT COMPLETE'}: ${completeness.statement}`,
    legendOf([...edges, ...residency]),
  ].join('\n');
}

/** What the words of an answer mean, as far as it uses them (docs/lineage.md). */
const MEANING: Readonly<Record<Confidence, string>> = {
  declared: 'the call itself says whose data it is',
  ambient: 'the call was made while this person was being served',
  inferred: 'whoever had the data passed something on',
  possible: 'it cannot be ruled out',
};

function legendOf(told: readonly { readonly confidence: Confidence }[]): string {
  const used = CONFIDENCES.filter((one) => told.some(({ confidence }) => confidence === one));
  if (used.length === 0) return '';
  const words = used.map((one) => `${one}: ${MEANING[one]}`);
  return `×2: twice. ${words.join('; ')}. Dates are UTC.`;
}
