import { VestigeError } from '@vestige/core/errors';
import type { LineageAnswer } from '@vestige/core/lineage/answer';
import type { Command } from 'commander';
import { EXIT } from '../exit-code.ts';
import { table } from '../terminal.ts';
import { type ApiClient, apiClient } from './api-client.ts';
import { identifierOf } from './identifier.ts';
import { leaf, run } from './leaf.ts';
import { isUuid } from './request-id.ts';

interface LineageOptions {
  readonly purpose: string;
  readonly type?: string;
  readonly from?: string;
  readonly to?: string;
  readonly minConfidence?: string;
}

interface Resolved {
  readonly subjectId: string | null;
  readonly ambiguous: readonly unknown[];
}

export function lineageCommand(): Command {
  const command = leaf(
    'lineage <identifier>',
    'where the data of one person went, rests, and what the answer cannot know',
    'lineage ada@example.com --purpose dsr-access',
  )
    .requiredOption('--purpose <purpose>', 'why you look; it is written down with your key')
    .option('--type <type>', 'identifier type; guessed for e-mail, phone, tokens and subject ids')
    .option('--from <instant>', 'RFC 3339, inclusive')
    .option('--to <instant>', 'RFC 3339, exclusive')
    .option('--min-confidence <confidence>', 'declared, ambient, inferred or possible');
  return run<LineageOptions>(command, async ({ terminal, args, options }) => {
    const api = apiClient();
    const subjectId = await subjectOf(api, args[0] ?? '', options);
    terminal.progress(`Subject ${subjectId}`);
    const query = new URLSearchParams();
    for (const name of ['from', 'to', 'minConfidence'] as const) {
      const value = options[name];
      if (value !== undefined) query.set(name, value);
    }
    const answer = await api.json<LineageAnswer>(
      'GET',
      `/v1/subjects/${subjectId}/lineage${query.size > 0 ? `?${query}` : ''}`,
      undefined,
      options.purpose,
    );
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
      ? 'This identifier stands for more than one person; ask by subject id.'
      : 'Nobody is known by this identifier: no span that is stored carries it, be it that none ever did or that it was erased.',
  );
}

/** The same answer for a terminal: flows, residency, recipients, and last what is not known. */
export function lineageText(answer: LineageAnswer): string {
  const section = (title: string, rows: string[][]) =>
    rows.length === 0 ? `${title}\n  none\n` : `${title}\n${table(rows).replace(/^/gm, '  ')}\n`;
  return [
    section(
      'Flows',
      answer.edges.map((edge) => [edge.action, `${edge.from} → ${edge.to}`, `×${edge.count}`, edge.confidence]),
    ),
    section(
      'Rests in',
      answer.residency.map((row) => [
        row.state,
        row.store,
        row.records === 0 ? 'records not named' : `${row.records} ${row.records === 1 ? 'record' : 'records'}`,
        row.confidence,
      ]),
    ),
    section(
      'Received by',
      answer.recipients.map((row) => [row.party, row.country ?? '-', `×${row.count}`, row.node]),
    ),
    `${answer.completeness.complete ? 'Complete' : 'NOT COMPLETE'}: ${answer.completeness.statement}`,
  ].join('\n');
}
