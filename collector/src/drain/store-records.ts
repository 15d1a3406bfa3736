import { VestigeError } from '@vestige/core/errors';
import type { TenantId } from '@vestige/core/ids';
import type { AliasStore } from '@vestige/store/control/alias-store';
import type { EventStore } from '@vestige/store/events/event-store';
import type { SubjectCache } from '../ingest/subject-cache.ts';
import type { SuppressionLease, SuppressionWatch } from '../ingest/suppression-watch.ts';
import { backOff } from './backoff.ts';
import type { AssembledBlocks, DrainRecord, RecordFormat, Resolution } from './drain-record.ts';
import { isInDoubt, NotEncodable, refusalOf, refusalsMax, TooLarge } from './refusal.ts';
import { resolveRecords } from './resolve-records.ts';
import { sliceOf, tagsOf } from './set-slices.ts';

/** Subject tags of one block, about 100 bytes of memory each: a subject set may name 100,000 people on one span. */
const TAGS_MAX = 500_000;
/** A record that cannot be written in blocks smaller than so many times that is not written at all. */
const OVER_TAGS_MAX = 20;
/** How often a suppression list may change under one block before it is tried again later. */
const RESOLVE_ATTEMPTS_MAX = 5;

export interface StoreRecordsDeps {
  readonly format: RecordFormat;
  readonly events: Pick<EventStore, 'appendEncoded'>;
  readonly aliases: Pick<AliasStore, 'resolve' | 'subjectsOfSet'>;
  readonly cache: SubjectCache;
  readonly watch: SuppressionWatch;
  /** Ends every wait, and with it the work. */
  readonly stop: AbortSignal;
  /** {@link TAGS_MAX} unless a test says otherwise. */
  readonly tagsMax?: number;
  /** Whether a database that is away is waited for; else its failure is the caller's. */
  readonly waits: boolean;
  readonly onStored: (stored: AssembledBlocks, records: readonly DrainRecord[], ms: number) => void;
  readonly onRetry: (error: unknown) => void;
  /** A record that can never be stored. Resolves when it is kept in another way. */
  readonly onUnstorable: (record: OpenedRecord, error: unknown) => Promise<void>;
}

export interface OpenedRecord {
  readonly payload: Uint8Array;
  readonly record: DrainRecord;
}

/** Blocks as they are inserted, one after the other, and the suppression versions they were resolved under. */
interface Prepared {
  /** One nearly always, and then the very same at every attempt; else made when it is its turn. */
  readonly parts: readonly (() => AssembledBlocks)[];
  readonly versions: ReadonlyMap<TenantId, number>;
}

interface Kept {
  prepared: Prepared | null;
}

/**
 * Writes some records of the log into the event store, for as long as it takes.
 *
 * What is sent again is the identical block, unless the suppression list has changed since: then the tokens are resolved
 * anew, for an erasure must win over a retry. A block that the database refuses for its content is halved until the
 * record to blame is alone; that one is handed to `onUnstorable`, and all others are stored.
 *
 * @throws VestigeError `store_unavailable` when stopped, or when the database is away and `waits` is not set
 */
export async function storeRecords(deps: StoreRecordsDeps, records: readonly OpenedRecord[]): Promise<void> {
  if (records.length === 0) return;
  const kept: Kept = { prepared: null };
  let refusals = 0;
  for (let attempt = 1; ; attempt += 1) {
    try {
      await storeOnce(deps, records, kept);
      return;
    } catch (error) {
      const refusal = refusalOf(error);
      if (refusal !== 'away' && records.length > 1) return storeHalves(deps, records);
      if (refusal === 'content') refusals += 1;
      const [only] = records;
      if (refusals > 0 && refusals >= refusalsMax(error) && only !== undefined) {
        await deps.onUnstorable(only, error);
        return;
      }
      if (!deps.waits && refusal !== 'content') throw error;
      deps.onRetry(error);
      await backOff(attempt, deps.stop);
      if (deps.stop.aborted) throw new VestigeError('store_unavailable', 'the collector is closing');
    }
  }
}

async function storeHalves(deps: StoreRecordsDeps, records: readonly OpenedRecord[]): Promise<void> {
  const middle = Math.ceil(records.length / 2);
  await storeRecords(deps, records.slice(0, middle));
  await storeRecords(deps, records.slice(middle));
}

