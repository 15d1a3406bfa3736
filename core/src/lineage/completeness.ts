import { CLOCKS_MAX, type Completeness } from './answer.ts';
import type { Disorder } from './clock-disorder.ts';
import { clockRow, clocksPhrase } from './clock-words.ts';
import { type CutSpans, cutPhrases } from './cut-words.ts';
import { compareText } from './flow.ts';
import { listed } from './words.ts';

/** What is known about what is not known. */
export interface CompletenessFacts {
  readonly watermarks: readonly {
    readonly service: string;
    /** Milliseconds since the epoch. */
    readonly newestSpanMs: number;
    readonly missingSeq: number;
  }[];
  readonly rejectedSpans: number;
  /** Batch runs that say what they filled and not from what; null while nobody has counted them. */
  readonly runsWithoutInputs?: number | null;
  /** When they were counted, where that was earlier. Milliseconds since the epoch. */
  readonly runsAsOfMs?: number;
  readonly orphanSpans: number;
  /** The largest lag first; absent when no clock contradicts another. */
  readonly clocks?: readonly Disorder[];
  /** Absent when nothing is known to have been cut. */
  readonly cutSpans?: readonly CutSpans[];
  /** Spans lie here that an older version has read, maybe under names that stores no longer have. */
  readonly olderReadings?: boolean;
  /** More services have sent spans than were looked at for whom a called name stands. */
  readonly servicesCut?: boolean;
  /** Batch runs that name people by a list of which nobody can say whether this person is in it. */
  readonly unclearRuns?: number;
  readonly unattributedTouches: number;
  /** When that was counted, if spans that came in since may have changed it. Milliseconds since the epoch. */
  readonly unattributedAsOfMs?: number;
  /** Days that were not counted yet: there may be more than `unattributedTouches`. */
  readonly uncountedDays?: number;
  /** Stores, memories and queues of the person that nobody has registered. */
  readonly unregisteredStores: readonly string[];
  readonly truncated: boolean;
  /** Traces that were looked at, and those that are known to be there. */
  readonly traces: { readonly followed: number; readonly known: number };
}

/** What lies under a name that a store no longer has is not found under its present one (docs/adr/0099-names-of-an-older-version.md). */
export const OLDER_READINGS =
  'spans that an older version has read may lie under names that are not in use any more (`vestige reclassify` reads them again)';

export const SERVICES_CUT =
  'more services have sent spans than are looked at, so one that was called before it had sent any may be told as two';

/** The service of the invented person of our own who is erased every day: that she was heard of says nothing about anybody's. */
export const CANARY_SERVICE = 'vestige/canary';

/**
 * What this answer cannot know, as numbers and as one sentence a lawyer can read (design 04). `complete` is true only
 * when nothing at all is unknown, and never when no service has reported: an empty answer must not look like a clean one.
 */
export function completenessOf(facts: CompletenessFacts): Completeness {
  const watermarks = facts.watermarks
    .filter(({ service }) => service !== CANARY_SERVICE)
    .map(({ service, newestSpanMs, missingSeq }) => ({
      service,
      newestSpan: new Date(newestSpanMs).toISOString(),
      missingSeq,
    }))
    .sort((a, b) => compareText(a.service, b.service));
  const gaps = gapsOf(facts);
  const complete = gaps.length === 0 && watermarks.length > 0;
  return {
    complete,
    statement: statementOf(watermarks, gaps),
    watermarks,
    rejectedSpans: facts.rejectedSpans,
    orphanSpans: facts.orphanSpans,
    ...(facts.clocks && facts.clocks.length > 0 ? { clocks: facts.clocks.slice(0, CLOCKS_MAX).map(clockRow) } : {}),
    ...(facts.cutSpans && facts.cutSpans.length > 0 ? { cutSpans: facts.cutSpans.map((one) => ({ ...one })) } : {}),
    ...(facts.olderReadings ? { olderReadings: true } : {}),
    ...(facts.servicesCut ? { servicesCut: true } : {}),
    unattributedTouches: facts.unattributedTouches,
    ...(facts.unclearRuns ? { unclearRuns: facts.unclearRuns } : {}),
    ...(facts.runsWithoutInputs ? { runsWithoutInputs: facts.runsWithoutInputs } : {}),
    ...(facts.runsWithoutInputs === null ? { runsUncounted: true } : {}),
    ...(facts.runsAsOfMs === undefined ? {} : { runsWithoutInputsAsOf: new Date(facts.runsAsOfMs).toISOString() }),
    ...(facts.unattributedAsOfMs === undefined
      ? {}
      : { unattributedTouchesAsOf: new Date(facts.unattributedAsOfMs).toISOString() }),
    ...(facts.uncountedDays === undefined ? {} : { uncountedDays: facts.uncountedDays }),
    unregisteredStores: [...facts.unregisteredStores].sort(),
    truncated: facts.truncated,
    ...(isCut(facts) ? { cut: { tracesFollowed: facts.traces.followed, tracesKnown: facts.traces.known } } : {}),
  };
}

