import { z } from 'zod';
import { GROUP_MIN } from '../access/small-groups.ts';
import { CLOCKS_MAX, CONFIDENCES, Completeness } from './answer.ts';
import type { Disorder } from './clock-disorder.ts';
import { clockRow, clocksPhrase } from './clock-words.ts';
import { OLDER_READINGS, SERVICES_CUT } from './completeness.ts';
import { type CutSpans, cutPhrases } from './cut-words.ts';
import type { Directory } from './directory.ts';
import { countByConfidence, type PersonExposure } from './exposure.ts';
import { compareText } from './flow.ts';
import { recipientsOf } from './recipients.ts';

const instant = z.iso.datetime({ precision: 3 });

export const ExposureAnswer = z.strictObject({
  affected: z.strictObject({
    people: z.int(),
    /** True: these and nobody else, as far as the spans that were received tell. False: at least these. */
    exact: z.boolean(),
    /** No more than these, when that is known: people who may have been affected were not all followed. */
    atMost: z.int().nullable(),
    /** People who may have been affected, before it was looked at whether they were. */
    candidates: z.int(),
    /** By the strongest confidence with which each person was affected. */
    byConfidence: z.strictObject(
      Object.fromEntries(CONFIDENCES.map((one) => [one, z.int()])) as Record<(typeof CONFIDENCES)[number], z.ZodInt>,
    ),
  }),
  categories: z.array(z.strictObject({ category: z.string(), people: z.int() })),
  recipients: z.array(
    z.strictObject({
      party: z.string(),
      node: z.string(),
      country: z.string().nullable(),
      people: z.int(),
      firstDisclosed: instant,
      lastDisclosed: instant,
      /** Reached only by what was carried on afterwards. */
      downstream: z.boolean(),
    }),
  ),
  /** Where the data went on to, the most people first. */
  downstream: z.array(z.strictObject({ node: z.string(), people: z.int() })),
  gaps: z.strictObject({
    /** Traces that touched it in the window, and name nobody whom this answer knows. */
    unexplainedTraces: z.int(),
    /** Traces that touched it in the window for somebody whose data has been erased since. */
    erasedTraces: z.int(),
    /** People who may have been affected and were not followed, or not to the end. */
    notFollowed: z.int(),
    /** Affected for sure; what they were affected with, and where it went on, is at least what is told. */
    partlyFollowed: z.int(),
    /** More people may exist than could be looked for. */
    searchCut: z.boolean(),
    /** People counted although their flows do not say which categories they carried. */
    uncategorised: z.int(),
    /** Services whose clocks contradict each other in what was looked at: what went between them may be missing. */
    clocks: Completeness.shape.clocks,
    /** Spans that lost links or attributes until the end of the window, whomever they were about: people may be missing. */
    cutSpans: Completeness.shape.cutSpans,
    /** Present while spans lie here that an older version has read, maybe under other names: people may be missing. */
    olderReadings: Completeness.shape.olderReadings,
    servicesCut: Completeness.shape.servicesCut,
  }),
  /** Counts are rounded down to multiples of this, 0 being fewer: the caller may not look at people one by one. */
  roundedTo: z.literal(GROUP_MIN).optional(),
  statement: z.string(),
});
export type ExposureAnswer = z.infer<typeof ExposureAnswer>;

export interface ExposureFindings {
  readonly people: readonly PersonExposure[];
  readonly directory: Directory;
  readonly candidates: number;
  readonly gaps: Omit<ExposureAnswer['gaps'], 'clocks' | 'cutSpans' | 'olderReadings' | 'servicesCut'>;
  /** Limits of the search that were reached, each in words. */
  readonly cutBy?: readonly string[];
  /** The largest lag first. */
  readonly clocks?: readonly Disorder[];
  readonly cutSpans?: readonly CutSpans[];
  readonly olderReadings?: boolean;
}

/** Nodes in one answer. */
const DOWNSTREAM_MAX = 500;
const RECIPIENTS_MAX = 1_000;