async function storeOnce(deps: StoreRecordsDeps, opened: readonly OpenedRecord[], kept: Kept): Promise<void> {
  const records = opened.map(({ record }) => record);
  const leases = await enterAll(deps.watch, new Set(records.map(({ tenant }) => tenant)));
  let failure: unknown = null;
  let appending = false;
  try {
    kept.prepared = await prepare(deps, records, leases, kept.prepared);
    for (const [index, part] of kept.prepared.parts.entries()) {
      const assembled = part();
      // The first part was looked at just now; twenty may take longer than an erasure waits for a silent collector.
      appending = false;
      if (index > 0 && !(await areCurrent(leases, kept.prepared.versions))) {
        throw new VestigeError('store_unavailable', 'the suppression list changed while a record was stored in parts');
      }
      appending = true;
      const startedMs = performance.now();
      await deps.events.appendEncoded(assembled.blocks);
      if (index === 0) deps.onStored(assembled, records, performance.now() - startedMs);
    }
  } catch (error) {
    failure = error;
    throw error;
  } finally {
    for (const lease of leases.values()) lease.leave(appending && failure !== null && isInDoubt(failure));
  }
}

async function enterAll(
  watch: SuppressionWatch,
  tenants: ReadonlySet<TenantId>,
): Promise<ReadonlyMap<TenantId, SuppressionLease>> {
  const leases = new Map<TenantId, SuppressionLease>();
  try {
    for (const tenant of tenants) leases.set(tenant, await watch.enter(tenant));
    return leases;
  } catch (error) {
    for (const lease of leases.values()) lease.leave(false);
    throw error;
  }
}

/** What was prepared before, while its versions are still the newest; else resolved and assembled anew. */
async function prepare(
  deps: StoreRecordsDeps,
  records: readonly DrainRecord[],
  leases: ReadonlyMap<TenantId, SuppressionLease>,
  known: Prepared | null,
): Promise<Prepared> {
  let prepared = known;
  for (let attempt = 0; attempt < RESOLVE_ATTEMPTS_MAX; attempt += 1) {
    const versions = new Map([...leases].map(([tenant, lease]) => [tenant, lease.begin()]));
    if (prepared === null || !isSame(versions, prepared.versions)) {
      const resolution = await resolveRecords(deps.aliases, deps.cache, records, versions);
      prepared = { parts: partsOf(deps, records, resolution), versions };
    }
    if (await areCurrent(leases, versions)) return prepared;
  }
  throw new VestigeError('store_unavailable', 'the suppression list changes faster than spans can be resolved');
}

function partsOf(
  { format, tagsMax = TAGS_MAX }: StoreRecordsDeps,
  records: readonly DrainRecord[],
  resolution: Resolution,
): (() => AssembledBlocks)[] {
  const tags = tagsOf(records, resolution);
  if (tags <= tagsMax) {
    const assembled = assemble(format, records, resolution);
    return [() => assembled];
  }
  if (records.length > 1) throw new TooLarge();
  const slices = Math.ceil(tags / tagsMax);
  if (tagsOf(records, sliceOf(resolution, 0, slices)) > OVER_TAGS_MAX * tagsMax) {
    throw new NotEncodable('a record names more people on its spans than can be written');
  }
  return Array.from(
    { length: slices },
    (_, slice) => () => assemble(format, records, sliceOf(resolution, slice, slices)),
  );
}

function assemble(format: RecordFormat, records: readonly DrainRecord[], resolution: Resolution): AssembledBlocks {
  try {
    return format.assemble(records, resolution);
  } catch (error) {
    throw new NotEncodable('records of the log cannot be made into a block', { cause: error });
  }
}

async function areCurrent(
  leases: ReadonlyMap<TenantId, SuppressionLease>,
  versions: ReadonlyMap<TenantId, number>,
): Promise<boolean> {
  for (const [tenant, lease] of leases) if (!(await lease.stillCurrent(versions.get(tenant) ?? 0))) return false;
  return true;
}

function isSame(a: ReadonlyMap<TenantId, number>, b: ReadonlyMap<TenantId, number>): boolean {
  return a.size === b.size && [...a].every(([tenant, version]) => b.get(tenant) === version);
}
