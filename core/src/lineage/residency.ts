import { CONFIDENCES, type Confidence, type Residency, type ResidencyState } from './answer.ts';
import type { Deletions } from './deletions.ts';
import type { Directory } from './directory.ts';
import { compareText } from './flow.ts';
import type { Holding } from './leaving.ts';
import { isoOfUs } from './time.ts';

const DAY_US = 86_400_000_000;

export interface ResidencyResult {
  readonly rows: readonly Residency[];
  /** Record refs that were not deleted, by store: what an erasure plan hands to its tasks. */
  readonly refsByStore: ReadonlyMap<string, readonly string[]>;
}

/** One record, or (`ref: ''`) a node of which no records are known. */
interface Unit {
  readonly ref: string;
  readonly state: ResidencyState;
  readonly confidence: Confidence;
  readonly lastWriteUs: number | null;
  readonly lastDeleteUs: number | null;
  readonly retentionUntilUs: number | null;
}

/** A node is what its most alive unit is. */
const ALIVE_FIRST: readonly ResidencyState[] = ['held', 'unknown', 'expired', 'deleted'];

export interface ResidencyInstant {
  /** What was retained until then has expired. */
  readonly nowUs: number;
  /** What was written or deleted after it does not count; infinite unless the question is about the past. */
  readonly horizonUs: number;
}

/** Where the person's data rests at an instant: one row a node, strongest confidence of the units in its state. */
export function residency(
  holdings: readonly Holding[],
  deletions: Deletions,
  directory: Directory,
  at: ResidencyInstant,
): ResidencyResult {
  const byNode = Map.groupBy(
    holdings.filter((holding) => holding.startUs <= at.horizonUs),
    ({ node }) => node,
  );
  const rows: Residency[] = [];
  const refsByStore = new Map<string, string[]>();
  for (const [node, ofNode] of byNode) {
    const retentionDays = directory.registered(node)?.retentionDays ?? null;
    const byRef = Map.groupBy(ofNode, ({ ref }) => ref);
    const consumedUs = node.startsWith('queue:') ? latest(ofNode.filter(({ kind }) => kind === 'consumed')) : null;
    const units = [...byRef].map(([ref, events]) => unit(ref, events, deletions, retentionDays, consumedUs, at));
    rows.push(rowOf(node, units));
    const refs = units.filter(({ ref, state }) => ref !== '' && state !== 'deleted').map(({ ref }) => ref);
    if (refs.length > 0) refsByStore.set(node, refs.sort());
  }
  return { rows: rows.sort((a, b) => compareText(a.store, b.store)), refsByStore };
}

const latest = (events: readonly { readonly endUs: number }[]) =>
  events.reduce<number | null>((last, { endUs }) => (last === null || endUs > last ? endUs : last), null);
const latestStart = (events: readonly { readonly startUs: number }[]) =>
  events.reduce<number | null>((last, { startUs }) => (last === null || startUs > last ? startUs : last), null);

function unit(
  ref: string,
  events: readonly Holding[],
  deletions: Deletions,
  retentionDays: number | null,
  consumedUs: number | null,
  { nowUs, horizonUs }: ResidencyInstant,
): Unit {
  const node = events[0]?.node ?? '';
  const done = deletions.of(node, ref).filter(({ endUs }) => endUs <= horizonUs);
  const isCovered = deletions.covering(done);
  const alive = events.filter(({ endUs, service }) => !isCovered({ settledUs: endUs, service }));
  const firstUs = events.reduce((first, { startUs }) => Math.min(first, startUs), Number.POSITIVE_INFINITY);
  const deletes = done.filter(({ startUs }) => startUs >= firstUs);
  const writes = events.filter(({ kind }) => kind === 'write');
  const common = { ref, lastWriteUs: latestStart(writes), lastDeleteUs: latest(deletes) };
  if (alive.length === 0) {
    return { ...common, state: 'deleted', confidence: strongest(events), retentionUntilUs: null };
  }
  const retentionUntilUs = retainedUntil(alive, retentionDays);
  const confidence = strongest(alive);
  const expired = retentionUntilUs !== null && retentionUntilUs <= nowUs;
  if (expired) return { ...common, state: 'expired', confidence, retentionUntilUs };
  const lastUs = latest(alive);
  const unknown = retentionUntilUs === null && consumedUs !== null && lastUs !== null && consumedUs >= lastUs;
  return { ...common, state: unknown ? 'unknown' : 'held', confidence, retentionUntilUs };
}

/** Known only if it is known for everything that is still there: from the span that wrote it, else from the registry. */
function retainedUntil(alive: readonly Holding[], retentionDays: number | null): number | null {
  let until = 0;
  for (const { kind, node, spanId, startUs, endUs, retentionUntilMs } of alive) {
    // A row that is found may have been written again since; a message that is found was sent once, and before.
    const isDated = kind === 'write' || (kind === 'proof' && node.startsWith('queue:'));
    // A job run, which has no span, may have written until its end: a stream does so for months.
    const writtenUs = spanId === '' ? endUs : startUs;
    if (retentionUntilMs > 0) until = Math.max(until, retentionUntilMs * 1000);
    else if (retentionDays !== null && isDated) until = Math.max(until, writtenUs + retentionDays * DAY_US);
    else if (kind !== 'consumed') return null;
  }
  return until === 0 ? null : until;
}

function strongest(events: readonly { confidence: Confidence }[]): Confidence {
  return CONFIDENCES.find((confidence) => events.some((event) => event.confidence === confidence)) ?? 'possible';
}

function rowOf(node: string, units: readonly Unit[]): Residency {
  const state = ALIVE_FIRST.find((one) => units.some((unit) => unit.state === one)) ?? 'unknown';
  const inState = units.filter((unit) => unit.state === state);
  const max = (values: readonly (number | null)[]) =>
    values.reduce((a, b) => (a === null ? b : b === null ? a : Math.max(a, b)), null);
  const retention = inState.map(({ retentionUntilUs }) => retentionUntilUs);
  return {
    store: node,
    records: inState.filter(({ ref }) => ref !== '').length,
    state,
    confidence: strongest(inState),
    lastWrite: isoOrNull(max(units.map(({ lastWriteUs }) => lastWriteUs))),
    lastDelete: isoOrNull(max(units.map(({ lastDeleteUs }) => lastDeleteUs))),
    retentionUntil: retention.includes(null) ? null : isoOrNull(max(retention)),
  };
}

const isoOrNull = (us: number | null) => (us === null ? null : isoOfUs(us));