/** Everybody's exposure as counts: no person is told apart in it. */
export function exposureAnswer(findings: ExposureFindings): ExposureAnswer {
  const { people, directory, candidates, gaps, clocks = [], cutSpans = [], olderReadings = false } = findings;
  const unnamed = gaps.unexplainedTraces + gaps.erasedTraces;
  // Whoever was reached between such clocks, named by what was cut, or is found by an old name is not even a candidate.
  const isBlind = clocks.length > 0 || cutSpans.length > 0 || olderReadings || directory.servicesCut;
  const unbounded = gaps.searchCut || unnamed > 0 || isBlind;
  const exact = !unbounded && gaps.notFollowed === 0;
  const atMost = unbounded ? null : people.length + gaps.notFollowed;
  return {
    affected: { people: people.length, exact, atMost, candidates, byConfidence: countByConfidence(people) },
    categories: [...tally(people.map(({ at }) => new Set(at.flatMap(({ categories }) => categories))))]
      .map(([category, count]) => ({ category, people: count }))
      .sort((a, b) => b.people - a.people || compareText(a.category, b.category)),
    recipients: recipientRows(people, directory).slice(0, RECIPIENTS_MAX),
    downstream: [...tally(people.map(({ downstream }) => new Set(downstream.map(({ to }) => to))))]
      .map(([node, count]) => ({ node, people: count }))
      .sort((a, b) => b.people - a.people || compareText(a.node, b.node))
      .slice(0, DOWNSTREAM_MAX),
    gaps: {
      ...gaps,
      ...(clocks.length > 0 && { clocks: clocks.slice(0, CLOCKS_MAX).map(clockRow) }),
      ...(cutSpans.length > 0 && { cutSpans: cutSpans.map((one) => ({ ...one })) }),
      ...(olderReadings && { olderReadings }),
      ...(directory.servicesCut && { servicesCut: true as const }),
    },
    statement: exact && candidates === 0 ? NEVER_MET : statementOf(people.length, exact, atMost, findings),
  };
}

function recipientRows(people: readonly PersonExposure[], directory: Directory): ExposureAnswer['recipients'] {
  const rows = new Map<string, ExposureAnswer['recipients'][number]>();
  for (const { at, downstream } of people) {
    const direct = new Set(recipientsOf(at, directory).map(({ party, node }) => `${party}\n${node}`));
    for (const found of recipientsOf([...at, ...downstream], directory)) {
      const { party, node, country, firstDisclosed, lastDisclosed } = found;
      const key = `${party}\n${node}`;
      const known = rows.get(key);
      rows.set(key, {
        party,
        node,
        country: known?.country ?? country,
        people: (known?.people ?? 0) + 1,
        firstDisclosed: [known?.firstDisclosed ?? firstDisclosed, firstDisclosed].sort()[0] ?? firstDisclosed,
        lastDisclosed: [known?.lastDisclosed ?? lastDisclosed, lastDisclosed].sort()[1] ?? lastDisclosed,
        downstream: (known?.downstream ?? true) && !direct.has(key),
      });
    }
  }
  return [...rows.values()].sort(
    (a, b) => b.people - a.people || compareText(a.party, b.party) || compareText(a.node, b.node),
  );
}

function tally(sets: readonly ReadonlySet<string>[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const set of sets) for (const one of set) counts.set(one, (counts.get(one) ?? 0) + 1);
  return counts;
}

/** A misspelt name looks like this, too. */
const NEVER_MET =
  'Nobody was affected, as far as the spans that were received tell: in this window none of them that is about anybody ' +
  'names it. If that is a surprise, check how it is spelled: GET /v1/map lists the names that there are.';

function statementOf(
  count: number,
  exact: boolean,
  atMost: number | null,
  { directory, gaps, cutBy = [], clocks = [], cutSpans = [], olderReadings = false }: ExposureFindings,
): string {
  const people = (n: number) => (n === 1 ? '1 person' : `${n} people`);
  const partly =
    gaps.partlyFollowed === 0
      ? ''
      : ` For ${gaps.partlyFollowed} of them, what they were affected with and where it went on from there is at least what is told: not all of their traces were followed.`;
  if (exact) {
    const who = count === 0 ? 'Nobody' : people(count);
    return `${who} ${count > 1 ? 'were' : 'was'} affected, as far as the spans that were received tell.${partly}`;
  }
  const bound = atMost === null ? '' : ` and at most ${atMost}`;
  const traces = (n: number) => (n === 1 ? '1 trace' : `${n} traces`);
  const reasons = [
    ...(gaps.notFollowed > 0 ? [`${people(gaps.notFollowed)} who may have been could not be followed to the end`] : []),
    ...(gaps.unexplainedTraces > 0
      ? [`${traces(gaps.unexplainedTraces)} touched it without saying whose data it was`]
      : []),
    ...(gaps.erasedTraces > 0
      ? [`${traces(gaps.erasedTraces)} touched it for somebody whose data has been erased since`]
      : []),
    ...(gaps.searchCut
      ? [`a limit was reached in the search for people${cutBy.length > 0 ? ` (${cutBy.join(', ')})` : ''}`]
      : []),
  ];
  if (clocks.length > 0) {
    reasons.push(
      `clocks contradict each other (${clocksPhrase(clocks)}), so what went between such services may be missing`,
    );
  }
  reasons.push(...cutPhrases(cutSpans));
  if (olderReadings) reasons.push(OLDER_READINGS);
  if (directory.servicesCut) reasons.push(SERVICES_CUT);
  return `At least ${people(count)}${bound} ${count === 1 ? 'was' : 'were'} affected: ${reasons.join('; ')}.${partly}`;
}
