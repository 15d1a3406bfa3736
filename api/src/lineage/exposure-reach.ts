import { DEFAULT_SKEW, MILLISECOND_US, READ_OVERLAP_US, type SkewBounds } from '@vestige/core/lineage/clock';
import type { Directory } from '@vestige/core/lineage/directory';
import { keysInto } from '@vestige/core/lineage/key-span';
import { Reach } from '@vestige/core/lineage/reach';
import type { Tenant } from '@vestige/store/control/tenant-store';
import type { ApiDeps } from '../deps.ts';
import type { ExposureEvents } from './exposure-traces.ts';

/** Who may have been where. */
export interface Candidates {
  /** By subject id, canonical. */
  readonly people: ReadonlyMap<string, readonly string[]>;
  /** The person that a subject is; nothing for somebody who was erased. */
  personOf(subjectId: string): string | undefined;
  readonly reach: Reach;
  /** Tagged in these traces, or in one from which data can have come to them. */
  peopleOf(traceIds: readonly string[]): ReadonlySet<string>;
  /** Whether one of these is among them. */
  isAnyOf(people: ReadonlySet<string>, traceId: string): boolean;
  /** Limits that were reached, each in words: people may be missing. */
  readonly cutBy: readonly string[];
}

export interface SearchLimits {
  /** No further round of reading is begun after this; a search of 60,000 traces takes some seconds. */
  readonly msMax: number;
  /** About half a kilobyte each is held, with its keys. */
  readonly tracesMax: number;
}

/** It leaves time for following, and for the first line of an answer that grows. */
export const SEARCH: SearchLimits = { msMax: 12_000, tracesMax: 120_000 };
export const LONG_SEARCH: SearchLimits = { msMax: 30_000, tracesMax: 300_000 };

/** Spans with keys, tellers, keys, and people of traces, each as many as so many for every trace. */
const ROWS_PER_TRACE = 5;
const MEMBERS_MAX = 1_000_000;
/** Some tens of nanoseconds each, in which nobody else is served. */
const LOOKS_MAX = 10_000_000;
const ROUNDS_MAX = 40;
/** What a trace found may be dated after it, by the skew that is tolerated, and once more at every trace on the way. */
const slackUs = (skew: SkewBounds) => skew.betweenServicesUs + MILLISECOND_US;

/**
 * Goes backwards from traces, over records, conversations, memories and links, to every trace from which data can have come
 * to them, and asks who is tagged there. It reads keys, not spans: which way it went and whether in time, it leaves to those
 * who follow a person.
 */
export async function candidatesFor(
  deps: {
    readonly events: ExposureEvents;
    readonly aliases: Pick<ApiDeps['aliases'], 'people'>;
    readonly now: ApiDeps['now'];
  } & Pick<ApiDeps, 'skew'>,
  tenant: Pick<Tenant, 'id'>,
  names: Directory,
  from: readonly string[],
  toUs: number,
  { msMax, tracesMax }: SearchLimits,
): Promise<Candidates> {
  const { events } = deps;
  const untilMs = deps.now().getTime() + msMax;
  const rowsMax = tracesMax * ROWS_PER_TRACE;
  const reach = new Reach(MEMBERS_MAX, LOOKS_MAX);
  const traces = new Set<string>();
  const keys = new Set<string>();
  const cutBy = new Set<string>();
  let next = [...new Set(from)].sort();
  for (let round = 1; next.length > 0; round += 1) {
    const limit =
      (traces.size + next.length > tracesMax && `data may have come from more than ${count(tracesMax)} traces`) ||
      (keys.size > rowsMax && `data may have come over more than ${count(rowsMax)} records and conversations`) ||
      (round > ROUNDS_MAX && `data may have come over more than ${ROUNDS_MAX} traces, one after the other`) ||
      (deps.now().getTime() >= untilMs && 'there was no time to look further back');
    if (limit) {
      cutBy.add(limit);
      break;
    }
    for (const traceId of next) traces.add(traceId);
    const spans = await events.keySpans(tenant.id, next, rowsMax);
    const before = new Set<string>();
    const fresh = new Set<string>();
    for (const span of spans.rows) {
      const into = keysInto(span);
      for (const linked of into.traces) {
        reach.hearsTrace(span.traceId, linked);
        before.add(linked);
      }
      for (const stored of into.keys) {
        const key = canonicalKey(stored, names);
        reach.hears(span.traceId, key);
        if (keys.has(key)) continue;
        keys.add(key);
        fresh.add(key);
      }
    }
    const told = await events.tellers(
      tenant.id,
      [...fresh].flatMap((key) => names.spellings(key)),
      toUs + READ_OVERLAP_US + round * slackUs(deps.skew ?? DEFAULT_SKEW),
      rowsMax,
    );
    for (const { key, traceId } of told.rows) {
      reach.tells(traceId, canonicalKey(key, names));
      before.add(traceId);
    }
    if (spans.cut || told.cut) cutBy.add(`more than ${count(rowsMax)} spans may have brought data from elsewhere`);
    next = [...before].filter((traceId) => !traces.has(traceId)).sort();
  }
  const pairs = await events.peopleOfTraces(tenant.id, [...traces].sort(), rowsMax);
  const persons = await deps.aliases.people(
    tenant.id,
    pairs.rows.map(({ subjectId }) => subjectId),
  );
  const personOf = new Map(persons.flatMap(({ subjectId, members }) => members.map((member) => [member, subjectId])));
  const tagged = new Map<string, string[]>();
  for (const { traceId, subjectId } of pairs.rows) {
    const person = personOf.get(subjectId);
    if (person === undefined) continue;
    reach.tagged(traceId, person);
    const known = tagged.get(traceId);
    if (known) known.push(person);
    else tagged.set(traceId, [person]);
  }
  reach.settle();
  return {
    people: new Map(persons.map(({ subjectId, members }) => [subjectId, members])),
    personOf: (subjectId) => personOf.get(subjectId),
    reach,
    peopleOf(traceIds) {
      const found = new Set(traceIds.flatMap((traceId) => tagged.get(traceId) ?? []));
      // Many traces were reached by the same people.
      for (const fed of new Set(traceIds.map((traceId) => reach.fed(traceId)))) for (const one of fed) found.add(one);
      return found;
    },
    isAnyOf(people, traceId) {
      const fed = reach.fed(traceId);
      // Tens of thousands of traces that nobody came to are asked about tens of thousands of people.
      const [few, many] = fed.size < people.size ? [fed, people] : [people, fed];
      return (tagged.get(traceId) ?? []).some((one) => people.has(one)) || few.values().some((one) => many.has(one));
    },
    cutBy: [...cutBy, ...(pairs.cut || reach.cut ? ['too many people may have come from elsewhere'] : [])],
  };
}

const count = (n: number) => n.toLocaleString('en');

/** Under one name; conversations have only one. */
function canonicalKey(key: string, names: Directory): string {
  const hash = key.lastIndexOf('#');
  return hash < 0 ? names.canonical(key) : names.canonical(key.slice(0, hash)) + key.slice(hash);
}
