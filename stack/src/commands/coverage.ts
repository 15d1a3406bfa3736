import { VestigeError } from '@vestige/core/errors';
import type { CoverageAnswer } from '@vestige/core/lineage/coverage';
import type { Command } from 'commander';
import { EXIT } from '../exit-code.ts';
import { table } from '../terminal.ts';
import { apiClient } from './api-client.ts';
import { instantOf } from './instant.ts';
import { leaf, run } from './leaf.ts';

const CALL_SITES_SHOWN_MAX = 20;

interface CoverageOptions {
  readonly min?: string;
  readonly from?: string;
  readonly to?: string;
}

/** Fails a build: exits with 1 below `--min`, also where nothing was touched, because that proves nothing. */
export function coverageCommand(): Command {
  const command = leaf(
    'coverage',
    'how much of what is read, written and shared says whose data it is, and where it does not',
    'coverage --min 95',
  )
    .option('--min <percent>', 'exit with 1 when less than this is covered, or nothing was touched at all')
    .option('--from <instant>', 'a date or an instant (RFC 3339), inclusive; seven days before the end when not said')
    .option('--to <instant>', 'the same, exclusive; now when not said');
  return run<CoverageOptions>(command, async ({ terminal, options }) => {
    const min = percentOf(options.min);
    const query = new URLSearchParams();
    for (const name of ['from', 'to'] as const) {
      const value = options[name];
      if (value !== undefined) query.set(name, instantOf(value));
    }
    const answer = await apiClient().json<CoverageAnswer>('GET', `/v1/coverage?${query}`);
    const { percent } = answer.total;
    const below = min !== null && (percent === null || percent < min);
    const verdict = min === null ? [] : [verdictText(min, percent, below)];
    terminal.answer(
      { ...answer, ...(min === null ? {} : { min, below }) },
      [coverageText(answer), ...verdict].join('\n'),
    );
    return below ? EXIT.failed : EXIT.done;
  });
}

export function verdictText(min: number, percent: number | null, below: boolean): string {
  if (!below) return `Not below the ${min} % asked for.`;
  return percent === null
    ? `BELOW the ${min} % asked for: where nothing was touched nothing is proved. Did the spans arrive? GET /v1/ingest/health says.`
    : `BELOW the ${min} % asked for. Say at these places whose data it is: withSubject of the SDK, or the attributes of docs/instrument.md.`;
}

function percentOf(given: string | undefined): number | null {
  if (given === undefined) return null;
  const percent = Number(given);
  if (given.trim() === '' || !(percent >= 0 && percent <= 100)) {
    throw new VestigeError('bad_request', '--min takes a percentage from 0 to 100.');
  }
  return percent;
}

/** The same answer for a terminal: the total, then the call sites with the most gaps. */
export function coverageText({ total, callSites }: CoverageAnswer): string {
  if (total.percent === null) return 'Nothing that was received in this window reads, writes or shares anything.';
  const gaps = callSites.filter(({ touches, attributed }) => attributed < touches);
  const shown = gaps.slice(0, CALL_SITES_SHOWN_MAX);
  const rows = shown.map(({ touches, attributed, percent, service, scope, name, peer }) => [
    `${touches - attributed} of ${touches}`,
    `${percent} %`,
    service,
    `${scope} ${name}`.trim(),
    peer,
  ]);
  const more = gaps.length > shown.length ? [`  and ${gaps.length - shown.length} more call sites`] : [];
  return [
    `${total.percent} % covered: ${total.attributed} of ${total.touches} touches lie in traces that say whose data it is.`,
    ...(rows.length === 0
      ? ['No call site is missing a subject.']
      : [
          'Missing, by call site (touches without a person, covered, service, where in the code, what it touched)',
          table(rows).replace(/^/gm, '  '),
          ...more,
        ]),
  ].join('\n');
}