function statementOf(watermarks: Completeness['watermarks'], gaps: readonly string[]): string {
  const stalest = watermarks.toSorted((a, b) => compareText(a.newestSpan, b.newestSpan))[0];
  const known = stalest
    ? `This answer rests on what ${count(watermarks.length, 'service has', 'services have')} reported; ` +
      `the one heard of longest ago is ${stalest.service}, whose newest span began at ${stalest.newestSpan}.`
    : 'No service has reported anything in this window, so this answer can say nothing.';
  if (gaps.length > 0) return `${known} It is not complete: ${gaps.join('; ')}.`;
  return stalest ? `${known} Nothing is known to be missing.` : known;
}

function gapsOf(facts: CompletenessFacts): string[] {
  const lost = facts.watermarks.reduce((sum, { missingSeq }) => sum + missingSeq, 0);
  const losing = facts.watermarks.filter(({ missingSeq }) => missingSeq > 0).map(({ service }) => service);
  const gaps: string[] = [];
  if (facts.truncated) gaps.push(truncation(facts));
  if (lost > 0) gaps.push(`${count(lost, 'span was', 'spans were')} lost on the way (${named(losing)})`);
  if (facts.rejectedSpans > 0) gaps.push(`${count(facts.rejectedSpans, 'span', 'spans')} could not be understood`);
  if (facts.orphanSpans > 0) {
    gaps.push(
      `${count(facts.orphanSpans, 'span in these traces names', 'spans in these traces name')} a parent that never arrived`,
    );
  }
  if (facts.clocks && facts.clocks.length > 0) {
    gaps.push(
      `clocks contradict each other (${clocksPhrase(facts.clocks)}), so what went between such services, or through ` +
        'a place that both use, may be missing, and what one of them deleted of the other’s is told as held',
    );
  }
  gaps.push(...cutPhrases(facts.cutSpans ?? []));
  if (facts.olderReadings) gaps.push(OLDER_READINGS);
  if (facts.servicesCut) gaps.push(SERVICES_CUT);
  if (facts.unattributedTouches > 0) {
    gaps.push(
      `${count(facts.unattributedTouches, 'touch of a store or recipient says', 'touches of stores or recipients say')} not whose data it was`,
    );
  }
  if (facts.unattributedAsOfMs !== undefined) {
    const at = new Date(facts.unattributedAsOfMs).toISOString();
    gaps.push(`touches that say not whose data it was were last counted at ${at}, and spans have come in since`);
  }
  if (facts.uncountedDays !== undefined) {
    gaps.push(
      `of ${count(facts.uncountedDays, 'day', 'days')} nobody has counted yet how many touches say not whose data it was`,
    );
  }
  if (facts.unclearRuns) {
    gaps.push(
      `${count(facts.unclearRuns, 'batch run names', 'batch runs name')} people by a list that may hold this person under another key, or that nobody registered`,
    );
  }
  if (facts.runsWithoutInputs) {
    gaps.push(
      `${count(facts.runsWithoutInputs, 'batch run says', 'batch runs say')} what was written and not from what, so anybody’s data may be in it`,
    );
  }
  if (facts.runsWithoutInputs === null) {
    gaps.push('nobody has counted yet how many batch runs say what was written and not from what');
  }
  if (facts.runsAsOfMs !== undefined) {
    gaps.push(
      `batch runs that say not from what they wrote were last counted at ${new Date(facts.runsAsOfMs).toISOString()}`,
    );
  }
  if (facts.unregisteredStores.length > 0) {
    const many = count(facts.unregisteredStores.length, 'place', 'places');
    gaps.push(
      `${many} where the data rests ${facts.unregisteredStores.length === 1 ? 'is' : 'are'} not registered (${named(facts.unregisteredStores)})`,
    );
  }
  return gaps;
}

const isCut = ({ truncated, traces }: CompletenessFacts) => truncated && traces.followed < traces.known;

function truncation(facts: CompletenessFacts): string {
  const { followed, known } = facts.traces;
  const which = isCut(facts) ? ` (${followed} of at least ${known} traces were followed, the oldest first)` : '';
  return `a limit was reached, so there is more than is shown${which}`;
}

const count = (n: number, one: string, many: string) => `${n} ${n === 1 ? one : many}`;

const named = (names: readonly string[]) => listed(names.toSorted());
